//! What follows from an entry, or from time passing: for notes, digests and messages.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Phase, Stage, Tally};
use crate::{
    entry::{Choice, Number, ReviewVerdict, Size, UpgradeVerdict},
    ids::{RecipeName, Slug, Version},
};

/// Something that followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A collective would like to join.
    Applied {
        /// Who.
        collective: Slug,
    },
    /// An application ended, and its applicant is no member.
    ApplicationEnded {
        /// Whose.
        collective: Slug,
        /// How.
        how: Ended,
    },
    /// A collective says anew what it is called.
    ProfileChanged {
        /// Who.
        collective: Slug,
    },
    /// A draft was written or changed.
    Drafted {
        /// Its number.
        resolution: Number,
        /// Whose.
        proposer: Slug,
    },
    /// Votes count from now on.
    Opened {
        /// Its number.
        resolution: Number,
        /// Its topic.
        title: String,
        /// Its size.
        size: Size,
        /// Whose.
        proposer: Slug,
        /// Until when.
        deadline: Timestamp,
        /// It is open for fewer days than the rules say (D6): people are warned.
        short_notice: bool,
    },
    /// A collective voted.
    Voted {
        /// On which.
        resolution: Number,
        /// Who.
        collective: Slug,
        /// How.
        choice: Choice,
        /// The vote that it had before, which no longer counts.
        replaced: Option<Choice>,
    },
    /// A medium decision became large.
    Escalated {
        /// Which.
        resolution: Number,
        /// By whom.
        by: Slug,
    },
    /// A resolution ended.
    Closed {
        /// Which.
        resolution: Number,
        /// Its topic.
        title: String,
        /// How.
        phase: Phase,
        /// The votes; none when it was withdrawn or needed none.
        tally: Option<Tally>,
        /// Why a passed one has no effect.
        without_effect: Option<String>,
    },
    /// Resolutions of before the log were written down.
    Imported {
        /// Which.
        resolutions: Vec<Number>,
    },
    /// Who may do what has changed: a membership, a key, an agent that was evicted.
    RightsChanged {
        /// Whose.
        collective: Slug,
        /// What happened.
        how: Change,
    },
    /// The rules changed.
    RulesChanged {
        /// By which resolution.
        resolution: Number,
    },
    /// A budget was opened.
    BudgetOpened {
        /// Its own number.
        budget: u32,
        /// By which resolution.
        resolution: Number,
    },
    /// A recipe has other stewards.
    StewardsChanged {
        /// Which recipe.
        recipe: String,
        /// By which resolution.
        resolution: Number,
    },
    /// A member's dues were waived.
    DuesWaived {
        /// Whose.
        collective: Slug,
        /// Until and with this day; without an end when absent.
        until: Option<Date>,
        /// By which resolution.
        resolution: Number,
    },
    /// The hub saw dues.
    DuesSeen {
        /// Whose.
        collective: Slug,
        /// Paid up to and with this day.
        paid_until: Date,
        /// The later day that was written down before, and was wrong (M5).
        corrects: Option<Date>,
    },
    /// A vote ends later, because a new hub had to be accepted (D17).
    DeadlineMoved {
        /// On which resolution.
        resolution: Number,
        /// When it would have ended.
        before: Timestamp,
        /// When it ends.
        deadline: Timestamp,
    },
    /// A new hub waits to be accepted.
    HubReplaced,
    /// A member accepted the new hub.
    HubAccepted {
        /// Who.
        by: Slug,
        /// Whether that was enough.
        enough: bool,
    },
    /// The hub saw a recipe, or something else about it.
    RecipeSeen {
        /// Which.
        recipe: RecipeName,
        /// It was not known before.
        is_new: bool,
    },
    /// The hub saw tags of a recipe.
    VersionsObserved {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which versions.
        versions: Vec<Version>,
    },
    /// A recipe that nobody looked after has a steward.
    RecipeClaimed {
        /// Which.
        recipe: RecipeName,
        /// Who.
        by: Slug,
    },
    /// A steward is no member any more, and looks after the recipe no longer.
    StewardGone {
        /// Of which recipe.
        recipe: String,
        /// Who.
        collective: Slug,
        /// How many stewards are left.
        left: usize,
    },
    /// A steward released a version.
    Released {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        version: Version,
        /// Who.
        by: Slug,
        /// Where the version stands now.
        stage: Stage,
    },
    /// Another steward reviewed a release.
    Reviewed {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
        /// Who.
        by: Slug,
        /// What was said.
        verdict: ReviewVerdict,
        /// Where the version stands now.
        stage: Stage,
    },
    /// A version is not to be deployed any more.
    Yanked {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        version: Version,
        /// Which steward says so.
        by: Slug,
        /// Why.
        reason: String,
    },
    /// A member tested a version.
    Tested {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        version: Version,
        /// Who.
        by: Slug,
        /// Whether all went well.
        passed: bool,
    },
    /// A member told how an upgrade went.
    Upgraded {
        /// Of which recipe.
        recipe: RecipeName,
        /// The version that ran.
        from: Version,
        /// The version that it was to become.
        to: Version,
        /// Who.
        by: Slug,
        /// How it ended.
        verdict: UpgradeVerdict,
    },
    /// A member told of a security problem.
    Flagged {
        /// Of which recipe.
        recipe: RecipeName,
        /// The flag's number.
        flag: u32,
        /// Who.
        by: Slug,
    },
    /// A security problem is one no more.
    FlagEnded {
        /// Of which recipe.
        recipe: RecipeName,
        /// The flag's number.
        flag: u32,
        /// Who says so.
        by: Slug,
    },
}

/// How an application ended without admission (M9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The resolution that would have admitted it did not pass.
    Declined,
    /// The applicant took it back.
    TakenBack,
    /// Nobody proposed to admit it in time.
    Expired,
}

/// How rights change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Became a member: may be invited, may vote.
    Admitted,
    /// Its rights rest.
    Suspended,
    /// They came back.
    Reinstated,
    /// It went.
    Left,
    /// Its membership was ended.
    Excluded,
    /// It has another key.
    KeyReplaced,
    /// An agent of it was evicted.
    AgentEvicted {
        /// Which.
        agent: String,
    },
    /// An agent of it was banned.
    AgentBanned {
        /// Which.
        agent: String,
    },
}
