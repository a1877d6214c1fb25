//! What an upgrade would do, as a value.

use allot_recipe::RecipeTree as _;

use super::find::Images;
use super::{UpgradeError, find};
use crate::checkout::WorkTree;
use crate::compose::{ComposeFile, Edit, apply};
use crate::image::ImageText;
use crate::limits::MAX_COMPOSE_BYTES;
use crate::tags::Step;

/// What becomes of an image.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It gets another tag, or another digest.
    Upgrade {
        /// The new tag.
        to: String,
        /// The new digest, when it is pinned to one.
        #[serde(skip_serializing_if = "Option::is_none")]
        to_digest: Option<String>,
        /// How far that is.
        step: Step,
    },
    /// There is nothing newer of its kind, or nothing that may be taken.
    Current,
    /// It is left alone.
    Skipped {
        /// Why.
        why: String,
    },
    /// Its registry does not say.
    Failed {
        /// The stable code of the error.
        code: String,
        /// What happened, causes included.
        why: String,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
}

/// An image, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ImagePlan {
    /// The services whose image it is.
    pub services: Vec<String>,
    /// The file in which it stands.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Its name without the tag, or the text when it is not known which image that is.
    pub image: String,
    /// Its tag now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The digest to which it is pinned now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What it is held to by the recipe's `versions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// What becomes of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Newer tags of its kind, the newest first.
    pub newer: Vec<String>,
    /// Every tag that there is, when that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The index of the file.
    #[serde(skip)]
    pub(super) index: usize,
    /// What to write.
    #[serde(skip)]
    pub(super) edits: Vec<Edit>,
}

/// What an upgrade would do.
#[derive(Debug, Clone, serde::Serialize)]
pub struct UpgradePlan {
    /// Every image that was asked for, in the order of files and services.
    pub images: Vec<ImagePlan>,
    #[serde(skip)]
    pub(super) files: Vec<ComposeFile>,
}

impl UpgradePlan {
    pub(super) fn new(recipe: &Images) -> Self {
        Self {
            images: Vec::new(),
            files: recipe.files.clone(),
        }
    }

    /// The images that would change.
    pub fn upgrades(&self) -> impl Iterator<Item = &ImagePlan> {
        self.images
            .iter()
            .filter(|image| matches!(image.outcome, Outcome::Upgrade { .. }))
    }

    /// Whether a registry did not answer.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.images
            .iter()
            .any(|image| matches!(image.outcome, Outcome::Failed { .. }))
    }

    /// Writes the edits. Each file is made and read again before any is written, and none is written that somebody changed
    /// meanwhile. Returns the files that changed.
    ///
    /// # Errors
    /// `AL-9433` when a file was changed since, and what writing it says.
    pub fn apply(&self, work: &WorkTree) -> Result<Vec<String>, UpgradeError> {
        let mut texts = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let edits: Vec<Edit> = self
                .images
                .iter()
                .filter(|image| image.index == index)
                .flat_map(|image| image.edits.clone())
                .collect();
            if edits.is_empty() {
                continue;
            }
            if work.read(&file.name, MAX_COMPOSE_BYTES)? != file.text.as_bytes() {
                return Err(UpgradeError::Changed {
                    file: file.name.clone(),
                });
            }
            let text = apply(&file.name, &file.text, &edits)?;
            self.check(index, &file.name, text.clone(), work)?;
            texts.push((file.name.clone(), text));
        }
        for (name, text) in &texts {
            work.write(name, text.as_bytes())?;
        }
        Ok(texts.into_iter().map(|(name, _)| name).collect())
    }

    /// Reads an edited file as if it were new: every image in it has to be what the plan says.
    fn check(
        &self,
        index: usize,
        name: &str,
        text: String,
        work: &WorkTree,
    ) -> Result<(), UpgradeError> {
        let unsound = || UpgradeError::Unsound {
            file: name.to_owned(),
        };
        let sample = find::sample(work)?;
        let file = ComposeFile::parse(name, text).map_err(|_| unsound())?;
        for image in self.upgrades().filter(|image| image.index == index) {
            let Outcome::Upgrade { to, to_digest, .. } = &image.outcome else {
                continue;
            };
            for service in &image.services {
                let read = file
                    .document
                    .find(&["services", service, "image"])
                    .and_then(|node| file.document.text(node))
                    .and_then(|text| ImageText::read(text, &sample).ok());
                let digest = to_digest.as_deref();
                if !read.is_some_and(|read| read.tag() == to && read.digest() == digest) {
                    return Err(unsound());
                }
            }
        }
        Ok(())
    }
}
