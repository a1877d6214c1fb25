//! Fetching the long texts that the log names, so that a lost hub takes no words with it.

use std::sync::Arc;

use allot_ledger::{Digest, Leaf, limits::MAX_TEXT};
use allot_proto::ErrorKind;
use allot_replica::Replica;
use tokio::{select, time::sleep};

use super::{
    error::{FederationError, Result},
    hub::{Hub, HubError},
    member::Member,
};

/// How far the log was looked through.
#[derive(Debug, Default)]
struct Looked {
    /// Entries that were looked at.
    upto: u64,
    /// The first of them that names a text which could not be had.
    missing: Option<u64>,
}

impl Member {
    /// Fetches what is missing, one text at a time, whenever the log is whole and has more; until told to stop. It is
    /// apart from the stream, which waits for no text.
    pub(super) async fn gather(self: Arc<Self>) {
        let mut looked = Looked::default();
        loop {
            select! {
                () = self.stop.cancelled() => return,
                () = self.has_more(&mut looked) => {}
            }
            if let Err(error) = self.look_through(&mut looked).await {
                tracing::debug!(code = error.code(), "texts are still missing: {error}");
                select! {
                    () = self.stop.cancelled() => return,
                    () = sleep(self.options.retry_most) => {}
                }
            }
        }
    }

    /// Waits until there is a hub to ask, and something to ask it for: newer entries, or after a while again what it
    /// did not have.
    async fn has_more(&self, looked: &mut Looked) {
        let mut link = self.link.subscribe();
        // The sender lives as long as this.
        let _ = link.wait_for(|link| link.at_head).await;
        let Some(log) = self.has_log() else {
            return;
        };
        let mut size = log.size();
        let upto = looked.upto;
        let newer = size.wait_for(|size| *size > upto);
        let Some(missing) = looked.missing else {
            let _ = newer.await;
            return;
        };
        select! {
            _ = newer => {}
            () = sleep(self.options.texts_again) => *looked = Looked { upto: missing, missing: None },
        }
    }

    async fn look_through(&self, looked: &mut Looked) -> Result<()> {
        let log = Arc::clone(self.log()?);
        loop {
            let leaves = log.leaves(looked.upto).await?;
            if leaves.is_empty() {
                return Ok(());
            }
            for leaf in &leaves {
                for (sha256, bytes) in named(leaf)? {
                    if self.stop.is_cancelled() {
                        return Ok(());
                    }
                    if !self.fetch(&log, sha256, bytes).await? {
                        looked.missing.get_or_insert(looked.upto);
                    }
                }
                looked.upto += 1;
            }
        }
    }

    /// Whether a text is here now, or never will be. It fails when asking for others is of no use either.
    async fn fetch(&self, log: &Arc<Replica>, sha256: Digest, bytes: u64) -> Result<bool> {
        let replica = Arc::clone(log);
        if bytes > MAX_TEXT || blocking(move || replica.text_size(sha256)).await?.is_some() {
            return Ok(true);
        }
        let hub: Hub = self.hub()?;
        let text = select! {
            () = self.stop.cancelled() => return Ok(false),
            text = hub.get_text(sha256) => text,
        };
        let text = match text {
            Ok(text) => text,
            // Who was told to ask less often asks for this one again, and not at once for all others.
            Err(error) if error.is_away() || error.kind() == ErrorKind::Exhausted => {
                return Err(error.into());
            }
            Err(error) => {
                is_missing(sha256, &error);
                return Ok(false);
            }
        };
        if u64::try_from(text.len()) != Ok(bytes) {
            tracing::warn!(%sha256, "a text is not as long as its entry says; it is not kept");
            return Ok(true);
        }
        let replica = Arc::clone(log);
        blocking(move || replica.put_text(&text)).await?;
        Ok(true)
    }
}

fn is_missing(sha256: Digest, error: &HubError) {
    tracing::warn!(code = error.code(), %sha256, "the hub does not give a text that the log names: {error}");
}

/// Texts that an entry names.
fn named(leaf: &[u8]) -> Result<Vec<(Digest, u64)>> {
    let entry = Leaf::from_bytes(leaf)?.envelope.entry()?;
    Ok(entry.body.stored_texts())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, allot_replica::ReplicaError> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| FederationError::Worker {
        what: error.to_string(),
    })??)
}
