//! Errors of the blobs, AL-3030 to AL-3034.

use std::io;
use std::path::{Path, PathBuf};

use crate::limits;

/// What can go wrong with content blobs.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The operating system refused.
    #[error("cannot {doing} the blob file {}: {source}", path.display())]
    Io {
        /// A verb: "write", "read".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such blob.
    #[error("there is no blob {id}")]
    Missing {
        /// The hash that was asked for.
        id: String,
    },
    /// The file's content does not have the hash that it is named by.
    #[error("the blob {id} is damaged: the content of {} has the hash {found}", path.display())]
    Damaged {
        /// The hash that was asked for.
        id: String,
        /// The file.
        path: PathBuf,
        /// The hash of what it holds.
        found: String,
    },
    /// The content is over the bound.
    #[error("cannot keep a blob of {size} bytes: the most is {}", limits::MAX_BLOB)]
    TooLarge {
        /// Its bytes.
        size: u64,
    },
    /// The text is not a blob id.
    #[error("{text:?} is not a blob id: it has 64 lower-case hexadecimal digits")]
    Id {
        /// The text, at most its first 80 characters.
        text: String,
    },
}

impl BlobError {
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
            Self::Io { .. } => "AL-3030",
            Self::Missing { .. } => "AL-3031",
            Self::Damaged { .. } => "AL-3032",
            Self::TooLarge { .. } => "AL-3033",
            Self::Id { .. } => "AL-3034",
        }
    }

    /// The remedy, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Io { .. } => {
                "Look at the owner, mode and free space of the path, then try again."
            }
            Self::Missing { .. } => {
                "Run the daemon's `store check`; restore the blob from a backup."
            }
            Self::Damaged { .. } => {
                "Run the daemon's `store repair`, which sets the file aside, and put the content again."
            }
            Self::TooLarge { .. } => "Split the content.",
            Self::Id { .. } => "Give the id as the store printed it.",
        };
        Some(help.to_owned())
    }
}
