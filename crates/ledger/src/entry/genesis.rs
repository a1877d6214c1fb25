//! The first entry: who founded the federation, with which keys, under which rules.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Money;
use crate::{
    ids::{Digest, Slug},
    key::PublicKey,
};

/// A founding collective (Resolution 002: a member without a further decision).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Its slug.
    pub slug: Slug,
    /// Its signing key, exchanged by hand before.
    pub key: PublicKey,
}

/// What a hub proves itself with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubKeys {
    /// The log's name, first line of each checkpoint (C2SP tlog-checkpoint).
    pub origin: String,
    /// Signs checkpoints.
    pub log: PublicKey,
    /// Cosigns checkpoints with the time: after it, no entry may carry an earlier one.
    pub clock: PublicKey,
    /// Signs the hub's own entries.
    pub entries: PublicKey,
    /// SHA-256 of the root certificate of the hub's CA.
    pub ca: Digest,
}

impl HubKeys {
    /// SHA-256 of the keys as JSON: what members compare before they accept a new hub.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Texts and keys always have a JSON form.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// "More than this part of all members".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct More {
    /// More than `than`...
    pub than: u32,
    /// ... of `of`.
    pub of: u32,
}

impl More {
    /// Whether `count` is more than this part of `all`.
    #[must_use]
    pub fn holds(self, count: usize, all: usize) -> bool {
        let wide = |n: usize| u128::try_from(n).unwrap_or(u128::MAX);
        wide(count) * u128::from(self.of) > wide(all) * u128::from(self.than)
    }

    /// The smallest count that is more than this part of `all`.
    #[must_use]
    pub fn needed(self, all: usize) -> usize {
        (0..=all).find(|n| self.holds(*n, all)).unwrap_or(all + 1)
    }
}

/// The rules, as data. They are set at genesis and changed only by a passed large resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// A medium decision needs at least this many votes for (Resolution 001: 1).
    pub medium_for: u32,
    /// A large decision needs votes for from more than this part of the electorate (Resolution 001: a half).
    pub large_for: More,
    /// Days a vote is open unless its proposer says otherwise; shorter is possible, with a warning (001: 14).
    pub days_open: u32,
    /// Dues a month (002).
    pub dues_month: Money,
    /// Dues a year, as the other choice (002).
    pub dues_year: Money,
    /// Days after which unpaid dues count as lapsed. Nothing follows by itself.
    pub dues_grace_days: u32,
    /// Pay per hour (003).
    pub hourly_rate: Money,
    /// While the fund is not above it, no new budget is to be proposed (009). The log does not know the fund: members see
    /// to it.
    pub buffer: Money,
    /// Who holds the money; Open Collective slug (033).
    pub fiscal_host: String,
    /// What the host keeps of income, in basis points (033: 500).
    pub host_fee_bps: u32,
    /// How many of the last large decisions the participation report looks at.
    pub participation_window: u32,
    /// Before a member's agent acts on an entry, more than this part of all members has witnessed it.
    pub witnesses: More,
}

impl Default for Rules {
    fn default() -> Self {
        let eur = |minor| Money {
            minor,
            currency: "EUR".to_owned(),
        };
        let half = More { than: 1, of: 2 };
        Self {
            medium_for: 1,
            large_for: half,
            days_open: 14,
            dues_month: eur(1_000),
            dues_year: eur(6_000),
            dues_grace_days: 60,
            hourly_rate: eur(2_000),
            buffer: eur(150_000),
            fiscal_host: "platform6".to_owned(),
            host_fee_bps: 500,
            participation_window: 10,
            witnesses: half,
        }
    }
}

/// The rules that a resolution changes; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleChange {
    /// See [`Rules::medium_for`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium_for: Option<u32>,
    /// See [`Rules::large_for`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large_for: Option<More>,
    /// See [`Rules::days_open`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_open: Option<u32>,
    /// See [`Rules::dues_month`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dues_month: Option<Money>,
    /// See [`Rules::dues_year`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dues_year: Option<Money>,
    /// See [`Rules::dues_grace_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dues_grace_days: Option<u32>,
    /// See [`Rules::hourly_rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly_rate: Option<Money>,
    /// See [`Rules::buffer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<Money>,
    /// See [`Rules::fiscal_host`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_host: Option<String>,
    /// See [`Rules::host_fee_bps`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_fee_bps: Option<u32>,
    /// See [`Rules::participation_window`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participation_window: Option<u32>,
    /// See [`Rules::witnesses`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<More>,
}

impl Rules {
    /// The rules after `change`.
    #[must_use]
    pub fn changed(&self, change: &RuleChange) -> Self {
        let mut rules = self.clone();
        macro_rules! take {
            ($($field:ident),+) => {$(
                if let Some(new) = &change.$field {
                    rules.$field.clone_from(new);
                }
            )+};
        }
        take!(
            medium_for,
            large_for,
            days_open,
            dues_month,
            dues_year,
            dues_grace_days,
            hourly_rate,
            buffer,
            fiscal_host,
            host_fee_bps,
            participation_window,
            witnesses
        );
        rules
    }

    /// What is wrong with them, if anything: rules that could never be met or changed again are refused.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let part = |m: More| m.of > 0 && m.than < m.of;
        let money = |m: &Money| {
            m.minor >= 0
                && m.currency.len() == 3
                && m.currency.chars().all(|c| c.is_ascii_uppercase())
        };
        if !part(self.large_for) || !part(self.witnesses) {
            return Some("a threshold must be less than all of all members, or nothing could pass");
        }
        if self.medium_for == 0 {
            return Some("a medium decision needs at least one vote for");
        }
        if self.days_open == 0 || self.days_open > 365 {
            return Some("votes are open for 1 to 365 days");
        }
        let amounts = [
            &self.dues_month,
            &self.dues_year,
            &self.hourly_rate,
            &self.buffer,
        ];
        if !amounts.into_iter().all(money) {
            return Some("an amount is not negative and has a currency of three capital letters");
        }
        if self.host_fee_bps > 10_000 {
            return Some("a fee is at most 10000 basis points");
        }
        None
    }
}

/// The first entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// What the federation is called; also the trust domain of its certificates.
    pub name: Slug,
    /// When it was founded.
    pub founded: Timestamp,
    /// Who founded it.
    pub founders: Vec<Founder>,
    /// The rules it began with.
    pub rules: Rules,
    /// The hub it began with.
    pub hub: HubKeys,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_is_strictly_more() {
        let half = More { than: 1, of: 2 };
        for (all, needed) in [(0, 1), (1, 1), (2, 2), (3, 2), (12, 7), (20, 11)] {
            assert_eq!(half.needed(all), needed, "of {all}");
        }
        assert!(!half.holds(10, 20));
    }

    #[test]
    fn rules_that_nothing_could_meet_are_refused() {
        let all = More { than: 2, of: 2 };
        let change = RuleChange {
            large_for: Some(all),
            ..RuleChange::default()
        };
        assert!(Rules::default().problem().is_none());
        assert!(Rules::default().changed(&change).problem().is_some());
        let zero = RuleChange {
            large_for: Some(More { than: 0, of: 0 }),
            ..RuleChange::default()
        };
        assert!(Rules::default().changed(&zero).problem().is_some());
    }
}
