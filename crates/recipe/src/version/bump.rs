//! How big the step between two versions is.

use super::RecipeVersion;

/// The size of the step between two versions (reference 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Only the upstream part or the spelling differs.
    Upstream,
    /// Something was mended.
    Patch,
    /// Something was added.
    Minor,
    /// The operator must do something.
    Major,
}

impl Bump {
    /// The step between two versions, in either direction; `None` when they are the same.
    pub fn between(a: &RecipeVersion, b: &RecipeVersion) -> Option<Self> {
        if a == b {
            None
        } else if a.major() != b.major() {
            Some(Self::Major)
        } else if a.minor() != b.minor() {
            Some(Self::Minor)
        } else if a.left() != b.left() {
            Some(Self::Patch)
        } else {
            Some(Self::Upstream)
        }
    }
}
