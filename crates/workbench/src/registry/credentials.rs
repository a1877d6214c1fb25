//! Who we are at a registry: what `docker login` left on this machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError as Trouble, DockerCredential};
use secrecy::SecretString;

/// The name under which docker keeps the credentials of its own registry.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A name and its password.
pub(super) struct Login {
    pub user: String,
    pub password: SecretString,
}

/// What to say at a registry, and what was wrong with what is kept for it.
#[derive(Default)]
pub(super) struct Found {
    pub login: Option<Login>,
    pub trouble: Option<String>,
}

/// The folder of docker's configuration.
pub(super) fn folder() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker"));
    std::env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(home)
}

/// Looks for the credentials of a registry. Without any, or with some that cannot be read, it is asked as anybody may:
/// most images are public.
pub(super) fn find(folder: Option<&Path>, registry: &str) -> Found {
    let nobody = |trouble| Found {
        login: None,
        trouble,
    };
    let Some(file) = folder.and_then(|folder| File::open(folder.join("config.json")).ok()) else {
        return nobody(None);
    };
    let server = match registry {
        "docker.io" => DOCKER_HUB,
        other => other,
    };
    match docker_credential::get_credential_from_reader(file, server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Found {
            login: Some(Login {
                user,
                password: password.into(),
            }),
            trouble: None,
        },
        Ok(DockerCredential::IdentityToken(_)) => nobody(Some(
            "docker keeps an identity token for it, which is not used here".to_owned(),
        )),
        Err(Trouble::NoCredentialConfigured | Trouble::ConfigNotFound) => nobody(None),
        // What a helper prints may hold a secret, so only its name is told.
        Err(Trouble::HelperFailure { helper, .. }) => nobody(Some(format!(
            "the credential helper {helper} gave nothing for it"
        ))),
        Err(error) => nobody(Some(format!("docker's config.json: {error}"))),
    }
}
