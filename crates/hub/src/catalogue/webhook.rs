//! Forges' webhooks. One only wakes: nothing in it is believed but which repository to look at, so that one that comes a
//! second time does no harm.

use std::{path::Path, sync::Arc};

use allot_ledger::RecipeName;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use hmac::{Hmac, Mac as _};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use sha2::Sha256;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    error::CatalogueError,
    limits::{MAX_WEBHOOK, WEBHOOK_TIME, WEBHOOKS_AT_ONCE},
    places::recipe_of,
    secret,
};

/// Where the signature is: Forgejo's, and Gitea's.
const SIGNATURES: [&str; 2] = ["x-forgejo-signature", "x-gitea-signature"];

/// Which repository a webhook is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    /// Its owner, as the forge writes it.
    pub(super) owner: String,
    /// The recipe that it would be; none when its name is no recipe's.
    pub(super) recipe: Option<RecipeName>,
    /// Its addresses.
    pub(super) urls: Vec<String>,
}

/// What came of a webhook.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It is signed. What it is about, if that could be read.
    Signed(Option<About>),
    /// It is answered with this.
    Refused(StatusCode, &'static str),
}

/// How many are read at the same time.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WEBHOOKS_AT_ONCE)))
    }
}

impl Room {
    /// Reads a webhook and looks at its signature.
    pub(super) async fn read(&self, secret_file: &Path, request: Request<Body>) -> Delivery {
        let Ok(_place) = self.0.try_acquire() else {
            return Delivery::Refused(StatusCode::SERVICE_UNAVAILABLE, "try again\n");
        };
        let (parts, body) = request.into_parts();
        // Without one, nobody's body is read.
        let Some(signature) = signature(&parts.headers) else {
            return unsigned();
        };
        let body = match timeout(WEBHOOK_TIME, to_bytes(body, MAX_WEBHOOK)).await {
            Ok(Ok(body)) => body,
            Ok(Err(_)) => {
                return Delivery::Refused(StatusCode::PAYLOAD_TOO_LARGE, "it is too large\n");
            }
            Err(_) => return Delivery::Refused(StatusCode::REQUEST_TIMEOUT, "it takes too long\n"),
        };
        match is_signed(secret_file, &signature, &body) {
            Ok(true) => Delivery::Signed(About::read(&body)),
            Ok(false) => unsigned(),
            Err(error) => {
                tracing::error!(
                    code = error.code(),
                    "no webhook can be taken: {}",
                    error.told()
                );
                Delivery::Refused(StatusCode::INTERNAL_SERVER_ERROR, "not now\n")
            }
        }
    }
}

fn unsigned() -> Delivery {
    Delivery::Refused(
        StatusCode::UNAUTHORIZED,
        "it is not signed with the secret\n",
    )
}

/// The first signature that there is: bare hexadecimal.
fn signature(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = SIGNATURES.iter().find_map(|name| headers.get(*name))?;
    let mut signature = [0; 32];
    hex::decode_to_slice(value.as_bytes(), &mut signature).ok()?;
    Some(signature)
}

fn is_signed(path: &Path, signature: &[u8; 32], body: &[u8]) -> Result<bool, CatalogueError> {
    let secret = secret::read(path)?;
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        // HMAC takes keys of any length.
        return Ok(false);
    };
    mac.update(body);
    // Takes the same time wherever the difference is.
    Ok(mac.verify_slice(signature).is_ok())
}

/// What Gitea and Forgejo send with every event that is a repository's.
#[derive(Deserialize)]
struct Payload {
    repository: Repository,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
    owner: Owner,
    #[serde(default)]
    clone_url: String,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    ssh_url: String,
}

/// Old Gitea has the one, new Forgejo both.
#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    login: String,
    #[serde(default)]
    username: String,
}

impl About {
    fn read(body: &[u8]) -> Option<Self> {
        let Payload { repository } = serde_json::from_slice(body).ok()?;
        Some(Self {
            recipe: recipe_of(&repository.name).ok(),
            owner: match repository.owner {
                Owner { login, username } if login.is_empty() => username,
                Owner { login, .. } => login,
            },
            urls: vec![
                repository.clone_url,
                repository.html_url,
                repository.ssh_url,
            ],
        })
    }

    /// Whether it is about the repository at `url`.
    pub(super) fn is_at(&self, url: &str) -> bool {
        let plain = |url: &str| {
            url.trim_end_matches('/')
                .trim_end_matches(".git")
                .to_owned()
        };
        let wanted = plain(url);
        self.urls
            .iter()
            .any(|url| !url.is_empty() && plain(url) == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUSH: &str = r#"{"ref": "refs/tags/1.0.0+1", "repository": {"id": 1, "name": "Web", "full_name": "coop-cloud/Web",
        "owner": {"id": 2, "login": "coop-cloud", "username": "coop-cloud"}, "clone_url": "https://f.example/coop-cloud/Web.git",
        "html_url": "https://f.example/coop-cloud/Web"}}"#;

    fn signed(secret: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    fn secret() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "canary\n").unwrap();
        file
    }

    async fn deliver(header: &str, signature: &str, body: impl Into<Body>) -> Delivery {
        let request = Request::post("/webhook")
            .header(header, signature)
            .body(body.into())
            .unwrap();
        Room::default().read(secret().path(), request).await
    }

    fn status(delivery: Delivery) -> u16 {
        match delivery {
            Delivery::Signed(_) => 202,
            Delivery::Refused(status, _) => status.as_u16(),
        }
    }

    #[tokio::test]
    async fn a_signed_one_says_which_repository_to_look_at() {
        for header in SIGNATURES {
            let delivery = deliver(header, &signed("canary", PUSH), PUSH).await;
            let Delivery::Signed(Some(about)) = delivery else {
                panic!("{delivery:?}");
            };
            assert_eq!(about.owner, "coop-cloud");
            assert_eq!(about.recipe.as_ref().unwrap().as_str(), "web");
            assert!(about.is_at("https://f.example/coop-cloud/Web/"));
            assert!(!about.is_at("https://f.example/coop-cloud/Web2"));
        }
        let odd = "not even JSON";
        let delivery = deliver(SIGNATURES[0], &signed("canary", odd), odd).await;
        assert_eq!(delivery, Delivery::Signed(None));
    }

    #[tokio::test]
    async fn one_that_is_not_signed_with_the_secret_is_refused() {
        let right = signed("canary", PUSH);
        for (header, signature, body) in [
            (SIGNATURES[0], signed("another", PUSH).as_str(), PUSH),
            (SIGNATURES[0], &signed("canary\n", PUSH), PUSH),
            (SIGNATURES[0], &right, "{}"),
            (SIGNATURES[0], &format!("sha256={right}"), PUSH),
            (SIGNATURES[0], &right[1..], PUSH),
            (SIGNATURES[0], "", PUSH),
            ("x-hub-signature-256", &right, PUSH),
        ] {
            let delivery = deliver(header, signature, body).await;
            assert_eq!(status(delivery), 401, "{header}: {signature}");
        }
    }

    #[tokio::test]
    async fn only_the_first_signature_counts() {
        let request = Request::post("/webhook")
            .header(SIGNATURES[0], signed("another", PUSH))
            .header(SIGNATURES[1], signed("canary", PUSH))
            .body(Body::from(PUSH))
            .unwrap();
        let delivery = Room::default().read(secret().path(), request).await;
        assert_eq!(status(delivery), 401);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_too_large_or_too_slow_is_not_read_to_its_end() {
        let right = signed("canary", PUSH);
        let large = vec![b' '; MAX_WEBHOOK + 1];
        assert_eq!(status(deliver(SIGNATURES[0], &right, large).await), 413);
        let never = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let never = Body::from_stream(never);
        assert_eq!(status(deliver(SIGNATURES[0], &right, never).await), 408);
    }

    #[tokio::test]
    async fn there_is_room_for_a_few_at_the_same_time() {
        let room = Room::default();
        let _held = Arc::clone(&room.0)
            .acquire_many_owned(u32::try_from(WEBHOOKS_AT_ONCE).unwrap())
            .await
            .unwrap();
        let request = Request::post("/webhook").body(Body::empty()).unwrap();
        assert_eq!(status(room.read(secret().path(), request).await), 503);
    }
}
