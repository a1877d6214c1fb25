//! Who is in the federation, and how.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::State;
use crate::{
    entry::{Application, Profile},
    ids::Slug,
    key::PublicKey,
    limits::APPLICATION_DAYS,
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
    /// It applied, and the resolution that would have admitted it did not pass (M9).
    Declined,
    /// It applied, and nobody proposed to admit it in time (M9).
    Expired,
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
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

/// How a member stands with its dues. Public; reasons are for members, and nothing follows from it by itself (M5).
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
    /// When it became a member; the last time, also of who no longer is one. Who never was has none.
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
    /// An applicant; `joined` is when it was last admitted, if it was a member before.
    pub(super) fn applied(
        slug: Slug,
        application: Application,
        since: Timestamp,
        joined: Option<Timestamp>,
    ) -> Self {
        Self {
            slug,
            key: application.key,
            status: Status::Applied,
            since,
            joined,
            profile: application.profile.clone(),
            application: Some(application),
            paid_until: None,
            waiver: None,
        }
    }

    pub(super) fn becomes(&mut self, status: Status, time: Timestamp) {
        if status == Status::Member && self.status == Status::Applied {
            self.joined = Some(time);
        }
        self.status = status;
        self.since = time;
    }

    /// Whether it votes and counts (M1).
    #[must_use]
    pub fn is_voting(&self) -> bool {
        self.status == Status::Member
    }

    /// Whether it is, or ever was, a member: then its name is its own for ever (M10).
    #[must_use]
    pub fn was_member(&self) -> bool {
        self.joined.is_some()
    }

    /// When its application ends unless somebody proposes to admit it; none where none waits (M9).
    #[must_use]
    pub fn application_ends(&self) -> Option<Timestamp> {
        let days = SignedDuration::from_hours(24 * APPLICATION_DAYS);
        (self.status == Status::Applied)
            .then(|| self.since.checked_add(days).unwrap_or(Timestamp::MAX))
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
