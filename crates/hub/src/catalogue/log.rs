//! What the log says of recipes, and what the hub writes into it.

use std::sync::Arc;

use allot_ledger::{
    Body, RecipeName,
    entry::{DocumentRef, Seen},
};
use allot_recipe::{Limits, catalogue::About};

use super::{
    Catalogue,
    error::CatalogueError,
    tags::{Known, KnownVersions},
};
use crate::app::HubError;

/// What the log says of a recipe.
pub(super) struct Logged {
    /// What is known of it as a whole; none when the log does not know it.
    pub(super) about: Option<DocumentRef>,
    pub(super) versions: KnownVersions,
}

impl Catalogue {
    /// What the log says of a recipe.
    pub(super) async fn logged(&self, recipe: &RecipeName) -> Logged {
        let book = self.hub.replica.book().await;
        let found = book.state().recipe(recipe.as_str());
        let versions = found.into_iter().flat_map(|recipe| recipe.versions());
        let versions = versions.map(|pinned| {
            let known = Known {
                commit: pinned.commit.to_string(),
                tree: pinned.tree.to_string(),
                observed: pinned.observed.is_some(),
            };
            (pinned.version.to_string(), known)
        });
        Logged {
            about: found.map(|recipe| recipe.about),
            versions: versions.collect(),
        }
    }

    /// How many versions of a recipe the log has.
    pub(super) async fn version_count(&self, recipe: &RecipeName) -> usize {
        let book = self.hub.replica.book().await;
        let found = book.state().recipe(recipe.as_str());
        found.map_or(0, |recipe| recipe.versions().len())
    }

    /// What the log says of a recipe as a whole.
    pub(super) async fn about(&self, recipe: &RecipeName) -> Option<About> {
        let about = self.logged(recipe).await.about?;
        let replica = Arc::clone(&self.hub.replica);
        let text = tokio::task::spawn_blocking(move || replica.text(about.sha256));
        let text = text.await.ok()?.ok()??;
        About::from_bytes(&text, &Limits::default()).ok()
    }

    /// Puts documents beside the log.
    pub(super) async fn keep(&self, documents: Vec<Vec<u8>>) -> Result<(), CatalogueError> {
        if documents.is_empty() {
            return Ok(());
        }
        let replica = Arc::clone(&self.hub.replica);
        let kept = tokio::task::spawn_blocking(move || replica.put_texts(&documents)).await;
        kept.map_err(worker)?.map_err(HubError::from)?;
        Ok(())
    }

    /// Says that there is a recipe, or that what is known of it has changed, and which versions of it were seen.
    pub(super) async fn write_all(
        &self,
        recipe: &RecipeName,
        about: Option<DocumentRef>,
        seen: Vec<Seen>,
    ) -> Result<(), CatalogueError> {
        let known = async {
            match about {
                Some(about) => self.write_recipe(recipe, about).await,
                None => Ok(()),
            }
        };
        // They wait for the disk together: the writer takes them in this order.
        let (known, seen) = tokio::join!(biased; known, self.write_seen(recipe, seen));
        known.and(seen)
    }

    /// Says that there is a recipe, or that what is known of it has changed.
    async fn write_recipe(
        &self,
        recipe: &RecipeName,
        about: DocumentRef,
    ) -> Result<(), CatalogueError> {
        let recipe = recipe.clone();
        self.hub.append_own(Body::Recipe { recipe, about }).await?;
        Ok(())
    }

    /// Says which versions were seen.
    async fn write_seen(&self, recipe: &RecipeName, seen: Vec<Seen>) -> Result<(), CatalogueError> {
        for versions in Seen::batches(seen) {
            let (recipe, count) = (recipe.clone(), versions.len());
            let body = Body::Observe { recipe, versions };
            self.hub.append_own(body).await?;
            self.hub.metrics.observed(count);
        }
        Ok(())
    }
}

/// A thread of ours died.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn worker(error: tokio::task::JoinError) -> CatalogueError {
    let what = error.to_string();
    HubError::Worker { what }.into()
}

/// What an entry calls a document.
pub(super) fn reference(document: &[u8]) -> Result<DocumentRef, CatalogueError> {
    DocumentRef::of(document).map_err(|bytes| {
        let why = format!("a document has {bytes} bytes, too many");
        HubError::Text { why }.into()
    })
}
