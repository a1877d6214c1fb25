//! Everything that can go wrong with stored bytes, with a stable code and what to do about it.

mod blob;
mod index;
mod journal;

use std::path::PathBuf;

pub use blob::BlobError;
pub use index::IndexError;
pub use journal::JournalError;

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// With its journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// With its index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// With its blobs.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A repair would lose something and was not told that it may.
    #[error("the store {} is not repaired: {reason}", dir.display())]
    NeedsConsent {
        /// The store.
        dir: PathBuf,
        /// What the repair would do.
        reason: String,
        /// The option that allows it.
        option: &'static str,
    },
    /// The damage cannot be mended here.
    #[error("the store {} cannot be repaired: {reason}", dir.display())]
    BeyondRepair {
        /// The store.
        dir: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl StoreError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Journal(cause) => cause.code(),
            Self::Index(cause) => cause.code(),
            Self::Blob(cause) => cause.code(),
            Self::NeedsConsent { .. } => "AL-3040",
            Self::BeyondRepair { .. } => "AL-3041",
        }
    }

    /// The remedy, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Journal(cause) => cause.help(),
            Self::Index(cause) => cause.help(),
            Self::Blob(cause) => cause.help(),
            Self::NeedsConsent { option, .. } => Some(format!(
                "Restore the store from a backup, or run the repair again with `{option}`."
            )),
            Self::BeyondRepair { .. } => Some("Restore the store from a backup.".to_owned()),
        }
    }
}
