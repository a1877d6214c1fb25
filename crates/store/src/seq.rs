//! The place of a record in the journal.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The sequence number of a journal record. The first record has 1, and there are no gaps; [`Seq::ZERO`] is
/// before the first, and as an "applied up to" it means that nothing was applied.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first record.
    pub const ZERO: Seq = Seq(0);

    /// The sequence after this one. At a million records a second, the number lasts for 500,000 years.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
