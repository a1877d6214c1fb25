//! Names and hashes.

mod recipe;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use recipe::{BadName, ObjectId, RecipeName, Version};

use crate::limits::MAX_SLUG;

/// The short name of a collective: lower-case letters, digits and inner hyphens, at most 40 characters.
///
/// It stands in certificates (`spiffe://…/collective/<slug>`) and on command lines, and never changes hands:
/// a slug that was once in the log stays with its collective. A clone is the same text and no copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(Arc<str>);

/// The author that is no collective.
pub const HUB: &str = "hub";

/// Why a text is no slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no short name: {why}")]
pub struct BadSlug {
    text: String,
    why: &'static str,
}

impl BadSlug {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "AL-8001"
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some("use lower-case letters, digits and hyphens, such as `merri-bek-tech`".to_owned())
    }
}

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = BadSlug;

    fn from_str(text: &str) -> Result<Self, BadSlug> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_SLUG {
            "it is longer than 40 characters"
        } else if !text.chars().all(known) {
            "it has other characters than a-z, 0-9 and -"
        } else if text.starts_with('-') || text.ends_with('-') {
            "it begins or ends with a hyphen"
        } else if text == HUB {
            "`hub` is taken"
        } else {
            return Ok(Self(text.into()));
        };
        let text = text.chars().take(MAX_SLUG + 1).collect();
        Err(BadSlug { text, why })
    }
}

impl TryFrom<String> for Slug {
    type Error = BadSlug;

    fn try_from(text: String) -> Result<Self, BadSlug> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.to_string()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256, as lower-case hexadecimal in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits")]
pub struct BadDigest;

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let bytes = hex::decode(text).map_err(|_| BadDigest)?;
        bytes.try_into().map(Self).map_err(|_| BadDigest)
    }
}

impl TryFrom<String> for Digest {
    type Error = BadDigest;

    fn try_from(text: String) -> Result<Self, BadDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        for good in ["autonomic", "local-it", "decentral1se", "a"] {
            assert_eq!(good.parse::<Slug>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "hub",
            "-a",
            "a-",
            "A",
            "a b",
            "a/b",
            "é",
            &"a".repeat(41),
        ] {
            assert_eq!(bad.parse::<Slug>().unwrap_err().code(), "AL-8001", "{bad}");
        }
        assert!(serde_json::from_str::<Slug>("\"../x\"").is_err());
    }

    #[test]
    fn digests_are_hexadecimal() {
        let digest = Digest::of(b"");
        assert!(digest.to_string().starts_with("e3b0c442"));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("e3b0".parse::<Digest>().is_err());
    }
}
