//! What can go wrong with a log on disk.

use std::{io, path::PathBuf};

use allot_ledger::{
    Digest,
    entry::BadLeaf,
    log,
    state::{self},
};
use allot_store::{BlobError, JournalError, StoreError};

/// Why a log cannot be opened, read or extended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplicaError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The texts.
    #[error(transparent)]
    Texts(#[from] BlobError),
    /// The store as a whole.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A checkpoint, or what it stands for.
    #[error(transparent)]
    Log(#[from] log::Refused),
    /// An entry cannot be read.
    #[error("entry {index} of the log cannot be read")]
    Leaf {
        /// Which.
        index: u64,
        /// Why.
        #[source]
        source: BadLeaf,
    },
    /// The rules refuse an entry that is in the log.
    #[error("entry {index} of the log is against the rules")]
    Rules {
        /// Which.
        index: u64,
        /// Why.
        #[source]
        source: Box<state::Refused>,
    },
    /// No entry yet.
    #[error("there is no log in {}", dir.display())]
    Empty {
        /// Where.
        dir: PathBuf,
    },
    /// A log where there should be none.
    #[error("there is a log in {} already", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// The first entry is another one.
    #[error("the log begins with {found}, not with {wanted}: it is of another federation")]
    OtherFederation {
        /// The first entry's SHA-256.
        found: Digest,
        /// The one that was expected.
        wanted: Digest,
    },
    /// A file of an export is missing or unreadable.
    #[error("cannot read {} of the export", path.display())]
    Export {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of an export is not what it should be.
    #[error("{} of the export {why}", path.display())]
    BadExport {
        /// Which.
        path: PathBuf,
        /// What of it.
        why: String,
    },
    /// Another log has entries that this one does not have.
    #[error("the other log differs from this one at entry {index}")]
    Differs {
        /// The first one that differs.
        index: u64,
    },
    /// The other log is shorter.
    #[error("the other log has {theirs} entries, at least {ours} were in this one")]
    Shorter {
        /// Entries of the other.
        theirs: u64,
        /// Entries that are known to have been in this one.
        ours: u64,
    },
    /// A directory cannot be changed.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A thread that should have read ended before.
    #[error("reading the log ended early")]
    Worker,
}

impl ReplicaError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Journal(e) => e.code(),
            Self::Texts(e) => e.code(),
            Self::Store(e) => e.code(),
            Self::Log(e) => e.code(),
            Self::Leaf { .. } => "AL-8601",
            Self::Rules { .. } => "AL-8602",
            Self::Empty { .. } => "AL-8603",
            Self::Exists { .. } => "AL-8604",
            Self::OtherFederation { .. } => "AL-8605",
            Self::Export { .. } | Self::BadExport { .. } => "AL-8606",
            Self::Differs { .. } => "AL-8607",
            Self::Shorter { .. } => "AL-8608",
            Self::Io { .. } | Self::Worker => "AL-8609",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Journal(JournalError::Damaged { .. }) => {
                "a hub: get a member's export (`allot ledger export DIR`), then `allot-hub store repair --from DIR`; an agent gets its copy anew by itself"
            }
            Self::Journal(e) => return e.help(),
            Self::Texts(e) => return e.help(),
            Self::Store(e) => return e.help(),
            Self::Log(e) => return e.help(),
            Self::Leaf { .. } => {
                "upgrade Allotment if others read it; else get the log anew from another member"
            }
            Self::Rules { source, .. } => return source.help(),
            Self::Empty { .. } => "join a federation, or found one",
            Self::Exists { .. } => "choose another directory",
            Self::OtherFederation { .. } => {
                "compare the genesis hash with the federation's admins before you go on"
            }
            Self::Export { .. } | Self::BadExport { .. } => {
                "make the export again: `allot ledger export DIR`"
            }
            Self::Differs { .. } => {
                "two histories were signed: compare both with other members before you take either"
            }
            Self::Shorter { .. } => "take the export of a member that has seen more",
            Self::Io { .. } => "check the directory's owner and the space on its disk",
            Self::Worker => "tell the people who make Allotment",
        };
        Some(text.to_owned())
    }
}
