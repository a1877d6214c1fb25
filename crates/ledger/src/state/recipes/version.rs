//! One version, and where it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Released, Report, Upgrade};
use crate::{
    entry::DocumentRef,
    ids::{ObjectId, Slug, Version},
};

/// A version that the log has spoken of. Its commit and tree are what the first word about it said, for ever (R2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The version, as it was tagged.
    pub version: Version,
    /// Its commit.
    pub commit: ObjectId,
    /// The commit's tree.
    pub tree: ObjectId,
    /// The hub saw its tag; none where it was released and is not seen yet.
    pub observed: Option<Observed>,
    pub(super) said: Option<Box<Said>>,
}

/// What the hub saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// What is in the version.
    pub document: DocumentRef,
    /// The entry that says so.
    pub entry: u64,
}

/// What members said about a version: most have none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) released: Option<Released>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) yanked: Option<Box<Yanked>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fared: Option<Box<Fared>>,
}

/// How it fared with members (R10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fared {
    pub(super) reports: BTreeMap<Slug, Report>,
    pub(super) upgrades: BTreeMap<Slug, Upgrade>,
}

/// A version that is not to be deployed (R9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yanked {
    /// Which steward says so.
    pub by: Slug,
    /// Why, in one line: agents that run it show it.
    pub reason: String,
    /// The entry that says so.
    pub entry: u64,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The hub saw its tag, and no steward has released it.
    Observed,
    /// Released by one of several stewards; another one has to approve.
    InReview,
    /// Another steward wants something changed.
    ChangesRequested,
    /// Released, as its stewards' rules ask.
    Published,
    /// Published at once for a security problem; another steward has still to approve (R7).
    ReviewOutstanding,
    /// Not to be deployed.
    Yanked,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::InReview => "in review",
            Self::ChangesRequested => "changes requested",
            Self::Published => "published",
            Self::ReviewOutstanding => "published, review outstanding",
            Self::Yanked => "yanked",
        }
    }

    /// Whether stewards stand behind it: published, also when a review is outstanding.
    #[must_use]
    pub fn is_published(self) -> bool {
        matches!(self, Self::Published | Self::ReviewOutstanding)
    }

    /// Whether another steward's review is waited for.
    #[must_use]
    pub fn awaits_review(self) -> bool {
        matches!(
            self,
            Self::InReview | Self::ChangesRequested | Self::ReviewOutstanding
        )
    }
}

impl Pinned {
    pub(super) fn new(version: Version, commit: ObjectId, tree: ObjectId) -> Self {
        Self {
            version,
            commit,
            tree,
            observed: None,
            said: None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.yanked().is_some() {
            return Stage::Yanked;
        }
        self.released().map_or(Stage::Observed, Released::stage)
    }

    /// Its newest release, and what other stewards said to it.
    #[must_use]
    pub fn released(&self) -> Option<&Released> {
        self.said.as_ref()?.released.as_ref()
    }

    /// Who yanked it, and why.
    #[must_use]
    pub fn yanked(&self) -> Option<&Yanked> {
        self.said.as_ref()?.yanked.as_deref()
    }

    /// Tests of exactly its commit: the newest of each collective (R10).
    pub fn reports(&self) -> impl Iterator<Item = (&Slug, &Report)> {
        self.fared().flat_map(|fared| &fared.reports)
    }

    /// How upgrades to it went: the newest of each collective (R10).
    pub fn upgrades(&self) -> impl Iterator<Item = (&Slug, &Upgrade)> {
        self.fared().flat_map(|fared| &fared.upgrades)
    }

    fn fared(&self) -> impl Iterator<Item = &Fared> {
        let fared = self.said.as_ref().and_then(|said| said.fared.as_deref());
        fared.into_iter()
    }

    pub(super) fn said_mut(&mut self) -> &mut Said {
        self.said.get_or_insert_default()
    }

    pub(super) fn fared_mut(&mut self) -> &mut Fared {
        self.said_mut().fared.get_or_insert_default()
    }
}
