//! A release and its reviews (R5 to R8).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Stage;
use crate::{entry::ReviewVerdict, ids::Slug};

/// A steward's word that a version is to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which steward.
    pub by: Slug,
    /// The entry that says so: the note and the report are there.
    pub entry: u64,
    /// It mends a security problem.
    pub security: bool,
    /// Since when it is published, and by which entry: the release itself, or a review. What was published stays so until
    /// it is yanked.
    pub published: Option<(Timestamp, u64)>,
    /// Nobody else has to approve it any more.
    pub is_settled: bool,
    /// What other stewards said since: the newest of each.
    pub reviews: BTreeMap<Slug, Reviewed>,
}

/// A review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// What is said.
    pub verdict: ReviewVerdict,
    /// The entry that says so: the reason is there.
    pub entry: u64,
}

impl Released {
    pub(super) fn stage(&self) -> Stage {
        let objects = |r: &Reviewed| r.verdict == ReviewVerdict::RequestChanges;
        match (self.published.is_some(), self.is_settled) {
            (true, true) => Stage::Published,
            (true, false) => Stage::ReviewOutstanding,
            (false, _) if self.reviews.values().any(objects) => Stage::ChangesRequested,
            (false, _) => Stage::InReview,
        }
    }

    /// R6: what one other steward approves is published, whatever was asked before.
    pub(super) fn reviewed(&mut self, by: Slug, review: Reviewed, now: Timestamp) {
        if review.verdict == ReviewVerdict::Approve {
            self.published.get_or_insert((now, review.entry));
            self.is_settled = true;
        }
        self.reviews.insert(by, review);
    }
}
