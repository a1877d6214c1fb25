//! The OCI distribution protocol.

use std::collections::HashSet;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use reqwest::header::{HeaderMap, LINK};
use reqwest::{Client, Url};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::credentials::{self, Found};
use super::http::Line;
use super::{Registry, RegistryError};
use crate::image::Repository;
use crate::limits::{
    ANSWER, CONNECT, FIRST_PAUSE, LONGEST_PAUSE, MAX_LINK, MAX_MANIFEST_BYTES, MAX_TAG_BYTES,
    MAX_TAG_PAGES, MAX_TAGS, MAX_TAGS_BYTES, SILENCE, TAG_PAGE, TRIES,
};

/// What we ask for, and take: one image, or an index of one image for several platforms.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// Where docker's own registry answers.
const DOCKER_HUB: &str = "registry-1.docker.io";

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
    http: Client,
    options: RegistryOptions,
}

/// A page of tags. Registries say `null` of an image whose tags are all gone.
#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
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
        let http = Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("allot/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| RegistryError::NoClient {
                source: Box::new(error),
            })?;
        Ok(Self { http, options })
    }

    /// Docker's helpers are other programs that may ask somebody for a password: they must not hold up everything else.
    async fn credentials(&self, image: &Repository) -> Found {
        let (folder, registry) = (self.options.docker_config.clone(), image.registry.clone());
        let found =
            tokio::task::spawn_blocking(move || credentials::find(folder.as_deref(), &registry));
        found.await.unwrap_or_default()
    }

    /// Asks, within the time that an answer may take, again while that may help.
    async fn patiently<T, A>(
        &self,
        image: &str,
        question: impl Fn() -> A,
    ) -> Result<T, RegistryError>
    where
        A: Future<Output = Result<T, RegistryError>>,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.options.first_pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(TRIES - 1)
            .with_jitter();
        let once = || async {
            let answer = tokio::time::timeout(self.options.answer, question()).await;
            answer.unwrap_or_else(|late| {
                Err(RegistryError::Unreachable {
                    image: image.to_owned(),
                    source: Box::new(late),
                })
            })
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
        let (found, name) = (self.credentials(image).await, image.to_string());
        let line = Line::new(&self.http, base(image)?, image, &found);
        let too_much = |what, limit| RegistryError::TooMuch {
            image: name.clone(),
            what,
            limit,
        };
        let (mut tags, mut known) = (Vec::new(), HashSet::new());
        let mut url = line.url("tags/list")?;
        url.set_query(Some(&format!("n={TAG_PAGE}")));
        for _ in 0..MAX_TAG_PAGES {
            let question = || line.ask(&url, "application/json", MAX_TAGS_BYTES, &name);
            let answer = self.patiently(&name, question).await?;
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|error| line.no_registry(error.to_string()))?;
            let page = page.tags.unwrap_or_default();
            let next = next(&url, &answer.headers, &page)
                .map_err(|why| line.no_registry(why.to_owned()))?;
            let before = tags.len();
            let new = page.into_iter().filter(|tag| is_tag(tag));
            tags.extend(new.filter(|tag| known.insert(tag.clone())));
            if tags.len() > MAX_TAGS {
                return Err(too_much("tags", MAX_TAGS));
            }
            // Some registries give all tags at once, however often they are asked for what comes after the last.
            let Some(next) = next.filter(|_| tags.len() > before) else {
                return Ok(tags);
            };
            url = next;
        }
        Err(too_much("pages of tags", MAX_TAG_PAGES))
    }

    async fn digest(&self, image: &Repository, tag: &str) -> Result<String, RegistryError> {
        let (found, name) = (self.credentials(image).await, format!("{image}:{tag}"));
        let line = Line::new(&self.http, base(image)?, image, &found);
        let url = line.url(&format!("manifests/{tag}"))?;
        let question = || line.ask(&url, MANIFESTS, MAX_MANIFEST_BYTES, &name);
        let answer = self.patiently(&name, question).await?;
        check_manifest(&answer.body).map_err(|source| RegistryError::NotARegistry {
            image: name.clone(),
            source,
        })?;
        // What goes into the recipe is what the content is, not what the registry calls it.
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(&answer.body)));
        let said = answer.headers.get("docker-content-digest");
        let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
        if said.starts_with("sha256:") && said != digest {
            let said: String = said.chars().take(80).collect();
            return Err(RegistryError::WrongDigest {
                image: name,
                source: format!("it says {said}, it is {digest}").into(),
            });
        }
        Ok(digest)
    }
}

/// Where the list goes on. Of the link only the query counts: registries behind a proxy often name a host or a scheme
/// under which nobody reaches them, and a list goes on nowhere else. Half a list would pass for the whole, so a link that
/// cannot be read is an error.
fn next(url: &Url, headers: &HeaderMap, page: &[String]) -> Result<Option<Url>, &'static str> {
    let mut next = url.clone();
    if let Some(link) = headers.get(LINK) {
        let unread = "its `Link` header cannot be read";
        let link = link.to_str().ok().filter(|link| link.len() <= MAX_LINK);
        // The parser wants whole addresses, and registries write only the path.
        let link = link
            .ok_or(unread)?
            .replace("</", "<http://registry.invalid/");
        let links = parse_link_header::parse_with_rel(&link).map_err(|_| unread)?;
        let Some(link) = links.get("next") else {
            return Ok(None);
        };
        next.set_query(link.uri.query());
        return Ok(Some(next));
    }
    // Without a link that is all, unless somebody forgot it.
    let Some(last) = page.last().filter(|_| page.len() >= TAG_PAGE) else {
        return Ok(None);
    };
    next.set_query(Some(&format!("n={TAG_PAGE}")));
    next.query_pairs_mut().append_pair("last", last);
    Ok(Some(next))
}

/// Whether a registry may call something so; what it says is shown and written.
fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= MAX_TAG_BYTES
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || b == b'.' || b == b'-')
}

fn check_manifest(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let manifest: Manifest = serde_json::from_slice(bytes)?;
    if manifest.schema_version != 2 || (manifest.config.is_none() && manifest.manifests.is_none()) {
        return Err("its manifest is of no version that docker still runs".into());
    }
    Ok(())
}

/// Where a registry answers. Docker asks those of this machine without TLS when they have none.
fn base(image: &Repository) -> Result<Url, RegistryError> {
    let host = match image.registry.as_str() {
        "docker.io" => DOCKER_HUB,
        other => other,
    };
    let scheme = if is_local(host) { "http" } else { "https" };
    Url::parse(&format!("{scheme}://{host}/")).map_err(|error| RegistryError::NotARegistry {
        image: image.to_string(),
        source: error.to_string().into(),
    })
}

/// Whether a registry is on this machine.
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

    #[test]
    fn a_list_goes_on_at_the_same_registry_wherever_its_link_points() {
        let url = Url::parse("https://r.example.org/v2/a/b/tags/list?n=1000").unwrap();
        let read = |link: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, link.parse().unwrap());
            next(&url, &headers, &[]).map(|url| url.map(|url| url.to_string()))
        };
        let page = |query: &str| {
            Ok(Some(format!(
                "https://r.example.org/v2/a/b/tags/list?{query}"
            )))
        };
        assert_eq!(
            read("</v2/a/b/tags/list?last=1.2&n=9>; rel=\"next\""),
            page("last=1.2&n=9")
        );
        assert_eq!(
            read("<http://10.0.0.7:5000/v2/elsewhere?next_page=x%3D>; rel=next"),
            page("next_page=x%3D")
        );
        assert_eq!(read("</x?a=b>; rel=\"prev\""), Ok(None));
        assert!(read("nonsense").is_err());
    }

    #[test]
    fn what_cannot_be_a_tag_is_none() {
        for tag in ["1.0", "_x", "v1-alpine", "A.b_c-d"] {
            assert!(is_tag(tag), "{tag}");
        }
        let long = "a".repeat(MAX_TAG_BYTES + 1);
        for tag in [
            "",
            ".x",
            "-x",
            "a b",
            "a\u{1b}[2J",
            "a\nb",
            "ä",
            long.as_str(),
        ] {
            assert!(!is_tag(tag), "{tag:?}");
        }
    }
}
