//! `recipe sync`: the next version of a recipe, and the label that says it.

mod error;
mod label;
mod next;

use std::collections::BTreeMap;

use allot_recipe::compose_list::DEFAULT_COMPOSE_FILE;
use allot_recipe::{RecipeTree, RecipeVersion};

use crate::checkout::{Tag, WorkTree};
use crate::compose::{self, ComposeFile, Edit, apply};
use crate::image::ImageText;
use crate::limits::MAX_COMPOSE_BYTES;

pub use error::VersionError;
pub use label::Label;
pub use next::{Bump, Wanted, next};

/// The service that bears a recipe's labels, and whose image's tag is the right part of its version.
pub const APP: &str = "app";

/// What a recipe says of its own version.
#[derive(Debug, Clone)]
pub struct Versioned {
    files: Vec<ComposeFile>,
    /// Where it says so, in the order of files.
    pub labels: Vec<Label>,
    /// The tag of the `app` service's image; none where it has none that can be known.
    pub upstream: Option<String>,
}

impl Versioned {
    /// Reads a recipe's compose files.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read(tree: &dyn RecipeTree) -> Result<Self, VersionError> {
        let files = compose::load(tree)?;
        let sample = crate::upgrade::sample(tree).unwrap_or_default();
        Ok(Self {
            labels: files
                .iter()
                .enumerate()
                .flat_map(|(index, file)| label::find(index, file))
                .collect(),
            upstream: upstream(&files, &sample),
            files,
        })
    }

    /// The names of its compose files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The version that its label says: the first that is one.
    #[must_use]
    pub fn version(&self) -> Option<RecipeVersion> {
        self.labels
            .iter()
            .find_map(|label| RecipeVersion::parse(&label.text).ok())
    }

    /// The edits that make every label say a version.
    ///
    /// # Errors
    /// `AL-9440` when there is no label, or one that cannot be edited in place.
    pub fn sync(&self, version: &RecipeVersion) -> Result<SyncPlan, VersionError> {
        if self.labels.is_empty() {
            return Err(VersionError::NoLabel {
                version: version.to_string(),
            });
        }
        let mut changes = Vec::new();
        for label in self
            .labels
            .iter()
            .filter(|label| label.text != version.as_str())
        {
            let Some(range) = label.range.clone() else {
                return Err(VersionError::LabelInVariables {
                    file: label.file.clone(),
                    line: label.line,
                });
            };
            changes.push((label.clone(), Edit::new(range, version.as_str())));
        }
        Ok(SyncPlan {
            version: version.clone(),
            upstream: self.upstream.clone(),
            labels: changes.iter().map(|(label, _)| label.clone()).collect(),
            edits: changes
                .into_iter()
                .map(|(label, edit)| (label.index, edit))
                .collect(),
            files: self.files.clone(),
        })
    }
}

/// What writing a version comes to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SyncPlan {
    /// The version.
    pub version: RecipeVersion,
    /// The tag of the app's image, for whoever compares.
    pub upstream: Option<String>,
    /// The labels that say something else, as they are now; empty when all say it already.
    pub labels: Vec<Label>,
    #[serde(skip)]
    edits: Vec<(usize, Edit)>,
    #[serde(skip)]
    files: Vec<ComposeFile>,
}

impl SyncPlan {
    /// The files that would change.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.labels.iter().map(|label| label.file.clone()).collect();
        paths.dedup();
        paths
    }

    /// Writes the labels; nothing else of the files changes.
    ///
    /// # Errors
    /// `AL-9433` when a file was changed meanwhile.
    pub fn apply(&self, work: &WorkTree) -> Result<(), VersionError> {
        for (index, file) in self.files.iter().enumerate() {
            let edits = self.edits.iter().filter(|(of, _)| *of == index);
            let edits: Vec<Edit> = edits.map(|(_, edit)| edit.clone()).collect();
            if edits.is_empty() {
                continue;
            }
            if work.read(&file.name, MAX_COMPOSE_BYTES)? != file.text.as_bytes() {
                return Err(VersionError::Changed {
                    file: file.name.clone(),
                });
            }
            let text = apply(&file.name, &file.text, &edits)?;
            work.write(&file.name, text.as_bytes())?;
        }
        Ok(())
    }
}

/// The tag of the app's image: what `compose.yml` says, else the first file that gives it one.
fn upstream(files: &[ComposeFile], sample: &BTreeMap<String, String>) -> Option<String> {
    let (main, other): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|file| file.name == DEFAULT_COMPOSE_FILE);
    main.into_iter().chain(other).find_map(|file| {
        let node = file.document.find(&["services", APP, "image"])?;
        let image = ImageText::read(file.document.text(node)?, sample).ok()?;
        Some(image.tag().to_owned())
    })
}

/// The newest release among a clone's versions, else the newest of all.
#[must_use]
pub fn newest(tags: &[Tag]) -> Option<&Tag> {
    let release = tags.iter().rev().find(|tag| !tag.version.is_prerelease());
    release.or(tags.last())
}
