//! Recipes: what the hub saw of them, and what their stewards say (GOVERNANCE.md, clauses R).
//!
//! There are many versions, and every agent holds them all, so that a version takes little room: hashes are bytes, words
//! stay in the log and are named by their entry, and what few versions have is in a box. Nothing that an entry does looks
//! at the whole catalogue.

mod catalogue;
mod digest;
mod flag;
mod read;
mod release;
mod told;
mod version;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use catalogue::Catalogue;
pub use flag::Flag;
pub use release::{Released, Reviewed};
pub use told::{Report, Upgrade};
pub use version::{Observed, Pinned, Stage, Yanked};

use crate::entry::DocumentRef;
use digest::Kept;

/// A recipe that the hub saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// What is known of it as a whole.
    pub about: DocumentRef,
    /// The entry that says so.
    pub entry: u64,
    versions: Vec<Pinned>,
    flags: BTreeMap<u32, Flag>,
    /// Flags that there ever were: numbers are given once.
    flagged: u32,
    #[serde(skip)]
    digest: Kept,
}

impl Recipe {
    fn new(about: DocumentRef, entry: u64) -> Self {
        Self {
            about,
            entry,
            versions: Vec::new(),
            flags: BTreeMap::new(),
            flagged: 0,
            digest: Kept::default(),
        }
    }

    /// Its versions, in the order in which the log first spoke of them.
    #[must_use]
    pub fn versions(&self) -> &[Pinned] {
        &self.versions
    }

    /// A version.
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&Pinned> {
        self.versions.iter().find(|p| p.version.as_str() == version)
    }

    /// A version by its place in [`Recipe::versions`], as [`Upgrade::from`] names it.
    #[must_use]
    pub fn version_at(&self, place: u32) -> Option<&Pinned> {
        self.versions.get(usize::try_from(place).ok()?)
    }

    /// Security problems that are open, by their numbers (R11).
    #[must_use]
    pub fn flags(&self) -> &BTreeMap<u32, Flag> {
        &self.flags
    }

    /// Where a version is.
    pub(in crate::state) fn place(&self, version: &str) -> Option<u32> {
        let place = self
            .versions
            .iter()
            .position(|p| p.version.as_str() == version);
        place.and_then(|place| u32::try_from(place).ok())
    }

    fn at_mut(&mut self, place: u32) -> Option<&mut Pinned> {
        self.versions.get_mut(usize::try_from(place).ok()?)
    }
}
