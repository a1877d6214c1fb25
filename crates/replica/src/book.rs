//! What follows from a log: its tree and its state, with the newest leaves at hand.

use std::collections::VecDeque;

use allot_ledger::{
    Digest, Leaf,
    log::Tree,
    state::{Event, Refused, State},
};
use bytes::Bytes;

use crate::{error::ReplicaError, limits::RECENT_BYTES};

/// A log as it is understood: always exactly what is on disk, except under a [`crate::Pen`].
#[derive(Debug)]
pub struct Book {
    state: State,
    tree: Tree,
    recent: VecDeque<Bytes>,
    recent_bytes: usize,
}

impl Book {
    /// Begins with the first leaf, which names the federation.
    ///
    /// # Errors
    /// It is no genesis.
    pub fn found(first: &Bytes) -> Result<Self, ReplicaError> {
        let leaf = read(0, first)?;
        let state = State::found(&leaf, first).map_err(|e| against(0, e))?;
        let mut book = Self {
            state,
            tree: Tree::default(),
            recent: VecDeque::new(),
            recent_bytes: 0,
        };
        book.note(first);
        Ok(book)
    }

    /// Folds the next leaf, trusting nobody: signature, order and rules are checked.
    ///
    /// # Errors
    /// It is not one that can follow. Time may have passed all the same.
    pub fn fold(&mut self, bytes: &Bytes) -> Result<Vec<Event>, ReplicaError> {
        let index = self.size();
        let leaf = read(index, bytes)?;
        let events = self.state.fold(&leaf).map_err(|e| against(index, e))?;
        self.note(bytes);
        Ok(events)
    }

    /// Folds the next leaf of one's own journal: its signature was checked before it was written there.
    pub(crate) fn fold_own(&mut self, bytes: &Bytes) -> Result<(), ReplicaError> {
        let index = self.size();
        let leaf = read(index, bytes)?;
        let entry = leaf
            .envelope
            .entry()
            .map_err(|e| against(index, e.into()))?;
        let folded = self.state.apply_trusted(&entry, leaf.time);
        folded.map_err(|e| against(index, e))?;
        self.note(bytes);
        Ok(())
    }

    /// Lets the state do something with the leaf, and keeps the leaf when it did.
    pub(crate) fn take(
        &mut self,
        bytes: &Bytes,
        apply: impl FnOnce(&mut State) -> Result<Vec<Event>, Refused>,
    ) -> Result<Vec<Event>, Refused> {
        let events = apply(&mut self.state)?;
        self.note(bytes);
        Ok(events)
    }

    fn note(&mut self, bytes: &Bytes) {
        self.tree.push(bytes);
        self.recent_bytes += bytes.len();
        self.recent.push_back(bytes.clone());
        while self.recent_bytes > RECENT_BYTES && self.recent.len() > 1 {
            if let Some(oldest) = self.recent.pop_front() {
                self.recent_bytes -= oldest.len();
            }
        }
    }

    /// Lets time pass, and says what followed.
    pub fn advance(&mut self, to: jiff::Timestamp) -> Vec<Event> {
        self.state.advance(to)
    }

    /// What the federation knows.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The tree over all leaves.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// Leaves from `from` on, when they are all at hand.
    pub(crate) fn recent(&self, from: u64) -> Option<impl Iterator<Item = &Bytes>> {
        let kept = u64::try_from(self.recent.len()).ok()?;
        let first = self.size().checked_sub(kept)?;
        let skip = usize::try_from(from.checked_sub(first)?).ok()?;
        Some(self.recent.iter().skip(skip))
    }
}

fn read(index: u64, bytes: &Bytes) -> Result<Leaf, ReplicaError> {
    Leaf::from_bytes(bytes).map_err(|source| ReplicaError::Leaf { index, source })
}

fn against(index: u64, source: Refused) -> ReplicaError {
    let source = Box::new(source);
    ReplicaError::Rules { index, source }
}
