//! Extending a log: first in memory, then on disk, and back again when the disk says no.

use allot_ledger::{
    Leaf,
    entry::{BadLeaf, Envelope},
    state::{Event, Refused, Verified},
};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::RwLockWriteGuard;

use crate::{book::Book, error::ReplicaError, replica::Replica};

/// Whoever holds it is the only one to see and to extend the book. What is not [kept](Pen::keep) is taken back.
pub struct Pen<'r> {
    replica: &'r Replica,
    book: RwLockWriteGuard<'r, Book>,
    written: Vec<Bytes>,
    bytes: usize,
    /// The book is ahead of the disk, or was left in the middle of something.
    ahead: bool,
    /// The time that the book was of. It may be later than the newest leaf's: a time that was signed has passed too.
    since: Timestamp,
}

/// Why an entry is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It makes no leaf.
    #[error(transparent)]
    Leaf(#[from] BadLeaf),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] Refused),
}

impl<'r> Pen<'r> {
    pub(crate) fn new(replica: &'r Replica, book: RwLockWriteGuard<'r, Book>) -> Self {
        Self {
            replica,
            since: book.state().time(),
            book,
            written: Vec::new(),
            bytes: 0,
            ahead: false,
        }
    }

    /// The book, with what was written so far.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Lets time pass, and says what followed. Nothing of it has to be kept: whoever reads the log lets the same time pass.
    pub fn advance(&mut self, to: Timestamp) -> Vec<Event> {
        self.book.advance(to)
    }

    /// Writes an entry that was verified before, as the hub does: `time` is when it was taken.
    ///
    /// # Errors
    /// It makes no leaf, or the rules refuse it; then nothing of it is in the book.
    pub fn take(
        &mut self,
        verified: &Verified,
        envelope: Envelope,
        time: Timestamp,
    ) -> Result<(Bytes, Vec<Event>), NotTaken> {
        let bytes = Bytes::from(Leaf { time, envelope }.to_bytes()?);
        let events = self
            .book
            .take(&bytes, |state| state.apply(verified, time))?;
        self.wrote(&bytes);
        Ok((bytes, events))
    }

    /// Writes a leaf that came from elsewhere, trusting nobody.
    ///
    /// # Errors
    /// It is not one that can follow. Nothing that this pen wrote should be kept then.
    pub fn fold(&mut self, bytes: &Bytes) -> Result<Vec<Event>, ReplicaError> {
        self.ahead = true;
        let events = self.book.fold(bytes)?;
        self.wrote(bytes);
        Ok(events)
    }

    fn wrote(&mut self, bytes: &Bytes) {
        self.bytes += bytes.len();
        self.written.push(bytes.clone());
        self.ahead = true;
    }

    /// Bytes of what was written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Leaves that were written.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written.len()
    }

    /// Makes what was written durable, and says how many leaves there are now.
    ///
    /// # Errors
    /// The disk says no. Then nothing of it is in the book either.
    pub async fn keep(mut self) -> Result<u64, ReplicaError> {
        if !self.written.is_empty() {
            let written = std::mem::take(&mut self.written);
            self.replica.journal.append_batch(written).await?;
        }
        self.ahead = false;
        let size = self.book.size();
        self.replica.size.send_replace(size);
        Ok(size)
    }
}

impl Drop for Pen<'_> {
    /// Takes back what was not kept, by reading what is on disk: it is rare, and it cannot be half done. Time is on no
    /// disk, and goes on from where it was.
    fn drop(&mut self) {
        if !self.ahead {
            return;
        }
        match self.replica.refold() {
            Ok(book) => {
                *self.book = book;
                // What had ended by then has not begun anew.
                self.book.advance(self.since);
            }
            // The journal was readable when it was opened, so the disk is failing: nothing can be appended either, and
            // the next start says what is wrong.
            Err(error) => {
                tracing::error!(code = error.code(), "cannot read the log again: {error}")
            }
        }
    }
}
