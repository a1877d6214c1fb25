//! Resolutions, their votes, and their results (Resolution 001).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    entry::{Choice, Kind, More, Number, Rules, Size},
    ids::Slug,
};

/// Where a resolution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its proposer still works on it.
    Draft,
    /// Votes count.
    Open,
    /// It passed.
    Passed,
    /// It was blocked.
    Rejected,
    /// It had too few votes.
    Stalled,
    /// Its proposer took it back.
    Withdrawn,
}

impl Phase {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Passed => "passed",
            Self::Rejected => "rejected",
            Self::Stalled => "stalled",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A vote that a collective has cast, and may change until the deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// How.
    pub choice: Choice,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub time: Timestamp,
    /// How often it was changed.
    pub changes: u32,
}

/// Votes, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// In favour.
    pub votes_for: u32,
    /// Blocks.
    pub votes_against: u32,
    /// Stood aside.
    pub abstained: u32,
    /// Votes for that it needs.
    pub needed: u32,
    /// All that could vote.
    pub electorate: u32,
}

/// What followed from a resolution that passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// What it says, at once.
    Done,
    /// Nothing, because it had become impossible.
    None {
        /// Why.
        why: String,
    },
}

/// Where in the log a resolution's words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Index of the entry.
    pub entry: u64,
    /// Which of an import's resolutions.
    pub item: u32,
}

/// What the rules said when it was proposed (D5): a change of rules does not move a vote under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    medium_for: u32,
    large_for: More,
}

impl Threshold {
    pub(super) fn of(rules: &Rules) -> Self {
        Self {
            medium_for: rules.medium_for,
            large_for: rules.large_for,
        }
    }
}

/// A resolution, from draft to result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Its number.
    pub number: Number,
    /// Topic.
    pub title: String,
    /// Its size now; none where an import does not say.
    pub size: Option<Size>,
    /// What it does once passed.
    pub kind: Kind,
    /// Where its text is.
    pub source: Source,
    /// Who proposed, drafted or imported it.
    pub proposer: Slug,
    /// Where it stands.
    pub phase: Phase,
    /// Of before the log: history, without effect. Dates as they were written.
    pub imported: Option<WrittenDates>,
    /// When it was opened.
    pub proposed: Option<Timestamp>,
    /// Votes count before this moment.
    pub deadline: Option<Timestamp>,
    /// When it ended.
    pub closed: Option<Timestamp>,
    /// Members when it was proposed.
    pub electorate: BTreeSet<Slug>,
    /// What it needs.
    pub threshold: Threshold,
    /// Votes.
    pub ballots: BTreeMap<Slug, Ballot>,
    /// Votes as they counted at the end.
    pub result: Option<Tally>,
    /// Who made it large, and why.
    pub escalated: Option<(Slug, String)>,
    /// Why it was withdrawn.
    pub withdrawn: Option<String>,
    /// What followed.
    pub effect: Option<Effect>,
}

/// Dates of an imported resolution, as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenDates {
    /// `Date:`
    pub date: String,
    /// `Deadline:`
    pub deadline: String,
    /// `Passed on`
    pub passed_on: String,
}

impl Resolution {
    /// Votes for that it needs (D7, D8).
    #[must_use]
    pub fn needed(&self) -> u32 {
        match self.size {
            Some(Size::Medium) => self.threshold.medium_for,
            Some(Size::Large) => {
                let needed = self.threshold.large_for.needed(self.electorate.len());
                u32::try_from(needed).unwrap_or(u32::MAX)
            }
            Some(Size::Small) | None => 0,
        }
    }

    /// Counts the votes of those that `counts` says yes to.
    pub fn tally(&self, counts: impl Fn(&Slug) -> bool) -> Tally {
        let of = |choice| {
            let cast = self.ballots.iter();
            let cast = cast.filter(|(slug, ballot)| ballot.choice == choice && counts(slug));
            u32::try_from(cast.count()).unwrap_or(u32::MAX)
        };
        Tally {
            votes_for: of(Choice::For),
            votes_against: of(Choice::Against),
            abstained: of(Choice::Abstain),
            needed: self.needed(),
            electorate: u32::try_from(self.electorate.len()).unwrap_or(u32::MAX),
        }
    }

    /// Whether it is under way in this log.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open && self.imported.is_none()
    }
}

impl Tally {
    /// The result (D7, D8): a single block rejects; enough in favour pass; anything else has stalled.
    #[must_use]
    pub fn outcome(&self) -> Phase {
        if self.votes_against > 0 {
            Phase::Rejected
        } else if self.votes_for >= self.needed {
            Phase::Passed
        } else {
            Phase::Stalled
        }
    }
}
