//! Asking registries, a few at the same time, each image once.

use std::collections::{BTreeSet, HashMap};

use futures::StreamExt as _;

use super::find::{Images, Target};
use crate::image::{ImageText, Repository};
use crate::limits::LOOKUPS;
use crate::registry::{Registry, RegistryError};

/// What the registries said, by image.
pub(super) type Tags = HashMap<Repository, Result<Vec<String>, RegistryError>>;

/// Asks for the tags of every image that was asked for and can be known.
pub(super) async fn tags(registry: &dyn Registry, recipe: &Images, wanted: &[Target]) -> Tags {
    let repositories: BTreeSet<Repository> = wanted
        .iter()
        .filter_map(|target| {
            let text = recipe.file(target)?.document.text(target.node)?;
            Some(ImageText::read(text, &recipe.sample).ok()?.repository)
        })
        .collect();
    futures::stream::iter(repositories)
        .map(|repository| async move {
            let tags = registry.tags(&repository).await;
            (repository, tags)
        })
        .buffer_unordered(LOOKUPS)
        .collect()
        .await
}
