//! A forge for real processes: git over HTTP that they fetch from and push to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_testkit::{FakeForge, RecipeRepo};
use tokio::runtime::{Builder, Runtime};

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
