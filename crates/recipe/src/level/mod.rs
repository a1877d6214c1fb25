//! How well a recipe is kept: stable, testing or unstable, by the federation's Resolution 025.
//!
//! A level is computed from what is known and never given. Every condition is shown with what was found; what nobody can
//! compute is shown as not known: it does not hinder a level, and it does not count as met either, so a level says how much
//! of it is not known. What each condition asks for, and which are ours, is in `docs/maintain/levels.md`.

mod conditions;
mod text;

use jiff::civil::Date;

use crate::readme::{Maintainer, Metadata};

/// How well a recipe is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Neither of the others.
    Unstable,
    /// Somebody looks after it.
    Testing,
    /// It is looked after well.
    Stable,
}

/// What is known of a recipe. `None` where nothing is.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The day on which the question is asked.
    pub today: Date,
    /// Who looks after it, by its README.
    pub maintainers: &'a [Maintainer],
    /// The metadata of its README.
    pub metadata: Option<&'a Metadata>,
    /// The day of its newest release; `None` when it has none.
    pub released: Option<Date>,
    /// Whether upstream has something newer than that release holds.
    pub newer_upstream: Option<bool>,
    /// The day on which each security problem was flagged that is still open.
    pub flags: &'a [Date],
    /// How many collectives report that the newest release passed its tests on their swarm, and how many that it failed.
    pub reports: Reports,
    /// Whether upstream is active and answers to security problems.
    pub upstream_active: Option<bool>,
    /// The day of the oldest merge request that nobody has acknowledged; `Some(None)` when there is none.
    pub unanswered: Option<Option<Date>>,
}

/// Test reports for one version, the newest of each collective.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reports {
    /// How many say that it passed.
    pub passed: u32,
    /// How many say that it failed.
    pub failed: u32,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It holds.
    Met,
    /// It does not.
    NotMet,
    /// Nobody has told.
    NotKnown,
}

/// One condition, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Condition {
    /// A stable name for scripts.
    pub id: &'static str,
    /// What is asked for.
    pub what: &'static str,
    /// The lowest level that asks for it.
    pub level: Level,
    /// Whether it holds.
    pub finding: Finding,
    /// What was found.
    pub why: String,
    /// What a maintainer can do about it, unless it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The last day on which it holds if nothing is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A level with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Assessment {
    /// The level.
    pub level: Level,
    /// Every condition, those of the lower level first.
    pub conditions: Vec<Condition>,
}

/// Computes the level.
pub fn assess(evidence: &Evidence<'_>) -> Assessment {
    let conditions = conditions::all(evidence);
    let holds = |level: Level| {
        conditions
            .iter()
            .filter(|condition| condition.level <= level)
            .all(|condition| condition.finding != Finding::NotMet)
    };
    let level = [Level::Stable, Level::Testing]
        .into_iter()
        .find(|level| holds(*level))
        .unwrap_or(Level::Unstable);
    Assessment { level, conditions }
}

impl Assessment {
    /// The next level, and the conditions that stand in its way; `None` when there is no higher one.
    pub fn to_raise(&self) -> Option<(Level, Vec<&Condition>)> {
        let next = match self.level {
            Level::Unstable => Level::Testing,
            Level::Testing => Level::Stable,
            Level::Stable => return None,
        };
        let missing = self.asked_of(next, Finding::NotMet).collect();
        Some((next, missing))
    }

    /// The conditions of the level that nobody can tell about.
    pub fn not_known(&self) -> impl Iterator<Item = &Condition> {
        self.asked_of(self.level, Finding::NotKnown)
    }

    /// The last day on which the level holds if nothing is done.
    pub fn until(&self) -> Option<Date> {
        self.asked_of(self.level, Finding::Met)
            .filter_map(|condition| condition.until)
            .min()
    }

    fn asked_of(&self, level: Level, finding: Finding) -> impl Iterator<Item = &Condition> {
        self.conditions
            .iter()
            .filter(move |c| c.level <= level && c.finding == finding && level != Level::Unstable)
    }
}

#[cfg(test)]
mod tests;
