//! What the agent remembers of the log, on disk, so that nobody can show it an older or another one (L5).

use std::num::NonZeroU32;

use allot_ledger::{
    Digest,
    entry::HubKeys,
    log::{Bounds, Refused, Seen, SignedCheckpoint, Tree},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    home::{FileError, Home},
    lost::GaveUp,
};

const FILE: &str = "seen.json";

/// A checkpoint that enough members have witnessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witnessed {
    /// Entries.
    pub size: u64,
    /// When enough members had seen it: no entry of before can come any more.
    pub time: Timestamp,
    /// The signed note.
    pub checkpoint: String,
    /// How many were enough, where it was not as many as the federation's rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<NonZeroU32>,
}

/// A state of the log that the hub has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Digest,
    /// The signed note.
    pub checkpoint: String,
}

impl Known {
    /// What a checkpoint says.
    #[must_use]
    pub fn of(signed: &SignedCheckpoint) -> Self {
        Self {
            size: signed.checkpoint().size,
            root: signed.checkpoint().root,
            checkpoint: signed.to_string(),
        }
    }

    /// Whether a tree goes on from it, or has not come so far.
    fn fits(&self, tree: &Tree) -> bool {
        tree.root_at(self.size).is_none_or(|root| root == self.root)
    }
}

/// All of it: one file, so that it is of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The newest that was seen.
    pub seen: Seen,
    /// Its signed note, with the cosignatures that it came with.
    #[serde(default)]
    pub checkpoint: Option<String>,
    /// What enough members have witnessed.
    #[serde(default)]
    pub witnessed: Option<Witnessed>,
    /// The largest that the collective's key has cosigned from here, for whoever asked.
    #[serde(default)]
    pub cosigned: Option<Known>,
    /// The largest that the hub has shown in its answer to an entry from here. The stream must come to it: a hub that
    /// says that it took a vote cannot show everybody else a log without it.
    #[serde(default)]
    pub promised: Option<Known>,
    /// What was given up with a lost hub's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_up: Option<GaveUp>,
}

impl Memory {
    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            seen: Seen::nothing(),
            checkpoint: None,
            witnessed: None,
            cosigned: None,
            promised: None,
            gave_up: None,
        }
    }

    /// How many entries the largest log had that the collective's key has cosigned, also at a hub that was lost.
    #[must_use]
    pub fn most_cosigned(&self) -> u64 {
        let given_up = self.gave_up.as_ref().map_or(0, |gave_up| gave_up.cosigned);
        let now = self.cosigned.as_ref().map_or(0, |known| known.size);
        given_up.max(now)
    }

    /// What is on disk; nothing before the first log.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(home: &Home) -> Result<Option<Self>, FileError> {
        home.read_json(FILE)
    }

    /// Writes it down.
    ///
    /// # Errors
    /// The disk says no.
    pub fn write(&self, home: &Home) -> Result<(), FileError> {
        home.write_json(FILE, self)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The disk says no.
    pub fn remove(home: &Home) -> Result<(), FileError> {
        home.remove(FILE)
    }

    /// Notes what is on disk already: entries are kept only when a checkpoint covers them, and an agent that died
    /// right after that has more of them than it remembers.
    pub fn catch_up(&mut self, tree: &Tree) {
        if tree.size() > self.seen.size && tree.root_at(self.seen.size) == Some(self.seen.root) {
            self.seen.size = tree.size();
            self.seen.root = tree.root();
        }
    }

    /// Forgets what enough members have witnessed when another number of them is enough from now on: the next head tells.
    pub fn count_witnesses_anew(&mut self, needed: Option<NonZeroU32>) {
        self.witnessed = self.witnessed.take().filter(|w| w.needed == needed);
    }

    /// Holds a checkpoint against everything that is remembered, and against `tree`: the entries that are here, with
    /// those that came. Says what will have been seen once they are on disk.
    ///
    /// # Errors
    /// As [`Seen::accept`]; and it must be of exactly these entries, so that nothing is kept that it does not cover.
    pub fn accept(
        &self,
        tree: &Tree,
        signed: &SignedCheckpoint,
        hub: &HubKeys,
        now: Timestamp,
        bounds: Bounds,
    ) -> Result<Seen, Refused> {
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        let is_head = signed.clock(&hub.clock).is_some();
        if tree.size() < self.seen.size && size == tree.size() && !is_head {
            // The copy here lost its end, and gets it back in parts.
            if root != tree.root() {
                return Err(Refused::Mixed { size });
            }
            let other = self.contradicted_by(tree);
            return other.map_or(Ok(self.seen.clone()), |size| Err(Refused::Fork { size }));
        }
        let next = self.seen.accept(tree, signed, hub, now, bounds)?;
        if size < tree.size() {
            // It came with more entries than it covers.
            return Err(Refused::Mixed { size });
        }
        self.contradicted_by(tree)
            .map_or(Ok(next), |size| Err(Refused::Fork { size }))
    }

    /// The size at which something that is remembered is not in `tree`.
    #[must_use]
    pub fn contradicted_by(&self, tree: &Tree) -> Option<u64> {
        let (size, root) = (self.seen.size, self.seen.root);
        if tree.root_at(size).is_some_and(|there| there != root) {
            return Some(size);
        }
        let mut other = self.known().filter(|known| !known.fits(tree));
        other.next().map(|known| known.size)
    }

    fn known(&self) -> impl Iterator<Item = &Known> {
        self.cosigned.iter().chain(&self.promised)
    }

    /// Checkpoints that the hub signed and that were believed, the newest first.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let known = self.known().map(|known| known.checkpoint.as_str());
        self.checkpoint.as_deref().into_iter().chain(known)
    }
}

#[cfg(test)]
mod tests {
    use allot_ledger::{SecretKey, log::Checkpoint};

    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn hub() -> HubKeys {
        HubKeys {
            origin: "hub.example/log".to_owned(),
            log: key(1).public(),
            clock: key(2).public(),
            entries: key(3).public(),
            ca: Digest::of(b"ca"),
        }
    }

    fn tree(leaves: &[&str]) -> Tree {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(leaf.as_bytes()));
        tree
    }

    fn sign(tree: &Tree) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: hub().origin,
            size: tree.size(),
            root: tree.root(),
        };
        SignedCheckpoint::sign(&checkpoint, &key(1)).unwrap()
    }

    fn with_clock(tree: &Tree, time: Timestamp) -> SignedCheckpoint {
        let mut signed = sign(tree);
        let name = allot_ledger::log::clock_name(&hub().origin);
        let line = signed.cosignature(&name, &key(2), time).unwrap();
        signed.add(&line, &[(name, key(2).public())]).unwrap();
        signed
    }

    fn accept(memory: &Memory, tree: &Tree, signed: &SignedCheckpoint) -> Result<Seen, Refused> {
        memory.accept(tree, signed, &hub(), Timestamp::now(), Bounds::default())
    }

    fn knows(tree: &Tree) -> Memory {
        let mut memory = Memory::nothing();
        memory.seen.size = tree.size();
        memory.seen.root = tree.root();
        memory
    }

    #[test]
    fn nothing_is_taken_that_the_checkpoint_does_not_cover() {
        let (small, large) = (tree(&["a", "b"]), tree(&["a", "b", "c"]));
        let refused = accept(&knows(&tree(&["a"])), &large, &sign(&small));
        assert_eq!(refused, Err(Refused::Mixed { size: 2 }));
        let refused = accept(&knows(&tree(&["a"])), &small, &sign(&large));
        assert_eq!(refused, Err(Refused::Mixed { size: 3 }));
    }

    #[test]
    fn a_copy_that_lost_its_end_gets_it_back_and_nothing_else() {
        let whole = tree(&["a", "b", "c", "d"]);
        let memory = knows(&whole);
        let (part, other) = (tree(&["a", "b", "c"]), tree(&["a", "b", "x"]));
        assert_eq!(
            accept(&memory, &part, &sign(&part)),
            Ok(memory.seen.clone())
        );
        // A hub that says that this is all has rolled back.
        let head = with_clock(&part, Timestamp::now());
        assert_eq!(
            accept(&memory, &part, &head),
            Err(Refused::Rollback { theirs: 3, ours: 4 })
        );
        // What it fills in otherwise is found out when all of it is there.
        assert!(accept(&memory, &other, &sign(&other)).is_ok());
        let forged = tree(&["a", "b", "x", "d", "e"]);
        let refused = accept(&memory, &forged, &sign(&forged));
        assert_eq!(refused, Err(Refused::Fork { size: 4 }));
    }

    #[test]
    fn what_was_cosigned_for_others_counts_as_seen() {
        let (own, brought) = (tree(&["a"]), tree(&["a", "b", "c"]));
        let mut memory = knows(&own);
        memory.cosigned = Some(Known::of(&sign(&brought)));
        let between = tree(&["a", "b"]);
        assert!(accept(&memory, &between, &sign(&between)).is_ok());
        assert!(accept(&memory, &brought, &sign(&brought)).is_ok());
        let other = tree(&["a", "b", "x"]);
        let refused = accept(&memory, &other, &sign(&other));
        assert_eq!(refused, Err(Refused::Fork { size: 3 }));
    }

    #[test]
    fn what_fills_a_lost_end_is_held_against_all_that_is_known() {
        let mut memory = knows(&tree(&["a", "b", "c", "d"]));
        memory.cosigned = Some(Known::of(&sign(&tree(&["a", "b"]))));
        let other = tree(&["a", "x", "c"]);
        let refused = accept(&memory, &other, &sign(&other));
        assert_eq!(refused, Err(Refused::Fork { size: 2 }));
    }

    #[test]
    fn what_the_hub_said_it_took_must_be_in_what_it_shows() {
        let (own, promised) = (tree(&["a"]), tree(&["a", "our vote"]));
        let mut memory = knows(&own);
        memory.promised = Some(Known::of(&sign(&promised)));
        assert!(accept(&memory, &own, &sign(&own)).is_ok());
        let without = tree(&["a", "b"]);
        let refused = accept(&memory, &without, &sign(&without));
        assert_eq!(refused, Err(Refused::Fork { size: 2 }));
        let more = tree(&["a", "our vote", "b"]);
        assert!(accept(&memory, &more, &sign(&more)).is_ok());
    }

    #[test]
    fn an_agent_that_died_before_it_remembered_has_what_is_on_its_disk() {
        let mut memory = knows(&tree(&["a"]));
        let more = tree(&["a", "b"]);
        memory.catch_up(&more);
        assert_eq!(memory, knows(&more));
        let other = tree(&["x", "b", "c"]);
        memory.catch_up(&other);
        assert_eq!(memory, knows(&more), "another log is not caught up with");
    }
}
