//! Who is in the federation, and how.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::State;
use crate::{
    entry::{Application, Profile},
    ids::Slug,
    key::PublicKey,
};

/// Where a collective stands with the federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It would like to join.
    Applied,
    /// It has a vote.
    Member,
    /// Its rights rest, by resolution.
    Suspended,
    /// It went.
    Left,
    /// Its membership was ended, by resolution.
    Excluded,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Member => "member",
            Self::Suspended => "suspended",
            Self::Left => "left",
            Self::Excluded => "excluded",
        }
    }
}

/// How a member stands with its dues. Public; reasons are for members, and nothing follows from it by itself (M7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Paid, or joined less than the grace period ago.
    Good,
    /// A resolution waived its dues.
    Waived,
    /// Neither.
    Lapsed,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waived => "waived",
            Self::Lapsed => "lapsed",
        }
    }
}

/// Dues that a resolution waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The resolution.
    pub by: u32,
    /// Until and with this day; without an end when absent.
    pub until: Option<Date>,
}

/// A collective that the log knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collective {
    /// Its short name.
    pub slug: Slug,
    /// Its key now.
    pub key: PublicKey,
    /// Where it stands.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// When it became a member.
    pub joined: Option<Timestamp>,
    /// What it says of itself.
    pub profile: Profile,
    /// Its application; founders have none.
    pub application: Option<Application>,
    /// Dues are paid up to and with this day.
    pub paid_until: Option<Date>,
    /// Dues that were waived.
    pub waiver: Option<Waiver>,
}

impl Collective {
    pub(super) fn applied(slug: Slug, application: Application, time: Timestamp) -> Self {
        Self {
            slug,
            key: application.key,
            status: Status::Applied,
            since: time,
            joined: None,
            profile: application.profile.clone(),
            application: Some(application),
            paid_until: None,
            waiver: None,
        }
    }

    pub(super) fn becomes(&mut self, status: Status, time: Timestamp) {
        self.status = status;
        self.since = time;
        if status == Status::Member && self.joined.is_none() {
            self.joined = Some(time);
        }
    }

    /// Whether it votes and counts (M1).
    #[must_use]
    pub fn is_voting(&self) -> bool {
        self.status == Status::Member
    }
}

impl State {
    /// How a collective stands with its dues on a day; nothing for who is no member.
    #[must_use]
    pub fn standing(&self, slug: &Slug, today: Date) -> Option<Standing> {
        let collective = self.collectives.get(slug)?;
        let joined = collective.joined?;
        if !matches!(collective.status, Status::Member | Status::Suspended) {
            return None;
        }
        let waived = |w: &Waiver| w.until.is_none_or(|until| until >= today);
        if collective.waiver.as_ref().is_some_and(waived) {
            return Some(Standing::Waived);
        }
        let grace = SignedDuration::from_hours(24 * i64::from(self.rules.dues_grace_days));
        let begun = TimeZone::UTC.to_datetime(joined).date();
        let paid = collective.paid_until.unwrap_or(begun).max(begun);
        let last = paid.checked_add(grace).unwrap_or(Date::MAX);
        Some(if last >= today {
            Standing::Good
        } else {
            Standing::Lapsed
        })
    }
}
