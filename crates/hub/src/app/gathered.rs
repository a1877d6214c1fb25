//! The last checkpoints, with the cosignatures that came for them.

use std::collections::BTreeMap;

use allot_ledger::{
    PublicKey, Slug,
    log::{SignedCheckpoint, witness_name},
};
use bytes::Bytes;
use jiff::Timestamp;

use super::{Head, frames::Frames};
use crate::limits::CHECKPOINTS;

/// The newest checkpoint, and the last ones that have cosignatures, by size. One that has none is not kept: signing it
/// again gives the same, and while many entries come in a witness is always a little late.
pub(super) struct Gathered {
    pub(super) recent: BTreeMap<u64, Kept>,
    pub(super) members: BTreeMap<Slug, PublicKey>,
    pub(super) time: Timestamp,
}

/// A checkpoint, and whose cosignatures it has. They were verified once, when they came.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) signed: SignedCheckpoint,
    pub(super) by: BTreeMap<Slug, PublicKey>,
}

impl Gathered {
    pub(super) fn keep(&mut self, kept: Kept) {
        self.recent.insert(kept.signed.checkpoint().size, kept);
        while self.recent.len() > CHECKPOINTS {
            self.recent.pop_first();
        }
    }

    /// Lets go of the checkpoint of that size, if nobody has witnessed it.
    pub(super) fn let_go(&mut self, size: u64) {
        if self
            .recent
            .get(&size)
            .is_some_and(|kept| kept.by.is_empty())
        {
            self.recent.remove(&size);
        }
    }

    /// How many members have witnessed it: those that are some now, with the keys that they have now.
    pub(super) fn count(&self, kept: &Kept) -> usize {
        let now = |(slug, key): &(&Slug, &PublicKey)| self.members.get(*slug) == Some(*key);
        kept.by.iter().filter(now).count()
    }

    pub(super) fn head_of(&self, size: u64) -> Option<Head> {
        let kept = self.recent.get(&size)?;
        Some(Head {
            size,
            note: Bytes::from(kept.signed.to_string()),
            witnesses: self.count(kept),
            time: self.time,
            frames: Frames::default(),
        })
    }

    /// The member that a signature line names.
    pub(super) fn named(&self, origin: &str, line: &str) -> Option<(Slug, PublicKey)> {
        let name = line.split_whitespace().nth(1)?;
        let mut members = self.members.iter();
        let found = members.find(|(slug, _)| witness_name(origin, slug) == name);
        found.map(|(slug, key)| (slug.clone(), *key))
    }
}
