//! Addresses of forges and of repositories. A user and a password in one are never shown.

use std::{fmt, str::FromStr};

use allot_ledger::RecipeName;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::limits::MAX_URL;

/// Why a text is no address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address {0}")]
pub struct BadPlace(&'static str);

/// The web address of a forge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ForgeUrl(Url);

impl ForgeUrl {
    /// The address of something below it.
    pub(super) fn below<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Option<Url> {
        let mut url = self.0.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(parts);
        Some(url)
    }

    /// Whether what is sent there can be read by nobody on the way.
    pub(super) fn is_private(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let loopback = |ip: std::net::IpAddr| ip.is_loopback();
        let ip = host.trim_matches(['[', ']']).parse();
        self.0.scheme() == "https" || host == "localhost" || ip.is_ok_and(loopback)
    }
}

impl FromStr for ForgeUrl {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        if text.len() > MAX_URL {
            return Err(BadPlace("is too long"));
        }
        let url = Url::parse(text).map_err(|_| BadPlace("is none"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(BadPlace("does not begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadPlace(
                "holds a user: a token goes into a file, `token_file`",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadPlace("has a query"));
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for ForgeUrl {
    type Error = BadPlace;

    fn try_from(text: String) -> Result<Self, BadPlace> {
        text.parse()
    }
}

impl From<ForgeUrl> for String {
    fn from(url: ForgeUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for ForgeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ForgeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a repository is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitUrl {
    whole: String,
    shown: String,
}

impl GitUrl {
    /// The whole address, to fetch from.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }

    /// The last part of its path, without `.git`.
    pub(super) fn last_part(&self) -> &str {
        let last = self.shown.rsplit(['/', ':']).next().unwrap_or_default();
        last.strip_suffix(".git").unwrap_or(last)
    }
}

impl FromStr for GitUrl {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        if text.len() > MAX_URL {
            return Err(BadPlace("is too long"));
        }
        // What git says of it repeats it.
        let shown = allot_git::shown(text)
            .map_err(|_| BadPlace("is none that a repository is fetched from"))?;
        let whole = text.to_owned();
        Ok(Self { whole, shown })
    }
}

impl TryFrom<String> for GitUrl {
    type Error = BadPlace;

    fn try_from(text: String) -> Result<Self, BadPlace> {
        text.parse()
    }
}

impl From<GitUrl> for String {
    /// The whole of it: for the configuration's file, which is private.
    fn from(url: GitUrl) -> Self {
        url.whole
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The recipe that a repository of this name is.
pub(super) fn recipe_of(repository: &str) -> Result<RecipeName, String> {
    let name = repository.to_ascii_lowercase();
    name.parse().map_err(|_| {
        let shown: String = repository.chars().take(80).collect();
        format!("`{shown}` is no name of a recipe")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_repositories_are_not_shown() {
        let url: GitUrl = "https://me:canary@git.example/recipes/web.git"
            .parse()
            .unwrap();
        assert!(!format!("{url} {url:?}").contains("canary"));
        assert_eq!(url.last_part(), "web");
        assert!(url.whole().contains("canary"), "it is fetched with it");
        let refused = "ftp://canary.example/r".parse::<GitUrl>().unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }

    #[test]
    fn a_forge_below_a_path_is_asked_below_it() {
        for (forge, whole) in [
            ("https://f.example", "https://f.example/api/v1/x"),
            ("https://f.example/", "https://f.example/api/v1/x"),
            ("https://f.example/git/", "https://f.example/git/api/v1/x"),
        ] {
            let forge: ForgeUrl = forge.parse().unwrap();
            let url = forge.below(["api", "v1", "x"]).unwrap();
            assert_eq!(url.as_str(), whole);
        }
        let forge: ForgeUrl = "https://f.example".parse().unwrap();
        let odd = forge.below(["a/../b", "?c"]).unwrap();
        assert_eq!(odd.as_str(), "https://f.example/a%2F..%2Fb/%3Fc");
    }
}
