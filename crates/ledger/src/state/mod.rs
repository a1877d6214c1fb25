//! The state machine: folds the log's entries into what the federation knows.
//!
//! The same entries give the same state, bit for bit, on every machine: nothing here looks at a clock, a file or a
//! hash map's order. The rules are numbered as in `GOVERNANCE.md`: M for members, D for decisions, L for the log.
//!
//! Time is the leaves' time, which the hub gives and cannot move back. Before an entry with time `t` is looked at,
//! every resolution whose deadline is not after `t` is closed, in the order of deadline and number (D9), and every
//! application whose days are over has ended (M9): whether a member looks every minute or comes back after a month, it
//! finds the same results. Only while a new hub waits to be accepted does no vote end (D17).

mod applications;
mod check;
mod claim;
mod collective;
mod digest;
mod effect;
mod event;
mod found;
mod invite;
mod read;
mod recipes;
mod refused;
mod resolution;
mod rotation;
#[cfg(test)]
mod tests;
mod time;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use claim::{Claim, Verified};
pub use collective::{Collective, Standing, Status, Waiver};
pub use event::{Change, Ended, Event};
pub use read::Participation;
pub use recipes::{
    Catalogue, Flag, Observed, Pinned, Recipe, Released, Report, Reviewed, Stage, Upgrade, Yanked,
};
pub use refused::Refused;
pub use resolution::{Ballot, Effect, Phase, Resolution, Source, Tally, WrittenDates};
pub use rotation::prove_rotation;

use crate::{
    entry::{Author, Budget, Entry, Genesis, HubKeys, Leaf, Number, Rules},
    ids::{Digest, Slug},
    key::PublicKey,
};

/// What the federation knows after a number of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    federation: Digest,
    genesis: Genesis,
    rules: Rules,
    hub: HubKeys,
    pending_hub: Option<PendingHub>,
    size: u64,
    time: Timestamp,
    /// When the newest entry was taken; time may have passed since.
    written: Timestamp,
    seqs: BTreeMap<Author, u64>,
    collectives: BTreeMap<Slug, Collective>,
    /// When the applications that wait end, unless somebody proposes to admit them.
    waiting: BTreeSet<(Timestamp, Slug)>,
    /// Every key that ever was somebody's, and whose.
    keys: BTreeMap<PublicKey, Author>,
    resolutions: BTreeMap<Number, Resolution>,
    /// Deadlines of what is open.
    open: BTreeSet<(Timestamp, Number)>,
    /// What is not open yet.
    drafts: BTreeSet<Number>,
    /// How many resolutions each member has begun on the last day on which it began any (D16).
    begun: BTreeMap<Slug, Begun>,
    /// Large decisions, in the order in which they ended.
    large: Vec<Number>,
    budgets: BTreeMap<u32, OpenedBudget>,
    stewards: BTreeMap<String, BTreeSet<Slug>>,
    recipes: Catalogue,
    barred: BTreeMap<Slug, BTreeMap<String, Barred>>,
}

/// A hub that goes on with the log of a lost one, until enough members accept it (L9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingHub {
    /// What it proves itself with.
    pub keys: HubKeys,
    /// Members that accepted it.
    pub accepted: BTreeSet<Slug>,
    /// When the last entry before it was taken: since then members may have had nobody to bring a vote to (D17).
    pub since: Timestamp,
}

/// What a member began on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    day: Date,
    resolutions: usize,
}

/// A budget that a resolution opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedBudget {
    /// The resolution.
    pub by: Number,
    /// When.
    pub since: Timestamp,
    /// The budget.
    pub budget: Budget,
}

/// An agent whose certificates no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// Since when: certificates from before this moment do not count.
    pub since: Timestamp,
    /// It may not come back.
    pub for_good: bool,
    /// Why.
    pub reason: String,
}

impl State {
    /// Takes the log's next leaf: lets its time pass, and only then asks whose key it is (L2, L4). A resolution that is
    /// due may have replaced that key, so whoever folds a log uses this and not a [`State::verify`] of before.
    ///
    /// # Errors
    /// As [`State::verify`] and [`State::apply`].
    pub fn fold(&mut self, leaf: &Leaf) -> Result<Vec<Event>, Refused> {
        let mut events = self.pass(leaf.time)?;
        let verified = self.verify(&leaf.envelope)?;
        self.take(verified.entry(), &mut events)?;
        Ok(events)
    }

    /// Takes an entry into the state, and says what followed: what was due by `time`, and then what the entry did.
    ///
    /// Time passes also when the entry is refused: what was due has ended, whoever asks. An error has no events, so
    /// whoever has to tell what ended calls [`State::advance`] with the same time first; that is all that can follow
    /// from a refused entry, and of a taken one only its own events remain. The same goes for [`State::fold`] and
    /// [`State::apply_trusted`].
    ///
    /// # Errors
    /// The rules refuse it. Then nothing has changed but that time has passed; not even that when `time` is before this
    /// state's.
    pub fn apply(&mut self, verified: &Verified, time: Timestamp) -> Result<Vec<Event>, Refused> {
        let mut events = self.pass(time)?;
        // Asked once time has passed: what was due may have replaced the key since the entry was verified.
        self.still_holds(verified)?;
        self.take(verified.entry(), &mut events)?;
        Ok(events)
    }

    /// As [`State::apply`], for an entry whose signature was verified before: from one's own journal.
    ///
    /// # Errors
    /// As [`State::apply`].
    pub fn apply_trusted(&mut self, entry: &Entry, time: Timestamp) -> Result<Vec<Event>, Refused> {
        let mut events = self.pass(time)?;
        self.is_ours(entry)?;
        self.take(entry, &mut events)?;
        Ok(events)
    }

    /// L4: time does not go back.
    fn pass(&mut self, time: Timestamp) -> Result<Vec<Event>, Refused> {
        if time < self.time {
            let now = self.time;
            return Err(Refused::Backdated { time, now });
        }
        Ok(self.advance(time))
    }

    fn take(&mut self, entry: &Entry, events: &mut Vec<Event>) -> Result<(), Refused> {
        self.check(entry)?;
        self.seqs.insert(entry.author.clone(), entry.seq);
        self.write(entry, events);
        self.size += 1;
        self.written = self.time;
        // Who took a draft back may have been the last to name an application whose days are over.
        events.append(&mut self.advance(self.time));
        Ok(())
    }
}
