//! The rules, clause by clause; numbers are those of `GOVERNANCE.md`.

use jiff::{SignedDuration, ToSpan as _};
use proptest::prelude::*;

use super::*;
use crate::{
    entry::{
        Body, Choice, Envelope, Imported, ImportedState, Kind, Money, Profile, RuleChange, Size,
        Text,
    },
    fed::*,
};

use Choice::{Abstain, Against, For};

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

mod applications;
mod clashes;
mod decisions;
mod events;
mod fold;
mod governance;
mod log;
mod members;
mod recipe_folds;
mod recipes;
mod trouble;
