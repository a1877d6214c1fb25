//! Recipe versions: `x.y.z+upstream` (reference 4.1 and 4.2).
//!
//! Not [`semver::Version`]: the part after `+` is the tag of somebody's image and is not always legal build metadata, the
//! bash era wrote bare upstream tags with `_N`, and the version must be shown exactly as it was tagged. The part before
//! the `+` is compared number by number; what follows it never decides between two different left parts, it only makes
//! the order total and stable.

mod bump;
mod natural;
mod nearest;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use bump::Bump;
pub use nearest::nearest;

/// A published version of a recipe, as it was tagged.
#[derive(Debug, Clone)]
pub struct RecipeVersion {
    numbers: [u64; 3],
    /// The `N` of the bash era's `5.7.0_2`.
    revision: u64,
    pre: semver::Prerelease,
    upstream: Option<String>,
    tag: String,
}

/// Why a text is not a recipe version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a recipe version: {why}")]
pub struct VersionError {
    /// The text, shortened.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl VersionError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        "AL-1001"
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some("write it as MAJOR.MINOR.PATCH+UPSTREAM, for example 1.2.0+8.4.1".to_owned())
    }
}

impl RecipeVersion {
    /// Reads a version leniently: with or without `+upstream`, with a leading `v`, with two numbers (`1.2`), with a
    /// pre-release (`1.0.0-rc1+2.0`), and the bash era's `5.7.0_2`. At least two numbers are needed, so that a word or a
    /// commit hash is never taken for a version.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let fail = |why| VersionError {
            text: crate::help::excerpt(text),
            why,
        };
        if text.len() > 128 {
            return Err(fail("it is longer than 128 characters"));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(fail("it holds white space"));
        }
        let (left, upstream) = match text.split_once('+') {
            Some((_, "")) => return Err(fail("nothing follows the `+`")),
            Some((left, upstream)) => (left, Some(upstream.to_owned())),
            None => (text, None),
        };
        let left = left.strip_prefix('v').unwrap_or(left);
        let (left, pre) = left.split_once('-').unwrap_or((left, ""));
        let (left, revision) = match left.split_once('_') {
            Some((left, n)) => (
                left,
                number(n).ok_or_else(|| fail("what follows `_` is not a number"))?,
            ),
            None => (left, 0),
        };
        let pre = semver::Prerelease::new(pre)
            .map_err(|_| fail("what follows `-` is not a pre-release name"))?;
        let numbers = numbers(left)
            .ok_or_else(|| fail("it does not begin with two or three numbers and dots"))?;
        Ok(Self {
            numbers,
            revision,
            pre,
            upstream,
            tag: text.to_owned(),
        })
    }

    /// The first number: an operator must do something when it grows.
    pub fn major(&self) -> u64 {
        self.numbers[0]
    }

    /// The second number: something was added.
    pub fn minor(&self) -> u64 {
        self.numbers[1]
    }

    /// The third number: something was mended.
    pub fn patch(&self) -> u64 {
        self.numbers[2]
    }

    /// Whether the left part says that it comes before a release (`1.0.0-rc1`).
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }

    /// What follows the `+`: by convention the tag of the `app` service's image.
    pub fn upstream(&self) -> Option<&str> {
        self.upstream.as_deref()
    }

    /// The version exactly as it was tagged.
    pub fn as_str(&self) -> &str {
        &self.tag
    }

    /// Whether a person who asks for `wanted` may mean this version: the same tag, or the same left part where `wanted`
    /// leaves the upstream part out (`2.0.1` for `2.0.1+1.0.6`).
    pub fn answers(&self, wanted: &Self) -> bool {
        self.left() == wanted.left()
            && (wanted.upstream.is_none() || wanted.upstream == self.upstream)
    }

    fn left(&self) -> (&[u64; 3], &semver::Prerelease, u64) {
        (&self.numbers, &self.pre, self.revision)
    }
}

fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn numbers(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.');
    let major = number(parts.next()?)?;
    let minor = number(parts.next()?)?;
    let patch = parts.next().map_or(Some(0), number)?;
    parts.next().is_none().then_some([major, minor, patch])
}

impl Ord for RecipeVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.left()
            .cmp(&other.left())
            .then_with(|| natural::compare_options(self.upstream(), other.upstream()))
            .then_with(|| self.tag.cmp(&other.tag))
    }
}

impl PartialOrd for RecipeVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for RecipeVersion {
    fn eq(&self, other: &Self) -> bool {
        // The tag holds everything the other fields were read from.
        self.tag == other.tag
    }
}

impl Eq for RecipeVersion {}

impl std::hash::Hash for RecipeVersion {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.tag.hash(state);
    }
}

impl fmt::Display for RecipeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.tag)
    }
}

impl FromStr for RecipeVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl serde::Serialize for RecipeVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.tag)
    }
}

impl<'de> serde::Deserialize<'de> for RecipeVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
