//! Witnessing: the collective's key says which states of the log it has seen, each once (L6).

use std::sync::Arc;

use allot_ledger::log::{SignedCheckpoint, witness_name};
use jiff::Timestamp;
use tokio::{select, time::sleep};

use super::{
    error::Result,
    keys::CollectiveKey,
    member::Member,
    memory::{Known, Memory},
};

/// The last one that was made: of how many entries, and when.
type Last = (u64, Timestamp);

impl Member {
    /// Cosigns the newest head of the log, whenever there is a newer one, until told to stop.
    pub(super) async fn cosign(self: Arc<Self>) {
        let mut heads = self.head.subscribe();
        let mut last = None;
        loop {
            select! {
                () = self.stop.cancelled() => return,
                changed = heads.changed() => if changed.is_err() {
                    return;
                }
            }
            let head = heads.borrow_and_update().clone();
            if let Some(head) = head
                && let Err(error) = self.cosign_one(&head, &mut last).await
            {
                tracing::debug!(code = error.code(), "not witnessed: {error}");
            }
            select! {
                () = self.stop.cancelled() => return,
                () = sleep(self.options.cosign_every) => {}
            }
        }
    }

    async fn cosign_one(&self, head: &SignedCheckpoint, last: &mut Option<Last>) -> Result<()> {
        let hub = self.hub()?;
        let mut memory = self.memory.lock().await;
        let size = head.checkpoint().size;
        // There is a newer one already, and it will come here too.
        let is_old = memory.seen.size > size;
        let is_older = memory.cosigned.as_ref().is_some_and(|c| c.size > size);
        let time = self.as_of(&memory, head);
        if is_old || is_older || self.has_cosigned(head, *last, time).await? {
            return Ok(());
        }
        let Some(line) = self.witness(&mut memory, head).await? else {
            return Ok(());
        };
        drop(memory);
        *last = Some((size, time));
        hub.add_cosignature(size, line).await?;
        Ok(())
    }

    /// Whether the head has the collective's cosignature already, of after everything that has ended: each ended
    /// resolution takes one more at the most, so that others can tell that no vote came into it later.
    async fn has_cosigned(
        &self,
        head: &SignedCheckpoint,
        last: Option<Last>,
        now: Timestamp,
    ) -> Result<bool> {
        let book = self.log()?.book().await;
        let own = &self.membership.collective;
        let Some(known) = book.state().collective(own) else {
            return Ok(false);
        };
        let own = (known.slug.clone(), known.key);
        let shown = head.witnesses(&[own]).into_iter().map(|(_, time)| time);
        // The hub may not show the newest one so far.
        let size = head.checkpoint().size;
        let made = last.filter(|(of, _)| *of == size).map(|(_, time)| time);
        let Some(shown) = shown.max() else {
            return Ok(false);
        };
        let cosigned = made.map_or(shown, |made| made.max(shown));
        let ended = book.state().resolutions().values();
        let mut ended = ended.filter_map(|resolution| resolution.closed);
        Ok(!ended.any(|ended| cosigned < ended && ended <= now))
    }

    /// The time that a cosignature says. It is never later than the hub's clock on this very head: no entry of before
    /// that clock can come any more, and that is what others take the time for. Whole seconds, as it is written.
    fn as_of(&self, memory: &Memory, signed: &SignedCheckpoint) -> Timestamp {
        let now = self.clock.now();
        let beat = memory.seen.beat;
        let clock = beat.filter(|(_, size)| *size == signed.checkpoint().size);
        let time = clock.map_or(now, |(clock, _)| clock.min(now));
        Timestamp::from_second(time.as_second()).unwrap_or(time)
    }

    /// Whether it is this one of the collective's agents that witnesses.
    fn is_witness(&self, key: &CollectiveKey) -> Result<bool> {
        match self.options.cosign {
            Some(cosigns) => Ok(cosigns),
            None => Ok(!self.keys.is_imported(key)?),
        }
    }

    /// Makes a cosignature of what was found to be consistent with everything that was seen before; nothing when the
    /// collective has no say, or another agent of it does this. What is cosigned is remembered before anybody gets it: never two histories of one size.
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
            (self.signing_key(book.state())?, self.as_of(memory, signed))
        };
        if !self.is_witness(&key)? {
            return Ok(None);
        }
        let checkpoint = signed.checkpoint();
        let given_up = memory.gave_up.as_ref();
        if given_up.is_some_and(|gave_up| gave_up.cosigned >= checkpoint.size) {
            return Ok(None);
        }
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
