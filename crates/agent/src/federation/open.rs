//! Opening the own copy of the log.

use std::sync::Arc;

use allot_ledger::{log, state::State};
use allot_replica::{Replica, ReplicaError};
use allot_store::JournalError;

use super::{
    error::{FederationError, Result},
    keys::KeyError,
    member::Member,
    memory::Memory,
    notices::Notice,
};

impl Member {
    /// Reads the copy, if there is one. A damaged one is set aside: the hub has all of it, and what is remembered
    /// beside it keeps the hub from giving another.
    pub(super) async fn open_log(self: &Arc<Self>) -> Result<()> {
        if self.has_log().is_some() {
            return Ok(());
        }
        let member = Arc::clone(self);
        let opened = tokio::task::spawn_blocking(move || member.read_log()).await;
        let opened = opened.map_err(|error| FederationError::Worker {
            what: error.to_string(),
        })?;
        match opened? {
            Some(replica) => match self.take_over(Arc::new(replica)).await {
                Err(FederationError::Log(log::Refused::Fork { .. })) => {
                    self.set_forked_aside("contradicts what this agent has seen")
                        .await
                }
                taken => taken,
            },
            None => Ok(()),
        }
    }

    /// Sets a copy aside that the hub, or somebody at this machine's disk, filled with another history: what is
    /// remembered beside it says which one is right.
    pub(super) async fn set_forked_aside(self: &Arc<Self>, why: &str) -> Result<()> {
        let member = Arc::clone(self);
        let aside = tokio::task::spawn_blocking(move || member.home.set_forked_ledger_aside());
        let aside = aside.await.map_err(|error| FederationError::Worker {
            what: error.to_string(),
        })??;
        let kept = aside.map_or("it is not kept, as there are others".to_owned(), |path| {
            format!("it is kept in {}", path.display())
        });
        tracing::error!("this agent's copy of the log {why}; {kept}");
        self.notices.add(vec![Notice {
            time: self.clock.now(),
            text: format!("this agent's copy of the log {why}; {kept}, and fetched anew"),
        }]);
        Ok(())
    }

    /// Goes on with a copy that is open.
    pub(super) async fn take_over(&self, replica: Arc<Replica>) -> Result<()> {
        self.catch_up(&replica).await?;
        self.set_log(replica);
        Ok(())
    }

    fn read_log(&self) -> Result<Option<Replica>> {
        let dir = self.home.ledger();
        if !Replica::is_there(&dir) {
            return Ok(None);
        }
        match Replica::open(&dir) {
            Ok((replica, recovery)) => {
                if let Some(cut) = recovery.cut {
                    tracing::warn!(bytes = cut.bytes, "the log's end was torn: {}", cut.reason);
                }
                Ok(Some(replica))
            }
            Err(ReplicaError::Empty { .. }) => Ok(None),
            Err(ReplicaError::Journal(error)) if is_damage(&error) => {
                self.set_aside(&format!("is damaged ({error})"))?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn set_aside(&self, why: &str) -> Result<()> {
        let aside = self.home.set_ledger_aside()?;
        let aside = aside.display();
        self.notices.add(vec![Notice {
            time: self.clock.now(),
            text: format!(
                "this agent's copy of the log {why}; it is kept in {aside}, and fetched anew"
            ),
        }]);
        Ok(())
    }

    /// Brings memory and copy together, and the copy's state to the time that was signed.
    async fn catch_up(&self, replica: &Replica) -> Result<()> {
        let mut memory = self.memory.lock().await;
        let mut pen = replica.pen().await;
        let book = pen.book();
        let (found, wanted) = (book.state().federation(), self.membership.genesis);
        if found != wanted {
            return Err(ReplicaError::OtherFederation { found, wanted }.into());
        }
        if let Some(size) = memory.contradicted_by(book.tree()) {
            return Err(log::Refused::Fork { size }.into());
        }
        let known = memory.clone();
        memory.catch_up(book.tree());
        if *memory != known {
            memory.write(&self.home)?;
        }
        self.note_state(book.state());
        self.settle_key(book.state());
        pass(&memory, &mut pen);
        pen.keep().await?;
        Ok(())
    }
}

impl Member {
    /// Brings the key that counts into its place, and says in the log when it is not here.
    pub(super) fn settle_key(&self, state: &State) {
        match self.signing_key(state) {
            Ok(_) => {}
            Err(FederationError::Key(KeyError::Missing)) => {
                tracing::info!("this agent cannot sign for its collective: it has no key");
            }
            Err(error) => tracing::warn!(code = error.code(), "{error}"),
        }
    }
}

/// Lets the time pass that the hub has signed, once all entries are here that it had signed it for.
fn pass(memory: &Memory, pen: &mut allot_replica::Pen<'_>) {
    if let Some((clock, size)) = memory.seen.beat
        && pen.book().size() >= size
    {
        pen.advance(clock);
    }
}

/// Whether a journal is broken, and not just out of reach.
fn is_damage(error: &JournalError) -> bool {
    matches!(
        error,
        JournalError::Header { .. }
            | JournalError::Damaged { .. }
            | JournalError::Rotten { .. }
            | JournalError::OutOfOrder { .. }
            | JournalError::Missing { .. }
    )
}
