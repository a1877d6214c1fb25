//! Errors of the index, AL-3020 to AL-3024.

use std::io;
use std::path::{Path, PathBuf};

use crate::limits;
use crate::seq::Seq;

/// What can go wrong with the index. None of it loses anything: the index is made from the journal.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The operating system refused.
    #[error("cannot {doing} the index {}: {source}", path.display())]
    Io {
        /// A verb: "open", "discard".
        doing: &'static str,
        /// The index directory or a file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Even a fresh index does not open.
    #[error("cannot open the index {}: {reason}", dir.display())]
    Unusable {
        /// The index directory.
        dir: PathBuf,
        /// What the index said.
        reason: String,
    },
    /// The index broke while it was in use; it is discarded at the next open.
    #[error("the index {} is damaged: {reason}", dir.display())]
    Damaged {
        /// The index directory.
        dir: PathBuf,
        /// What the index said.
        reason: String,
    },
    /// The value is too long for an index.
    #[error(
        "cannot index {size} bytes in {tree}: a value has less than {}",
        limits::MAX_INDEX_VALUE
    )]
    ValueTooLarge {
        /// The tree.
        tree: &'static str,
        /// The value's bytes.
        size: usize,
    },
    /// The key is too long for an index.
    #[error(
        "cannot index a key of {size} bytes in {tree}: the most is {}",
        limits::MAX_INDEX_KEY
    )]
    KeyTooLarge {
        /// The tree.
        tree: &'static str,
        /// The key's bytes.
        size: usize,
    },
    /// A value does not turn into JSON, or what is stored does not turn back.
    #[error("cannot {doing} a value of the index tree {tree}: {source}")]
    Value {
        /// "encode" or "decode".
        doing: &'static str,
        /// The tree.
        tree: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A batch would move the index back.
    #[error("cannot apply record {given} to the index: it has {applied} already")]
    Backwards {
        /// Where the batch would leave the index.
        given: Seq,
        /// Where it is.
        applied: Seq,
    },
}

impl IndexError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::Unusable { .. } => "AL-3020",
            Self::Damaged { .. } => "AL-3021",
            Self::ValueTooLarge { .. } | Self::KeyTooLarge { .. } => "AL-3022",
            Self::Value { .. } => "AL-3023",
            Self::Backwards { .. } => "AL-3024",
        }
    }

    /// The remedy, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Io { .. } | Self::Unusable { .. } => {
                "Look at the owner, mode and free space of the path; the index directory may be deleted while the daemon is down."
            }
            Self::Damaged { .. } => {
                "Start the daemon again: it rebuilds the index from the journal."
            }
            Self::ValueTooLarge { .. } | Self::KeyTooLarge { .. } => {
                "Keep long content in the blob store and index its id."
            }
            Self::Value { .. } => {
                "Run the daemon's `store repair --rebuild-index`; if it comes again, report it."
            }
            Self::Backwards { .. } => "Report it: two folds write to one index.",
        };
        Some(help.to_owned())
    }
}
