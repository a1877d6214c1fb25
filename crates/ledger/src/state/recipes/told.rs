//! How versions fare with members (R10), and that nobody fills everybody's memory with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    entry::{DocumentRef, UpgradeVerdict},
    ids::RecipeName,
    limits::MAX_TOLD,
};

/// A test of a version on a member's swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether all went well.
    pub passed: bool,
    /// What was done and what came of it.
    pub document: DocumentRef,
    /// When the log took it.
    pub time: Timestamp,
    /// The entry that says so.
    pub entry: u64,
}

/// How a collective's newest upgrade to a version ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// The version that ran before: its place in [`Recipe::versions`](super::Recipe::versions).
    pub from: u32,
    /// How it ended.
    pub verdict: UpgradeVerdict,
    /// The entry that says so.
    pub entry: u64,
}

/// A version, by its recipe and its place there.
pub(super) type Place = (RecipeName, u32);

/// What a collective has told, by entry: the oldest is let go of when there is too much.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told(BTreeMap<u64, Place>);

impl Told {
    /// Notes what was told, in place of what the same collective said of the same version before. Gives what is to be let
    /// go of.
    pub(super) fn note(&mut self, entry: u64, of: Place, before: Option<u64>) -> Option<Place> {
        if let Some(before) = before {
            self.0.remove(&before);
        }
        self.0.insert(entry, of);
        if self.0.len() <= MAX_TOLD {
            return None;
        }
        self.0.pop_first().map(|(_, oldest)| oldest)
    }
}
