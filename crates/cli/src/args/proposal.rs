//! What is proposed, and until when: shared by `resolution draft`, `revise` and `propose`.

use std::path::PathBuf;

use allot_ledger::{
    Slug,
    entry::{Kind, Money, Size},
};
use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date};

use super::env;
use crate::{deadline, kind, money};

/// What is proposed.
#[derive(Debug, Clone, Default, Args)]
pub struct ProposalArgs {
    /// Topic, one line
    #[arg(long, value_name = "TOPIC")]
    pub title: Option<String>,
    /// How much it touches [default: the smallest that its kind can have; a text must say]
    #[arg(long, value_enum)]
    pub size: Option<SizeName>,
    /// The text, Markdown; `-` is standard input [default: written in $EDITOR]
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
}

/// How much a decision touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SizeName {
    /// Get on and do a thing: written down, not voted on
    Small,
    /// Shared tools and recipes: one for, none against
    Medium,
    /// Membership, money, rules: more than half of all members for, none against
    Large,
}

impl From<SizeName> for Size {
    fn from(name: SizeName) -> Self {
        match name {
            SizeName::Small => Self::Small,
            SizeName::Medium => Self::Medium,
            SizeName::Large => Self::Large,
        }
    }
}

/// Until when votes count.
#[derive(Debug, Clone, Default, Args)]
pub struct DeadlineArgs {
    /// Votes count before it: a day (until its end, UTC) or a time such as 2026-12-10T18:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = deadline::parse, conflicts_with = "days")]
    pub deadline: Option<Timestamp>,
    /// Votes count for so many days, up to a full hour [default: the rules' days]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: Option<u32>,
}

/// What a resolution does by itself once passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// Nothing: people act on it
    Text,
    /// Admits an applicant; needs --collective and --key
    Admit,
    /// Waives a member's dues; needs --collective, takes --until
    WaiveDues,
    /// Changes rules; needs --rule
    ChangeRule,
    /// Opens a budget; needs --budget-number, --budget-name, --amount, --who, --when, --purpose
    OpenBudget,
    /// Ends a membership; needs --collective
    Exclude,
    /// A member's rights rest; needs --collective
    Suspend,
    /// A suspended member's rights come back; needs --collective
    Reinstate,
    /// Gives a member a new key when the old one is lost; needs --collective and --key
    ReplaceKey,
    /// Makes collectives the stewards of a recipe; needs --recipe and --steward
    Steward,
}

/// The kind and its fields.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What it does once passed")]
pub struct KindArgs {
    /// What it does by itself [default: text]
    #[arg(long, value_enum)]
    pub kind: Option<KindName>,
    /// The same as JSON, as the log has it
    #[arg(long, value_name = "JSON", value_parser = kind::parse, conflicts_with = "kind")]
    pub kind_json: Option<Kind>,
    /// Whom it is about, by the short name
    #[arg(long)]
    pub collective: Option<Slug>,
    /// The key, as its collective shows it: the name, the key's id and the key, with + between
    #[arg(long, value_parser = kind::key)]
    pub key: Option<kind::NamedKey>,
    /// Last day of a waiver [default: without end]
    #[arg(long, value_name = "DAY")]
    pub until: Option<Date>,
    /// A rule's new value, such as days_open=10, large_for=1/2, dues_year='EUR 60'; may be repeated
    #[arg(long = "rule", value_name = "NAME=VALUE", value_parser = env::assignment)]
    pub rules: Vec<(String, String)>,
    /// The budget's own number
    #[arg(long, value_name = "NUMBER")]
    pub budget_number: Option<u32>,
    /// What the budget is called
    #[arg(long, value_name = "NAME")]
    pub budget_name: Option<String>,
    /// How much: 3500, 3500.00 or 'EUR 3500'
    #[arg(long, value_parser = money::parse)]
    pub amount: Option<Money>,
    /// Who will do it
    #[arg(long)]
    pub who: Option<String>,
    /// When the money is spent or the work happens
    #[arg(long)]
    pub when: Option<String>,
    /// What the money is for
    #[arg(long)]
    pub purpose: Option<String>,
    /// The recipe
    #[arg(long)]
    pub recipe: Option<String>,
    /// A steward of it, by the short name; may be repeated
    #[arg(long = "steward", value_name = "COLLECTIVE")]
    pub stewards: Vec<Slug>,
}
