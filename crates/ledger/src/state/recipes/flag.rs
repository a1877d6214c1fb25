//! Security problems that are open (R11).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::Slug;

/// A security problem of a recipe. Once it has ended it is in the log only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Who told of it.
    pub by: Slug,
    /// What it is.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
    /// The entry that says so.
    pub entry: u64,
}
