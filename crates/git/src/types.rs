//! What the git port speaks of.

use allot_recipe::RecipeVersion;
use allot_recipe::reference::Pin;
use jiff::Timestamp;

/// A published version of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Version {
    /// The version.
    pub version: RecipeVersion,
    /// The tag, as it is called in the repository.
    pub tag: String,
    /// The commit, as 40 hexadecimal digits.
    pub commit: String,
    /// The tree of that commit, which names the content alone.
    pub tree: String,
    /// Whether the tag is annotated. Lightweight tags are a lint error of recipes (R014).
    pub annotated: bool,
    /// When it was tagged, or committed where the tag is lightweight.
    pub date: Option<Timestamp>,
}

/// A tag that is no version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OtherTag {
    /// The tag.
    pub tag: String,
    /// Why it is not a version.
    pub why: String,
}

/// Every tag of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Versions {
    /// The versions, ascending.
    pub versions: Vec<Version>,
    /// The tags that are no versions, by name.
    pub others: Vec<OtherTag>,
}

impl Versions {
    /// What `deploy` takes when nobody names a version: the newest one that is no pre-release, else the newest.
    pub fn latest(&self) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|v| !v.version.is_prerelease())
            .or(self.versions.last())
    }
}

/// What somebody wants of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The newest version; the head of the default branch where a recipe has none (reference 4.5).
    Latest,
    /// A version. Without its upstream part, the newest that begins so.
    Version(RecipeVersion),
    /// A commit by at least 7 hexadecimal digits.
    Commit(String),
    /// The head of the default branch.
    Head,
}

impl From<Option<&Pin>> for Wanted {
    fn from(pin: Option<&Pin>) -> Self {
        match pin {
            None => Self::Latest,
            Some(Pin::Version(version)) => Self::Version(version.clone()),
            Some(Pin::Commit { hash, .. }) => Self::Commit(hash.clone()),
        }
    }
}

/// A commit that a wish came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pinned {
    /// The commit, as 40 hexadecimal digits.
    pub commit: String,
    /// Its tree.
    pub tree: String,
    /// The version that is tagged there, if one is.
    pub version: Option<RecipeVersion>,
}

/// What a fetch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Fetched {
    /// Whether a branch or tag is new, has moved or is gone.
    pub updated: bool,
    /// How many branches and tags the mirror holds now.
    pub refs: usize,
    /// Whether the mirror was made anew, since there was none or it was damaged.
    pub cloned: bool,
}
