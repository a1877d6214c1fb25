//! Acting only on what enough members have witnessed (L6), where a collective wants that: a hub that shows each member
//! another log gets enough cosignatures for none of them.

use allot_ledger::{entry::Number, log::SignedCheckpoint, state::State};
use tokio::time::timeout;

use super::{
    Federation,
    error::{FederationError, Result},
    member::Member,
};

impl Federation {
    /// How many entries enough members have witnessed: those below this index.
    ///
    /// # Errors
    /// The agent is in no federation.
    pub async fn witnessed_size(&self) -> Result<u64> {
        Ok(self.member()?.witnessed_size().await)
    }

    /// Leave to do something because of an entry. Where the collective wants witnesses, this waits a while until enough
    /// members have witnessed the entry; everywhere else it is given at once.
    ///
    /// # Errors
    /// Too few have, the hub that would gather them is away, or the agent is in no federation.
    pub async fn may_act_on(&self, entry: u64) -> Result<()> {
        self.member()?.may_act_on(entry).await
    }
}

impl Member {
    /// How many members must have witnessed an entry: as the collective says, or else as the rules do.
    pub(super) fn witnesses_needed(&self, state: &State) -> usize {
        let own = self.options.witnesses.map(|count| count.get());
        own.map_or_else(
            || state.witnesses_needed(),
            |count| usize::try_from(count).unwrap_or(usize::MAX),
        )
    }

    async fn witnessed_size(&self) -> u64 {
        let memory = self.memory.lock().await;
        memory.witnessed.as_ref().map_or(0, |w| w.size)
    }

    /// See [`Federation::may_act_on`].
    pub(super) async fn may_act_on(&self, entry: u64) -> Result<()> {
        // Seen is what came until now: what comes while it is looked at is looked at again.
        let mut heads = self.head.subscribe();
        if !self.options.require_witnesses || self.witnessed_size().await > entry {
            return Ok(());
        }
        // Without a hub nobody witnesses anything more.
        self.at_head().await?;
        let enough = async {
            while self.witnessed_size().await <= entry {
                if heads.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        match timeout(self.options.witness_patience, enough).await {
            Ok(true) => Ok(()),
            _ => Err(self.too_few(entry).await?),
        }
    }

    /// Leave to act because of a resolution: what it says is what was witnessed.
    pub(super) async fn may_act_on_resolution(&self, number: Number) -> Result<()> {
        let source = {
            let book = self.book().await?;
            book.state().resolution(number).map(|r| r.source.entry)
        };
        match source {
            Some(entry) => self.may_act_on(entry).await,
            // The rules say that there is none.
            None => Ok(()),
        }
    }

    /// Leave to act because of all that is known now.
    pub(super) async fn may_act_on_all(&self) -> Result<()> {
        self.may_act_on(self.size().saturating_sub(1)).await
    }

    async fn too_few(&self, entry: u64) -> Result<FederationError> {
        let newest = self.memory.lock().await.checkpoint.clone();
        let book = self.book().await?;
        let state = book.state();
        let hub = state.serving_hub();
        let newest = newest
            .and_then(|note| SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log).ok());
        let covers = newest.filter(|signed| signed.checkpoint().size > entry);
        Ok(FederationError::TooFewWitnesses {
            entry,
            witnesses: covers.map_or(0, |signed| signed.witnesses(&state.witnesses()).len()),
            needed: self.witnesses_needed(state),
            members: state.members().count(),
        })
    }
}
