//! Witnessing: the collective's key says which states of the log it has seen, each once (L6).

use std::sync::Arc;

use allot_ledger::log::{SignedCheckpoint, witness_name};
use tokio::{select, time::sleep};

use super::{
    error::Result,
    member::Member,
    memory::{Known, Memory},
};

impl Member {
    /// Cosigns the newest head of the log, whenever there is a newer one, until told to stop.
    pub(super) async fn cosign(self: Arc<Self>) {
        let mut heads = self.head.subscribe();
        loop {
            select! {
                () = self.stop.cancelled() => return,
                changed = heads.changed() => if changed.is_err() {
                    return;
                }
            }
            let head = heads.borrow_and_update().clone();
            if let Some(head) = head
                && let Err(error) = self.cosign_one(&head).await
            {
                tracing::debug!(code = error.code(), "not witnessed: {error}");
            }
            select! {
                () = self.stop.cancelled() => return,
                () = sleep(self.options.cosign_every) => {}
            }
        }
    }

    async fn cosign_one(&self, head: &SignedCheckpoint) -> Result<()> {
        let hub = self.hub()?;
        let mut memory = self.memory.lock().await;
        let size = head.checkpoint().size;
        let is_old = memory.cosigned.as_ref().is_some_and(|c| c.size > size);
        if is_old || self.has_cosigned(head).await? {
            return Ok(());
        }
        let Some(line) = self.witness(&mut memory, head).await? else {
            return Ok(());
        };
        drop(memory);
        hub.add_cosignature(size, line).await?;
        Ok(())
    }

    async fn has_cosigned(&self, head: &SignedCheckpoint) -> Result<bool> {
        let book = self.log()?.book().await;
        let own = &self.membership.collective;
        let Some(known) = book.state().collective(own) else {
            return Ok(false);
        };
        let own = (known.slug.clone(), known.key);
        Ok(!head.witnesses(&[own]).is_empty())
    }

    /// Makes a cosignature of what was found to be consistent with everything that was seen before; nothing when the
    /// collective has no say. What is cosigned is remembered before anybody gets it: never two histories of one size.
    pub(super) async fn witness(
        &self,
        memory: &mut Memory,
        signed: &SignedCheckpoint,
    ) -> Result<Option<String>> {
        let own = &self.membership.collective;
        let (key, time) = {
            let book = self.log()?.book().await;
            if !book.state().is_voting(own) {
                return Ok(None);
            }
            (self.signing_key(book.state())?, self.clock.now())
        };
        let checkpoint = signed.checkpoint();
        let known = memory.cosigned.as_ref().map(|c| (c.size, c.root));
        if known != Some((checkpoint.size, checkpoint.root)) {
            let mut new = memory.clone();
            new.cosigned = Some(Known::of(signed));
            self.write_memory(&new).await?;
            *memory = new;
        }
        let name = witness_name(&checkpoint.origin, own);
        Ok(Some(signed.cosignature(&name, &key.secret, time)?))
    }
}
