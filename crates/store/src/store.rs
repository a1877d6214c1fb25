//! The three together.

use std::path::Path;

use serde::Serialize;

use crate::blobs::Blobs;
use crate::error::StoreError;
use crate::fsx;
use crate::header::StoreId;
use crate::index::{Index, IndexIdentity, IndexState};
use crate::journal::{self, Journal, JournalHealth, JournalOptions};
use crate::lock::DirLock;
use crate::recovery::Recovery;

pub(crate) const JOURNAL_DIR: &str = "journal";
pub(crate) const INDEX_DIR: &str = "index";
pub(crate) const BLOBS_DIR: &str = "blobs";

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The caller's format of what it keeps in the index; an index of another format is made anew.
    pub index_format: u32,
    /// How the journal is opened.
    pub journal: JournalOptions,
}

impl StoreOptions {
    /// The usual options for an index format.
    #[must_use]
    pub fn new(index_format: u32) -> Self {
        Self {
            index_format,
            journal: JournalOptions::default(),
        }
    }
}

/// What opening a store found. The caller tells a person about a cut, and applies the journal to the index
/// from where it is: from the beginning unless it is [`IndexState::UpTo`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenReport {
    /// The id of the store.
    pub store_id: StoreId,
    /// What was found in the journal.
    pub recovery: Recovery,
    /// How far the index is.
    pub index: IndexState,
}

/// An open store. Share it with an `Arc`.
pub struct Store {
    /// The truth.
    pub journal: Journal,
    /// What the journal says, arranged for looking up.
    pub index: Index,
    /// Content by its hash.
    pub blobs: Blobs,
    _lock: DirLock,
}

/// How a store is doing, for metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreHealth {
    /// The journal.
    pub journal: JournalHealth,
    /// How many durable records the index has not applied.
    pub index_behind: u64,
    /// Bytes of the index on disk; `None` when it is damaged.
    pub index_bytes: Option<u64>,
}

impl Store {
    /// Opens the store in a directory, or makes a new one there.
    ///
    /// # Errors
    /// What [`Journal::open`], [`Index::open`] and [`Blobs::open`] say.
    pub fn open(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        use crate::error::JournalError;
        fsx::create_dir(dir).map_err(JournalError::io("make the directory", dir))?;
        let lock = DirLock::acquire(dir).map_err(|fault| journal::lock_error(dir, fault))?;
        refuse_without_journal(dir)?;
        let (journal, recovery) = Journal::open(&dir.join(JOURNAL_DIR), &options.journal)?;
        let (store_id, journal_last) = (journal.store_id(), journal.last());
        let identity = IndexIdentity {
            format: options.index_format,
            store_id,
            journal_last,
        };
        let opened = Index::open(&dir.join(INDEX_DIR), identity)?;
        let blobs = Blobs::open(&dir.join(BLOBS_DIR))?;
        let report = OpenReport {
            store_id,
            recovery,
            index: opened.state,
        };
        Ok((
            Self {
                journal,
                index: opened.index,
                blobs,
                _lock: lock,
            },
            report,
        ))
    }

    /// How the store is doing.
    #[must_use]
    pub fn health(&self) -> StoreHealth {
        let journal = self.journal.health();
        let index_behind = journal.records.saturating_sub(self.index.applied().0);
        StoreHealth {
            journal,
            index_behind,
            index_bytes: self.index.size_on_disk().ok(),
        }
    }
}

/// An index or blobs without any journal directory is a store that lost its truth, not a new one.
fn refuse_without_journal(dir: &Path) -> Result<(), StoreError> {
    if dir.join(JOURNAL_DIR).exists() {
        return Ok(());
    }
    let traces = [dir.join(INDEX_DIR), dir.join(BLOBS_DIR)];
    match traces.into_iter().find(|path| path.exists()) {
        Some(trace) => {
            let path = journal::file_in(&dir.join(JOURNAL_DIR));
            Err(crate::error::JournalError::Missing { path, trace }.into())
        }
        None => Ok(()),
    }
}
