//! The tags of a clone, and the versions among them.

use allot_recipe::RecipeVersion;
use allot_recipe::version::nearest;

use super::{Checkout, GitError};
use crate::limits::MAX_TAGS;

/// A tag that is a version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Tag {
    /// The version.
    pub version: RecipeVersion,
    /// Whether it is annotated, as a release has to be.
    pub annotated: bool,
    /// What it points at in the end.
    pub commit: String,
}

impl Checkout {
    /// The tags that are versions, ascending.
    ///
    /// # Errors
    /// `AL-9402`, and `AL-9405` when there are too many.
    pub fn tags(&self) -> Result<Vec<Tag>, GitError> {
        // A version holds no blanks, so they part the fields.
        let format = "--format=%(refname:strip=2) %(objecttype) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)";
        let text = self
            .git
            .read("list the tags", &["for-each-ref", format, "refs/tags"])?;
        let mut tags = Vec::new();
        for line in text.lines() {
            let mut fields = line.rsplitn(3, ' ');
            let (Some(commit), Some(kind), Some(name)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if let Ok(version) = RecipeVersion::parse(name) {
                tags.push(Tag {
                    version,
                    annotated: kind == "tag",
                    commit: commit.to_owned(),
                });
            }
        }
        if tags.len() > MAX_TAGS {
            return Err(GitError::TooMuch {
                what: "tags",
                limit: MAX_TAGS as u64,
            });
        }
        tags.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(tags)
    }

    /// The newest version: of the releases when there are any, else of the pre-releases.
    ///
    /// # Errors
    /// As [`Checkout::tags`].
    pub fn newest(&self) -> Result<Option<Tag>, GitError> {
        let tags = self.tags()?;
        let release = tags.iter().rev().find(|tag| !tag.version.is_prerelease());
        Ok(release.or(tags.last()).cloned())
    }

    /// The version that somebody means: the same tag, or the newest with the same numbers when the upstream part is left
    /// out.
    ///
    /// # Errors
    /// `AL-9404` with the versions around it.
    pub fn version(&self, wanted: &str) -> Result<Tag, GitError> {
        let tags = self.tags()?;
        let exact = tags.iter().find(|tag| tag.version.as_str() == wanted);
        let meant = RecipeVersion::parse(wanted).ok();
        let near =
            || meant.and_then(|wanted| tags.iter().rev().find(|tag| tag.version.answers(&wanted)));
        if let Some(tag) = exact.or_else(near) {
            return Ok(tag.clone());
        }
        let versions: Vec<RecipeVersion> = tags.into_iter().map(|tag| tag.version).collect();
        Err(GitError::NoVersion {
            wanted: wanted.chars().take(130).collect(),
            near: nearest(&versions, wanted, 4)
                .into_iter()
                .map(ToString::to_string)
                .collect(),
        })
    }
}
