//! What a URL is, how it is shown, and which folder its mirror has.

use std::path::PathBuf;

use gix::bstr::BStr;
use gix::url::Scheme;
use sha2::{Digest, Sha256};

use super::GitError;

/// A repository.
#[derive(Debug, Clone)]
pub(super) struct Location {
    /// How it is reached.
    pub place: Place,
    /// The URL without user and password, for people.
    pub shown: String,
    /// The name of its mirror's folder: `<name>-<hash of the URL>`.
    pub key: String,
}

/// How a repository is reached.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Over a network, or by ssh.
    Remote(gix::Url),
    /// In a folder of this host.
    Local(PathBuf),
}

impl Location {
    /// Reads a URL or path.
    pub fn parse(text: &str) -> Result<Self, GitError> {
        let bad = |why| GitError::BadUrl {
            url: redacted(text),
            why,
        };
        if text.is_empty() || text.len() > 2048 {
            return Err(bad("it is empty or longer than 2,048 characters"));
        }
        if text.starts_with('-') || text.chars().any(char::is_control) {
            return Err(bad("it begins with `-` or holds control characters"));
        }
        let url = gix::url::parse(text).map_err(|_| bad("it cannot be read"))?;
        let place = match url.scheme {
            Scheme::Https | Scheme::Http | Scheme::Git | Scheme::Ssh if url.host().is_none() => {
                return Err(bad("it names no host"));
            }
            Scheme::Https | Scheme::Http | Scheme::Git | Scheme::Ssh => Place::Remote(url),
            Scheme::File => {
                let path = gix::path::from_bstr(BStr::new(&url.path))
                    .map_err(|_| bad("its path cannot be read"))?
                    .into_owned();
                Place::Local(
                    std::path::absolute(path)
                        .map_err(|_| bad("its path cannot be made absolute"))?,
                )
            }
            _ => return Err(bad("its kind is not known")),
        };
        let (shown, whole) = match &place {
            Place::Local(path) => (path.display().to_string(), path.display().to_string()),
            Place::Remote(url) => (redacted(text), url.to_bstring().to_string()),
        };
        Ok(Self {
            key: key(whole.trim_end_matches('/')),
            place,
            shown,
        })
    }
}

/// A name that a person recognises in a listing, and enough of a hash that no two URLs share a folder.
fn key(url: &str) -> String {
    let last = url.rsplit(['/', ':']).next().unwrap_or(url);
    let name: String = last
        .strip_suffix(".git")
        .unwrap_or(last)
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    let hash = hex::encode(Sha256::digest(url.as_bytes()));
    format!("{name}-{}", hash.get(..16).unwrap_or(&hash))
}

/// A repository's URL as people may see it: without user and password.
pub fn shown(url: &str) -> Result<String, GitError> {
    Ok(Location::parse(url)?.shown)
}

/// The URL without what stands before the `@` of its host.
fn redacted(url: &str) -> String {
    let short: String = url.chars().filter(|c| !c.is_control()).take(200).collect();
    let Some((scheme, rest)) = short.split_once("://") else {
        return short;
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_folders_from_networks() {
        for text in ["/srv/r", "/srv/r.git", "file:///srv/r", "./r", "r"] {
            assert!(
                matches!(Location::parse(text).expect(text).place, Place::Local(_)),
                "{text}"
            );
        }
        for text in [
            "https://h.org/o/r.git",
            "http://h.org/r",
            "git://h.org/r",
            "ssh://git@h.org:2222/o/r",
            "git@h.org:o/r.git",
        ] {
            assert!(
                matches!(Location::parse(text).expect(text).place, Place::Remote(_)),
                "{text}"
            );
        }
    }

    #[test]
    fn gives_each_url_its_own_folder_with_a_name_that_people_know() {
        let key = |text| Location::parse(text).expect(text).key;
        assert!(key("https://h.org/o/cool-recipe.git").starts_with("cool-recipe-"));
        assert_ne!(key("https://h.org/a/r.git"), key("https://h.org/b/r.git"));
        assert_eq!(key("/srv/r/"), key("file:///srv/r"));
        assert!(!key("/srv/..").contains('.'));
    }

    #[test]
    fn never_shows_a_password() {
        assert_eq!(
            Location::parse("https://me:canary@h.org/r")
                .expect("a URL")
                .shown,
            "https://h.org/r"
        );
        let error = Location::parse("ext://me:canary@h/r").expect_err("refused");
        assert!(!error.to_string().contains("canary"), "{error}");
    }

    #[test]
    fn refuses_urls_that_could_run_programs() {
        for text in [
            "",
            "-oProxyCommand=x",
            "ext::sh -c id",
            "https:///r",
            "a\nb",
            "fd::7",
        ] {
            let refused = Location::parse(text);
            // `ext::…` may be read as a path, which is as good as a refusal: no program is run for a path.
            assert!(
                matches!(
                    refused,
                    Err(GitError::BadUrl { .. })
                        | Ok(Location {
                            place: Place::Local(_),
                            ..
                        })
                ),
                "{text}"
            );
        }
    }
}
