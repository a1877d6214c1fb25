//! Names of recipes and of their versions, and what git calls a commit.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::limits::{MAX_RECIPE_NAME, MAX_VERSION};

/// Why a text is no name of a recipe, no version or no git object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {why}")]
pub struct BadName {
    text: String,
    what: &'static str,
    /// What is wrong with it.
    pub(crate) why: &'static str,
}

impl BadName {
    fn new(text: &str, what: &'static str, why: &'static str) -> Self {
        let text = text.chars().take(MAX_VERSION + 1).collect();
        Self { text, what, why }
    }

    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "AL-8005"
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(
            "`allot recipe list` shows recipes, `allot recipe versions NAME` their versions"
                .to_owned(),
        )
    }
}

/// The name of a recipe: lower-case letters, digits, `-`, `_` and `.`, at most 64 characters, the first of them a letter or
/// a digit. It stands in paths and on command lines.
///
/// A catalogue names a recipe in many places, so that a clone is the same text and no copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipeName(Arc<str>);

impl RecipeName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecipeName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_RECIPE_NAME {
            "it is longer than 64 characters"
        } else if !text.chars().all(|c| plain(c) || "-_.".contains(c)) {
            "it has other characters than a-z, 0-9, -, _ and ."
        } else if !text.starts_with(plain) {
            "it begins with neither a letter nor a digit"
        } else {
            return Ok(Self(text.into()));
        };
        Err(BadName::new(text, "recipe's name", why))
    }
}

/// A version of a recipe, exactly as it was tagged: 1 to 128 printable ASCII characters, no blanks. What follows from its
/// numbers is for those who know recipes; the log only knows which one is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(Box<str>);

impl Version {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_VERSION {
            "it is longer than 128 characters"
        } else if !text.chars().all(|c| c.is_ascii_graphic()) {
            "it has other characters than printable ASCII, or blanks"
        } else {
            return Ok(Self(text.into()));
        };
        Err(BadName::new(text, "version", why))
    }
}

/// What git calls a commit or a tree: its SHA-1, or its SHA-256; lower-case hexadecimal in JSON.
///
/// Nearly all are SHA-1, and there are many, so that the longer ones are elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(Bytes);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Bytes {
    Sha1([u8; 20]),
    Sha256(Box<[u8; 32]>),
}

impl ObjectId {
    /// The bytes: 20 or 32 of them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Sha1(bytes) => bytes,
            Bytes::Sha256(bytes) => bytes.as_slice(),
        }
    }

    /// From the bytes, of which there are 20 or 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let short = <[u8; 20]>::try_from(bytes).map(Bytes::Sha1);
        let long = || <[u8; 32]>::try_from(bytes).map(|b| Bytes::Sha256(Box::new(b)));
        short.or_else(|_| long()).ok().map(Self)
    }
}

impl FromStr for ObjectId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = |why| BadName::new(text, "git object", why);
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(bad("it has upper-case letters"));
        }
        let bytes = hex::decode(text).map_err(|_| bad("it is not hexadecimal"))?;
        Self::from_bytes(&bytes).ok_or_else(|| bad("it has neither 40 nor 64 digits"))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for RecipeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Maps are asked by name without making one.
impl Borrow<str> for RecipeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

macro_rules! a_text_in_json {
    ($($name:ty),+) => {$(
        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )+};
}

a_text_in_json!(RecipeName, Version, ObjectId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_recipes_are_plain() {
        for good in [
            "guestbook",
            "backup-bot-two",
            "mycorrhiza_wiki",
            "0x",
            "a.b",
        ] {
            assert_eq!(good.parse::<RecipeName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-a",
            ".git",
            "..",
            "_a",
            "A",
            "a b",
            "a/b",
            "é",
            &"a".repeat(65),
        ] {
            let refused = bad.parse::<RecipeName>().unwrap_err();
            assert_eq!(refused.code(), "AL-8005", "{bad}");
        }
        assert!(serde_json::from_str::<RecipeName>("\"../x\"").is_err());
    }

    #[test]
    fn versions_are_kept_as_they_were_tagged() {
        for good in ["1.2.0+8.4.1", "v1.0", "5.7.0_2", "0.1.0+v1~rc1", "?"] {
            assert_eq!(good.parse::<Version>().unwrap().to_string(), good);
        }
        for bad in ["", "1.0 0", "1.0\n", "1.0\u{7f}", "ä", &"1".repeat(129)] {
            assert_eq!(bad.parse::<Version>().unwrap_err().code(), "AL-8005");
        }
    }

    #[test]
    fn git_objects_are_of_either_kind_and_take_little_room() {
        for digits in [40, 64] {
            let text = "0123456789abcdef".repeat(4)[..digits].to_owned();
            let id: ObjectId = text.parse().unwrap();
            assert_eq!((id.as_bytes().len() * 2, id.to_string()), (digits, text));
            assert_eq!(ObjectId::from_bytes(id.as_bytes()), Some(id));
        }
        for bad in [
            "",
            "abc",
            &"g".repeat(40),
            &"A".repeat(40),
            &"a".repeat(41),
            &"a".repeat(62),
        ] {
            assert_eq!(bad.parse::<ObjectId>().unwrap_err().code(), "AL-8005");
        }
        assert!(size_of::<ObjectId>() <= 24);
    }
}
