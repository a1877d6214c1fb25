//! The OCI distribution protocol.

use std::collections::HashSet;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use oci_client::Client;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::credentials::{self, Found};
use super::error::understand;
use super::{Registry, RegistryError};
use crate::image::Repository;
use crate::limits::{
    ANSWER, CONNECT, FIRST_PAUSE, LONGEST_PAUSE, MAX_MANIFEST_BYTES, MAX_TAG_PAGES, MAX_TAGS,
    SILENCE, TAG_PAGE, TRIES,
};

/// What we ask for, and take: one image, or an index of one image for several platforms.
const MANIFESTS: [&str; 4] = [
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
];

/// How registries are asked.
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// The folder of docker's `config.json`, whose credentials are used.
    pub docker_config: Option<PathBuf>,
    /// The pause before the second try; it doubles.
    pub first_pause: Duration,
    /// How long one answer may take.
    pub answer: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            docker_config: credentials::folder(),
            first_pause: FIRST_PAUSE,
            answer: ANSWER,
        }
    }
}

/// Registries that speak the OCI distribution protocol.
pub struct OciRegistry {
    https: Client,
    /// For registries of this machine, which docker also asks without TLS.
    http: Client,
    options: RegistryOptions,
}

/// What makes a manifest one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    config: Option<serde::de::IgnoredAny>,
    manifests: Option<serde::de::IgnoredAny>,
}

impl OciRegistry {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// `AL-9420` when this machine has no certificates to check registries with.
    pub fn new(options: RegistryOptions) -> Result<Self, RegistryError> {
        // The only error is that the process has a TLS implementation, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            https: client(ClientProtocol::Https)?,
            http: client(ClientProtocol::Http)?,
            options,
        })
    }

    fn client(&self, image: &Repository) -> &Client {
        if is_local(&image.registry) {
            &self.http
        } else {
            &self.https
        }
    }

    /// Docker's helpers are other programs that may ask somebody for a password: they must not hold up everything else.
    async fn credentials(&self, image: &Repository) -> Found {
        let (folder, registry) = (self.options.docker_config.clone(), image.registry.clone());
        let found =
            tokio::task::spawn_blocking(move || credentials::find(folder.as_deref(), &registry));
        found.await.unwrap_or_else(|_| credentials::find(None, ""))
    }

    /// Asks, within the time that an answer may take, again while that may help.
    async fn ask<T, F, A>(
        &self,
        image: String,
        found: &Found,
        question: F,
    ) -> Result<T, RegistryError>
    where
        F: Fn() -> A,
        A: Future<Output = Result<T, OciDistributionError>>,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.options.first_pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(TRIES - 1)
            .with_jitter();
        let once = || async {
            match tokio::time::timeout(self.options.answer, question()).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(understand(image.clone(), error, found.trouble.as_deref())),
                Err(late) => Err(RegistryError::Unreachable {
                    image: image.clone(),
                    source: Box::new(late),
                }),
            }
        };
        once.retry(pauses)
            .sleep(tokio::time::sleep)
            .when(RegistryError::is_passing)
            .await
    }
}

#[async_trait]
impl Registry for OciRegistry {
    async fn tags(&self, image: &Repository) -> Result<Vec<String>, RegistryError> {
        let (client, found) = (self.client(image), self.credentials(image).await);
        let reference = image.tagged("latest");
        let too_much = |what, limit| RegistryError::TooMuch {
            image: image.to_string(),
            what,
            limit,
        };
        let (mut tags, mut known) = (Vec::new(), HashSet::new());
        for _ in 0..MAX_TAG_PAGES {
            let last: Option<String> = tags.last().cloned();
            let question =
                || client.list_tags(&reference, &found.auth, Some(TAG_PAGE), last.as_deref());
            let page = self.ask(image.to_string(), &found, question).await?.tags;
            let before = tags.len();
            tags.extend(page.into_iter().filter(|tag| known.insert(tag.clone())));
            if tags.len() > MAX_TAGS {
                return Err(too_much("tags", MAX_TAGS));
            }
            // Some registries give all tags at once, however often they are asked for what comes after the last.
            if tags.len() == before {
                return Ok(tags);
            }
        }
        Err(too_much("pages of tags", MAX_TAG_PAGES))
    }

    async fn digest(&self, image: &Repository, tag: &str) -> Result<String, RegistryError> {
        let (client, found) = (self.client(image), self.credentials(image).await);
        let (reference, name) = (image.tagged(tag), format!("{image}:{tag}"));
        let question = || client.pull_manifest_raw(&reference, &found.auth, &MANIFESTS);
        let (bytes, said) = self.ask(name.clone(), &found, question).await?;
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(RegistryError::TooMuch {
                image: name,
                what: "bytes of manifest",
                limit: MAX_MANIFEST_BYTES,
            });
        }
        check_manifest(&bytes).map_err(|source| RegistryError::NotARegistry {
            image: name.clone(),
            source,
        })?;
        // The client compares too, but only what it understands; this is what goes into the recipe.
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(&bytes)));
        if said.starts_with("sha256:") && said != digest {
            return Err(RegistryError::WrongDigest {
                image: name,
                source: format!("it says {said}, it is {digest}").into(),
            });
        }
        Ok(digest)
    }
}

fn check_manifest(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let manifest: Manifest = serde_json::from_slice(bytes)?;
    if manifest.schema_version != 2 || (manifest.config.is_none() && manifest.manifests.is_none()) {
        return Err("its manifest is of no version that docker still runs".into());
    }
    Ok(())
}

fn client(protocol: ClientProtocol) -> Result<Client, RegistryError> {
    let config = ClientConfig {
        protocol,
        connect_timeout: Some(CONNECT),
        read_timeout: Some(SILENCE),
        user_agent: concat!("allot/", env!("CARGO_PKG_VERSION")),
        ..ClientConfig::default()
    };
    Client::try_from(config).map_err(|error| RegistryError::NoClient {
        source: Box::new(error),
    })
}

/// Whether a registry is on this machine. Docker asks those without TLS when they have none.
fn is_local(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registries_of_this_machine_are_asked_without_tls() {
        for (registry, local) in [
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.3.2.1", true),
            ("docker.io", false),
            ("ghcr.io", false),
            ("10.0.0.1:5000", false),
            ("127.example.org", false),
            ("localhost.example.org", false),
        ] {
            assert_eq!(is_local(registry), local, "{registry}");
        }
    }
}
