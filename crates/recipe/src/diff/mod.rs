//! What an operator must know between two versions of a recipe.
//!
//! Everything is compared over all compose files, each named where it matters: which of them an app uses stands in the app's
//! own env, which no recipe knows.

mod compare;
mod error;
mod facts;
mod text;

use std::collections::BTreeMap;

pub use error::DiffError;

use crate::limits::Limits;
use crate::release_notes::{self, ReleaseNote};
use crate::tree::{RecipeTree, TreeError, read_optional};
use crate::version::RecipeVersion;
use facts::Facts;

/// One of the two versions.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Its files.
    pub tree: &'a dyn RecipeTree,
    /// Its version; `None` for a work tree or a commit without a tag.
    pub version: Option<&'a RecipeVersion>,
}

/// What is different. Every list is in the order of the names, and empty where nothing is different.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct RecipeDiff {
    /// The old version.
    pub from: Option<RecipeVersion>,
    /// The new version.
    pub to: Option<RecipeVersion>,
    /// Compose files that came or went.
    pub compose_files: Vec<Named<()>>,
    /// Services that came, went or have another image, by compose file.
    pub services: Vec<Named<Service>>,
    /// Variables of the sample and of the compose files.
    pub variables: Vec<Named<Variable>>,
    /// Secrets that came, went, have another version or are made in another way.
    pub secrets: Vec<Named<Secret>>,
    /// Configs that came, went or changed.
    pub configs: Vec<ConfigChange>,
    /// Volumes that came, went or are another one now.
    pub volumes: Vec<Named<Volume>>,
    /// Ports that services open on the server, `service published:target`, that came or went.
    pub ports: Vec<Named<()>>,
    /// Networks that have to be there before the app, that came or went.
    pub networks: Vec<Named<()>>,
    /// The release notes to read on the way, the oldest first.
    pub notes: Vec<ReleaseNote>,
    /// What has gathered in `release/next`, when the new side has no version yet.
    pub coming: Option<String>,
    /// What could not be compared.
    pub warnings: Vec<String>,
}

/// Something with a name that is different.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Named<T> {
    /// Its name.
    pub name: String,
    /// What happened to it.
    #[serde(flatten)]
    pub change: Change<T>,
}

/// What happened to something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change<T> {
    /// Only the new version has it.
    Added {
        /// As it is there.
        new: T,
    },
    /// Only the old version has it.
    Removed {
        /// As it was there.
        old: T,
    },
    /// Both have it, and it differs.
    Changed {
        /// As it was.
        old: T,
        /// As it is now.
        new: T,
    },
}

/// A service in one compose file. Its name in a list is the service's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Service {
    /// Its image, with the values that a new app begins with.
    pub image: String,
    /// The compose file that gives it this image.
    pub file: String,
}

/// A variable that an app's env may set.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Variable {
    /// What the sample sets it to; `None` when the sample does not set it.
    pub sample: Option<String>,
    /// Whether the sample offers it, commented out.
    pub offered: bool,
    /// What the compose files put in its place where an app's env lacks it; `None` when none of them needs it.
    pub unset: Option<String>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Secret {
    /// Its version in a new app, for example `v1`; `?` when nothing sets it.
    pub version: String,
    /// How it is made: `a passphrase`, `32 random characters`, `inserted by hand`.
    pub made: String,
    /// The compose file that defines it.
    pub file: String,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Volume {
    /// Whether it exists before the app.
    pub external: bool,
    /// Its own name, when it is not named after the stack.
    pub name: Option<String>,
}

/// A config that is different.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ConfigChange {
    /// Its key under `configs:`.
    pub name: String,
    /// Its file, when it has one.
    pub file: Option<String>,
    /// What happened to it.
    pub what: ConfigWhat,
}

/// What happened to a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigWhat {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Its content changed, and so did its version.
    Edited,
    /// Its content changed and its version did not: abra's deploy fails where the app runs already, Allotment's does not.
    EditedSameVersion,
    /// Its version changed, and its content did not.
    NewVersion,
}

/// Compares two versions.
///
/// # Errors
/// One of the two is no recipe, its sample is broken, or a compose file that a new app needs cannot be read. What else
/// cannot be compared is a warning.
pub fn diff(old: &Side<'_>, new: &Side<'_>, limits: &Limits) -> Result<RecipeDiff, DiffError> {
    let before = Facts::read(old.tree, limits).map_err(|e| DiffError::old(old.version, e))?;
    let after = Facts::read(new.tree, limits).map_err(|e| DiffError::new(new.version, e))?;
    let unread = |e: TreeError| DiffError::new(new.version, e.into());
    let notes = notes(old, new, limits).map_err(unread)?;
    let coming = coming(new, limits).map_err(unread)?;
    let mut warnings = before.warnings.clone();
    warnings.extend(after.warnings.iter().cloned());
    let configs = compare::configs(
        (old.tree, &before.configs),
        (new.tree, &after.configs),
        limits,
        &mut warnings,
    );
    warnings.sort();
    warnings.dedup();
    Ok(RecipeDiff {
        from: old.version.cloned(),
        to: new.version.cloned(),
        compose_files: compare::by_name(&before.compose_files, &after.compose_files, |_, _| true),
        services: compare::services(&before, &after),
        variables: compare::variables(&before, &after),
        secrets: compare::by_name(&before.secrets, &after.secrets, |old, new| {
            old.version == new.version && old.made == new.made
        }),
        configs,
        volumes: compare::by_name(&before.volumes, &after.volumes, PartialEq::eq),
        ports: compare::by_name(&before.ports, &after.ports, |_, _| true),
        networks: compare::by_name(&before.networks, &after.networks, |_, _| true),
        notes,
        coming,
        warnings,
    })
}

/// The notes between the versions; where one has no version, those that only the new one has.
fn notes(old: &Side<'_>, new: &Side<'_>, limits: &Limits) -> Result<Vec<ReleaseNote>, TreeError> {
    let all = release_notes::list(new.tree, limits)?;
    let chosen = match (old.version, new.version) {
        (Some(from), Some(to)) => release_notes::between(&all, Some(from), to),
        _ => {
            let known: BTreeMap<_, ()> = release_notes::list(old.tree, limits)?
                .into_iter()
                .map(|note| (note.version, ()))
                .collect();
            all.iter()
                .filter(|note| !known.contains_key(&note.version))
                .collect()
        }
    };
    release_notes::read(new.tree, &chosen, limits)
}

/// The notes of a version that is still being made.
fn coming(new: &Side<'_>, limits: &Limits) -> Result<Option<String>, TreeError> {
    if new.version.is_some() {
        return Ok(None);
    }
    let path = format!("{}/next", release_notes::FOLDER);
    let bytes = read_optional(new.tree, &path, limits.max_note_bytes)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned))
}

impl RecipeDiff {
    /// Whether there is nothing that an operator must know.
    pub fn is_empty(&self) -> bool {
        self.compose_files.is_empty()
            && self.services.is_empty()
            && self.variables.is_empty()
            && self.secrets.is_empty()
            && self.configs.is_empty()
            && self.volumes.is_empty()
            && self.ports.is_empty()
            && self.networks.is_empty()
            && self.notes.is_empty()
            && self.coming.is_none()
    }
}

impl Variable {
    /// Whether an app that exists already lacks something until its env sets this variable: the sample sets it for new
    /// apps, and the compose files have nothing to put in its place.
    pub fn must_be_set(&self) -> bool {
        self.sample.is_some() && self.unset.as_deref() == Some("")
    }
}

#[cfg(test)]
mod tests;
