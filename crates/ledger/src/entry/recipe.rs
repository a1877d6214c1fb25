//! What entries say about recipes.

use serde::{Deserialize, Serialize};

use super::batches::batches;
use crate::{
    ids::{Digest, ObjectId, RecipeName, Version},
    limits::{MAX_DOCUMENT, MAX_SEEN},
};

/// A text beside the log, which travels there as long texts of resolutions do, and is checked against its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its length in bytes, at most 256 KiB.
    pub bytes: u32,
}

impl DocumentRef {
    /// The reference to a document, which must be put beside the log.
    ///
    /// # Errors
    /// Its length in bytes, when it is longer than 256 KiB.
    pub fn of(document: &[u8]) -> Result<Self, usize> {
        let known = u32::try_from(document.len()).ok();
        let bytes = known.filter(|bytes| *bytes <= MAX_DOCUMENT);
        Ok(Self {
            sha256: Digest::of(document),
            bytes: bytes.ok_or(document.len())?,
        })
    }

    /// Whether it keeps its bounds.
    #[must_use]
    pub fn fits(&self) -> bool {
        (1..=MAX_DOCUMENT).contains(&self.bytes)
    }

    /// As [`Body::stored_texts`](super::Body::stored_texts) names it.
    pub(super) fn named(&self) -> (Digest, u64) {
        (self.sha256, u64::from(self.bytes))
    }
}

/// An annotated tag that the hub saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The version, as it was tagged.
    pub version: Version,
    /// The commit that the tag names.
    pub commit: ObjectId,
    /// The commit's tree.
    pub tree: ObjectId,
    /// What is in it: compose files, images, what the README says.
    pub document: DocumentRef,
}

impl Seen {
    /// Parts a list into what one entry each can carry, in the same order.
    #[must_use]
    pub fn batches(list: Vec<Self>) -> Vec<Vec<Self>> {
        batches(list, MAX_SEEN, |seen| seen)
    }
}

/// Stewards publish a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Of which recipe.
    pub recipe: RecipeName,
    /// Which version.
    pub version: Version,
    /// At exactly this commit.
    pub commit: ObjectId,
    /// The commit's tree.
    pub tree: ObjectId,
    /// It mends a security problem: published at once, and reviewed afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub security: bool,
    /// What `recipe test` found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<DocumentRef>,
    /// What whoever reviews it should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A recipe was tested on a member's swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestReport {
    /// Which recipe.
    pub recipe: RecipeName,
    /// Which version.
    pub version: Version,
    /// The commit that was tested.
    pub commit: ObjectId,
    /// Whether all went well.
    pub passed: bool,
    /// What was done and what came of it.
    pub report: DocumentRef,
}

/// What a steward says to another one's release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It may be published.
    Approve,
    /// Something has to change first.
    RequestChanges,
}

impl ReviewVerdict {
    /// The word for it, as the JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::RequestChanges => "request_changes",
        }
    }
}

/// How an upgrade in the field ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpgradeVerdict {
    /// All services run the new version.
    Converged,
    /// It went back to the old one.
    RolledBack,
    /// It failed.
    Failed,
    /// It was not done in time.
    TimedOut,
}

impl UpgradeVerdict {
    /// The word for it, as the JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}
