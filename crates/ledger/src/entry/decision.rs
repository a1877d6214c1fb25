//! Resolutions, as entries carry them (reference/federation.md sections 3 to 6).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{RuleChange, Text, nothing_more};
use crate::{ids::Slug, key::PublicKey};

/// A resolution's number; the federation writes it with three digits.
pub type Number = u32;

/// How much a decision touches (Resolution 001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// "Get on and do a thing": recorded, not voted on.
    Small,
    /// "Consensus pending objections": passes with at least one for and none against.
    Medium,
    /// "Maximum Consensus": passes with more than half of all members for and none against.
    Large,
}

/// A vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// In favour.
    For,
    /// Against: a block, with a reason.
    Against,
    /// Stand aside. Not the same as silence, and counts neither way.
    Abstain,
}

/// An amount: integer minor units (cents) of an ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Cents.
    pub minor: i64,
    /// Such as `EUR`.
    pub currency: String,
}

/// A budget that a resolution opens (Resolution 004: five fields; name and number are the resolution's).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The budget's own number; budgets are counted apart from resolutions.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// Who will do it.
    pub who: String,
    /// When the money is spent or the work happens.
    pub when: String,
    /// What the money is for.
    pub purpose: String,
}

/// What a passed resolution does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Nothing: people act on it.
    #[serde(deserialize_with = "nothing_more")]
    Text,
    /// Admits an applicant, with the key it applied with.
    Admit {
        /// Who.
        collective: Slug,
        /// The key, as applied with: members admit a key and not a name.
        key: PublicKey,
    },
    /// Waives a member's dues. Reasons are told to members, never here.
    WaiveDues {
        /// Whose.
        collective: Slug,
        /// Until when; without an end when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
    },
    /// Changes rules.
    ChangeRule {
        /// Which, to what.
        change: RuleChange,
    },
    /// Opens a budget.
    OpenBudget {
        /// The budget.
        budget: Budget,
    },
    /// Ends a membership.
    Exclude {
        /// Whose.
        collective: Slug,
    },
    /// A member's rights rest.
    Suspend {
        /// Whose.
        collective: Slug,
    },
    /// A suspended member's rights come back.
    Reinstate {
        /// Whose.
        collective: Slug,
    },
    /// Gives a member a new key, when the old one is lost.
    ReplaceKey {
        /// Whose.
        collective: Slug,
        /// The new key.
        key: PublicKey,
    },
    /// Makes collectives the stewards of a recipe, in place of whoever was.
    Steward {
        /// Name of the recipe.
        recipe: String,
        /// The stewards.
        collectives: Vec<Slug>,
    },
}

impl Kind {
    /// The name, as the JSON has it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Admit { .. } => "admit",
            Self::WaiveDues { .. } => "waive_dues",
            Self::ChangeRule { .. } => "change_rule",
            Self::OpenBudget { .. } => "open_budget",
            Self::Exclude { .. } => "exclude",
            Self::Suspend { .. } => "suspend",
            Self::Reinstate { .. } => "reinstate",
            Self::ReplaceKey { .. } => "replace_key",
            Self::Steward { .. } => "steward",
        }
    }

    /// The smallest decision that can do this (Resolution 001: membership, money and rules are large).
    #[must_use]
    pub fn smallest(&self) -> Size {
        match self {
            Self::Text => Size::Small,
            Self::Steward { .. } => Size::Medium,
            _ => Size::Large,
        }
    }
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Topic, one line.
    pub title: String,
    /// Size that the proposer chose.
    pub size: Size,
    /// What it does once passed.
    pub kind: Kind,
    /// The text, in Markdown.
    pub text: Text,
}
