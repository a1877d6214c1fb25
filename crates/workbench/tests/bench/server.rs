//! Debian's `docker-registry` on a free port of 127.0.0.1, with images that are a few bytes each.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use allot_workbench::image::Repository;
use oci_client::Reference;
use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::secrets::RegistryAuth;

/// `sesame`, as htpasswd writes it.
const HTPASSWD: &str = "merri-bek:$2y$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O\n";

pub struct Server {
    child: Child,
    pub host: String,
    auth: RegistryAuth,
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::run("", RegistryAuth::Anonymous)
    }

    /// One that wants the password `sesame` of the user `merri-bek`.
    pub fn with_password() -> Self {
        let auth = RegistryAuth::Basic("merri-bek".into(), "sesame".into());
        Self::run(
            "auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}\n",
            auth,
        )
    }

    fn run(extra: &str, auth: RegistryAuth) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        std::fs::write(folder.path().join("htpasswd"), HTPASSWD).unwrap();
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nhttp: {{addr: '127.0.0.1:0'}}\nstorage: {{filesystem: {{rootdirectory: {path}/data}}}}\n{}",
            extra.replace("FOLDER", &path)
        );
        std::fs::write(&config, text).unwrap();
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("docker-registry runs: `scripts/setup --tools` brings it");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let host = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("listening on ")?;
                Some(rest.split(['"', ' ', ',']).next()?.to_owned())
            })
            .expect("it says where it listens");
        // Whoever does not read what it says stops it in the end.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            host,
            auth,
            _folder: folder,
        }
    }

    pub fn repository(&self, path: &str) -> Repository {
        Repository {
            registry: self.host.clone(),
            path: path.to_owned(),
        }
    }

    /// Pushes an image for each tag; `salt` makes its content another one. Returns the digest of the last.
    pub async fn push(&self, path: &str, tags: &[&str], salt: &str) -> String {
        let client = oci_client::Client::new(ClientConfig {
            protocol: ClientProtocol::Http,
            ..ClientConfig::default()
        });
        let mut digest = String::new();
        for tag in tags {
            let image = Reference::with_tag(self.host.clone(), path.to_owned(), (*tag).to_owned());
            let layers = [ImageLayer::oci_v1(
                format!("{path}{salt}").into_bytes(),
                None,
            )];
            let config = Config::oci_v1(format!("{{\"tag\":\"{tag}{salt}\"}}").into_bytes(), None);
            client
                .push(&image, &layers, config, &self.auth, None)
                .await
                .unwrap();
            digest = client
                .fetch_manifest_digest(&image, &self.auth)
                .await
                .unwrap();
        }
        digest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
