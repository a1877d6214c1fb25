//! What an agent remembers of the log, on disk, so that nobody can show it an older or another one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Refused, SignedCheckpoint, Tree};
use crate::{entry::HubKeys, ids::Digest};

/// How far a hub's clock may be off.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// A hub that has not signed its clock for as long is frozen, or gone.
    pub stale: SignedDuration,
    /// A hub's clock may be ahead of ours by this.
    pub ahead: SignedDuration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            stale: SignedDuration::from_mins(15),
            ahead: SignedDuration::from_mins(5),
        }
    }
}

impl Bounds {
    /// Whether an entry's time has come. Time passes with each entry, so one of tomorrow would end what is open until
    /// tonight, and no vote that came after it would count (L4).
    ///
    /// # Errors
    /// It is of a time that is still to come.
    pub fn check_come(&self, index: u64, time: Timestamp, now: Timestamp) -> Result<(), Refused> {
        if time > now + self.ahead {
            let ours = now;
            return Err(Refused::Early { index, time, ours });
        }
        Ok(())
    }
}

/// The newest that was seen and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Digest,
    /// The hub's newest clock: the time, and how many entries the log had.
    pub beat: Option<(Timestamp, u64)>,
}

impl Seen {
    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            size: 0,
            root: Tree::default().root(),
            beat: None,
        }
    }

    /// Holds a checkpoint against what was seen, and against `tree`: all that was seen, with the entries that came with
    /// the checkpoint. Says what is to be remembered from now on.
    ///
    /// # Errors
    /// It shows less than before, another history, other entries than came with it, or a clock that cannot be right.
    pub fn accept(
        &self,
        tree: &Tree,
        signed: &SignedCheckpoint,
        hub: &HubKeys,
        now: Timestamp,
        bounds: Bounds,
    ) -> Result<Self, Refused> {
        let checkpoint = signed.checkpoint();
        if checkpoint.size < self.size {
            // A shorter log is a rollback; a shorter one with another root is a fork, which is worse to hear.
            let (theirs, ours) = (checkpoint.size, self.size);
            return Err(match tree.root_at(checkpoint.size) {
                Some(root) if root != checkpoint.root => Refused::Fork { size: theirs },
                _ => Refused::Rollback { theirs, ours },
            });
        }
        if checkpoint.size == self.size && checkpoint.root != self.root {
            return Err(Refused::Fork { size: self.size });
        }
        if tree.root_at(checkpoint.size) != Some(checkpoint.root) {
            let size = checkpoint.size;
            return Err(Refused::Mixed { size });
        }
        let beat = match signed.clock(&hub.clock) {
            None => self.beat,
            Some(time) => Some(self.later(time, checkpoint.size, now, bounds)?),
        };
        Ok(Self {
            size: checkpoint.size,
            root: checkpoint.root,
            beat,
        })
    }

    fn later(
        &self,
        theirs: Timestamp,
        size: u64,
        now: Timestamp,
        bounds: Bounds,
    ) -> Result<(Timestamp, u64), Refused> {
        if theirs > now + bounds.ahead {
            return Err(Refused::ClockAhead { theirs, ours: now });
        }
        match self.beat {
            Some((ours, _)) if theirs < ours => Err(Refused::ClockBack { theirs, ours }),
            _ => Ok((theirs, size)),
        }
    }

    /// Whether an entry's time can be: after the hub signed a time, no later entry may be of before it (L4).
    ///
    /// # Errors
    /// It is backdated.
    pub fn check_time(&self, index: u64, time: Timestamp) -> Result<(), Refused> {
        match self.beat {
            Some((floor, size)) if index >= size && time < floor => {
                Err(Refused::Backdated { index, time, floor })
            }
            _ => Ok(()),
        }
    }

    /// Whether the hub has given a sign of life lately.
    ///
    /// # Errors
    /// It has not: it is gone, or shows an old log on purpose.
    pub fn check_fresh(&self, now: Timestamp, bounds: Bounds) -> Result<(), Refused> {
        match self.beat {
            Some((newest, _)) if now.duration_since(newest) > bounds.stale => {
                let seconds = now.duration_since(newest).as_secs();
                Err(Refused::Frozen { newest, seconds })
            }
            _ => Ok(()),
        }
    }
}
