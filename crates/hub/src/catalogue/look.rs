//! A look at a source: what it has, and then each repository, a few at the same time.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use allot_ledger::RecipeName;
use futures::{StreamExt as _, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Catalogue,
    board::Told,
    error::CatalogueError,
    limits::{WAKE_PAUSE, WRITTEN_AT_ONCE},
    source::{Kind, Origin, Source},
    wake::{Bell, Wanted, pause},
};

impl Catalogue {
    /// Looks at a source again and again, until told to stop.
    pub(super) async fn look_after(self: Arc<Self>, place: usize, stop: CancellationToken) {
        let (Some(source), Some(bell)) = (self.sources.get(place), self.bells.get(place)) else {
            return;
        };
        loop {
            let looked = stop.run_until_cancelled(self.look(source, bell)).await;
            let Some(next) = looked else {
                return;
            };
            let wait = async {
                sleep(WAKE_PAUSE).await;
                // Both are reasons to look.
                let _ = tokio::time::timeout(next, bell.rung()).await;
            };
            if stop.run_until_cancelled(wait).await.is_none() {
                return;
            }
        }
    }

    /// Looks once, and says how long it is until the next look.
    async fn look(&self, source: &Source, bell: &Bell) -> Duration {
        let wanted = bell.begin();
        self.board.source(source.place, |row| row.busy = true);
        let looked = self.try_look(source, wanted).await;
        let after = looked.as_ref().err().and_then(CatalogueError::after);
        self.hub.metrics.looked(looked.is_ok());
        if let Err(error) = &looked {
            let (code, source) = (error.code(), &source.name);
            tracing::warn!(
                code,
                source,
                "a source of recipes cannot be read: {}",
                error.told()
            );
        }
        let next = pause(source.poll, after);
        let now = self.hub.clock().now();
        let error = looked.err().map(|error| Told::of(&error));
        self.board.source(source.place, |row| {
            row.busy = false;
            row.looked = Some(now);
            row.next = now.checked_add(next).ok();
            row.error = error;
        });
        bell.end();
        next
    }

    async fn try_look(&self, source: &Source, wanted: Wanted) -> Result<(), CatalogueError> {
        let named = match wanted {
            Wanted::All => None,
            Wanted::Named(names) => Some(names),
        };
        let origins = self.origins(source, named).await?;
        let looks = origins.into_iter().map(|origin| async move {
            // The places are for all sources together; nobody ever closes them.
            if let Ok(place) = self.places.acquire().await {
                self.tend(source.place, &origin, place).await;
            }
        });
        // No more futures than there are places and desks, however many repositories there are.
        let parallel = self.config.parallel + WRITTEN_AT_ONCE;
        stream::iter(looks)
            .buffer_unordered(parallel)
            .collect::<()>()
            .await;
        Ok(())
    }

    /// The repositories to look at. A forge is asked for its list, unless all that is wanted is on the last one.
    async fn origins(
        &self,
        source: &Source,
        named: Option<BTreeSet<RecipeName>>,
    ) -> Result<Vec<Origin>, CatalogueError> {
        let forge = match &source.kind {
            Kind::Git(origin) => return Ok(vec![origin.clone()]),
            Kind::Forge(forge) => forge,
        };
        if let Some(named) = &named
            && let Some(known) = self.board.listed(source.place, Some(named))
        {
            return Ok(known);
        }
        let mut listing = self.client.list(forge).await?;
        let mut origins = Vec::with_capacity(listing.recipes.len());
        for (recipe, repository) in listing.recipes {
            match self.other_source(source, &recipe).await {
                Some(other) => listing
                    .left_out
                    .push(format!("`{recipe}` is a recipe of {other} already")),
                None => origins.push(Origin::of_forge(recipe, repository)),
            }
        }
        self.board.list(source.place, &origins, listing.left_out);
        origins.retain(|origin| named.as_ref().is_none_or(|n| n.contains(&origin.recipe)));
        Ok(origins)
    }

    /// The name of the other source that has this recipe, if one has. Which one it is does not change with a restart: the
    /// log says where a recipe came from.
    async fn other_source(&self, source: &Source, recipe: &RecipeName) -> Option<&str> {
        let in_log = match self.board.remembered(recipe) {
            Some((origin, _)) => Some(origin.shown),
            None => self.about(recipe).await.map(|about| about.repository),
        };
        let in_log = in_log.and_then(|shown| {
            let found = self.sources.iter().find(|source| source.has(&shown));
            found.map(|source| source.place)
        });
        let other = self.board.other(source.place, recipe, in_log)?;
        self.sources.get(other).map(|source| source.name.as_str())
    }
}
