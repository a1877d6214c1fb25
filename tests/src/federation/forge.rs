//! A forge for real processes: git over HTTP that they fetch from and push to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_testkit::{FakeForge, RecipeRepo};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::runtime::{Builder, Runtime};

use crate::http::ask;

/// A forge that serves while the test waits for programs.
#[derive(Debug)]
pub struct Forge {
    forge: FakeForge,
    // After the forge: what it runs on goes last.
    _runtime: Runtime,
}

impl Forge {
    /// Serves the repositories in `root`, each at `ORGANISATION/NAME.git`.
    ///
    /// # Panics
    /// There is no port to be had.
    #[must_use]
    pub fn start(root: &Path) -> Self {
        fs::create_dir_all(root).expect("make the forge's folder");
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let forge = runtime.block_on(FakeForge::start(root));
        Self {
            forge,
            _runtime: runtime,
        }
    }

    /// Its web address.
    #[must_use]
    pub fn url(&self) -> String {
        self.forge.url()
    }

    /// Where a repository is fetched from and pushed to.
    #[must_use]
    pub fn address(&self, organisation: &str, name: &str) -> String {
        format!("{}/{organisation}/{name}.git", self.url())
    }

    /// Tells a hub's webhook of a push, signed as Forgejo signs it; it must be taken.
    ///
    /// # Panics
    /// It is not.
    pub fn tells(&self, hub: &str, secret: &str, organisation: &str, name: &str) {
        let body = self.forge.push(organisation, name);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a secret");
        mac.update(&body);
        let signature = hex::encode(mac.finalize().into_bytes());
        let signed = format!("X-Forgejo-Signature: {signature}");
        let address = hub.trim_start_matches("http://");
        let lines = ["Content-Type: application/json", signed.as_str()];
        let (status, said) = ask(address, "POST", "/webhook", &lines, &body);
        let said = String::from_utf8_lossy(&said);
        assert!((200..300).contains(&status), "{status}: {said}");
    }

    /// A new repository that takes what is pushed; gives its folder.
    ///
    /// # Panics
    /// git refuses.
    #[must_use]
    pub fn create(&self, organisation: &str, name: &str) -> PathBuf {
        let folder = self.forge.folder(organisation, name);
        fs::create_dir_all(&folder).expect("make the repository's folder");
        let repo = RecipeRepo::at(&folder);
        repo.git(&["init", "-q", "--bare", "--initial-branch=main"]);
        // Who may push is the forge's business, which is not looked at here.
        repo.git(&["config", "http.receivepack", "true"]);
        folder
    }
}
