//! Witnesses.

use std::sync::Arc;

use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Hub, blocking,
    error::{HubError, Result},
};
use crate::home;

impl Hub {
    /// Takes a witness's cosignature of the log as it was with `size` entries. Says how many witnesses that has.
    ///
    /// # Errors
    /// There are not as many entries, or it is no member's cosignature of them.
    pub async fn cosign(&self, size: u64, line: &str) -> Result<usize> {
        let head = self.published.head().size;
        let root = self.replica.book().await.tree().root_at(size);
        let root = root.filter(|_| (1..=head).contains(&size));
        let root = root.ok_or(HubError::NoCheckpoint { size })?;
        self.published.cosign(size, root, line)
    }
}

/// Shows new cosignatures to followers and keeps them over a restart, all that came in a moment at once.
pub(super) async fn gather(hub: Arc<Hub>, pause: Duration, stop: CancellationToken) {
    let mut kept = None;
    loop {
        tokio::select! {
            () = hub.published.gained.notified() => {}
            () = stop.cancelled() => return,
        }
        hub.published.show_gained();
        let newest = hub.published.cosigned();
        if let Some(note) = newest.clone().filter(|_| newest != kept) {
            let path = hub.home.checkpoint();
            let write = move || Ok(home::write(&path, note.as_bytes())?);
            match blocking("keeping a checkpoint", write).await {
                Ok(()) => kept = newest,
                // Members sign it once more after a restart; nothing is lost.
                Err(error) => {
                    tracing::warn!(code = error.code(), "cosignatures are not kept: {error}")
                }
            }
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}
