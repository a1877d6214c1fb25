//! Mirrors of repositories that no source has any more. They do not stay for ever.

use std::sync::Arc;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Catalogue, CatalogueError,
    limits::{GONE_FOR, TIDY_EVERY},
};

impl Catalogue {
    /// Removes such mirrors now and then, until told to stop.
    pub(super) async fn keep_tidy(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(sleep(TIDY_EVERY)).await.is_some() {
            if let Err(error) = self.tidy().await {
                let code = error.code();
                tracing::warn!(code, "old mirrors stay: {}", error.told());
            }
        }
    }

    /// Removes mirrors that no source has, and that were not fetched for a day. Says how many. Nothing is removed before
    /// every source was listed once.
    ///
    /// # Errors
    /// The mirrors' folder cannot be used.
    pub async fn tidy(&self) -> Result<usize, CatalogueError> {
        let Some(origins) = self.board.all_listed() else {
            return Ok(0);
        };
        let urls = origins.into_iter().map(|origin| origin.url).collect();
        let removed = self.mirrors.keep_only(urls, GONE_FOR).await?;
        if removed > 0 {
            tracing::info!(removed, "mirrors of repositories that are no source's now");
        }
        Ok(removed)
    }
}
