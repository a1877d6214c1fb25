//! Why there is no signing key.

use std::path::PathBuf;

use allot_ledger::{BadKey, BadSlug, Slug};

use crate::federation::home::FileError;

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file has something else in it.
    #[error("{} is no collective's signing key", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What of it.
        #[source]
        source: BadKey,
    },
    /// The two halves in the file are of different keys.
    #[error("in {} the secret does not belong to the public key", path.display())]
    Mixed {
        /// Which.
        path: PathBuf,
    },
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] BadSlug),
    /// There is one already.
    #[error("there is a signing key of {collective} already, in {}", path.display())]
    Exists {
        /// Whose.
        collective: Slug,
        /// Where.
        path: PathBuf,
    },
    /// It is another collective's.
    #[error("{} is the key of {theirs}, not of {ours}", path.display())]
    OtherCollective {
        /// Which file.
        path: PathBuf,
        /// Whose key.
        theirs: Slug,
        /// Whose was expected.
        ours: Slug,
    },
    /// There is none.
    #[error("this agent has no signing key of its collective")]
    Missing,
    /// The one that is there was replaced.
    #[error("the key in {} is not the one that counts for {collective}: {counts} is", path.display())]
    Replaced {
        /// Whose.
        collective: Slug,
        /// Which file.
        path: PathBuf,
        /// The verifier key that counts.
        counts: String,
    },
}

impl KeyError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(e) => e.code(),
            Self::Name(e) => e.code(),
            Self::Malformed { .. } | Self::Mixed { .. } | Self::OtherCollective { .. } => "AL-8819",
            Self::Exists { .. } => "AL-8822",
            Self::Missing => "AL-8808",
            Self::Replaced { .. } => "AL-8809",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::File(e) => return e.help(),
            Self::Name(e) => return e.help(),
            Self::Malformed { .. } | Self::Mixed { .. } => {
                "copy the file whole from the agent that has it"
            }
            Self::OtherCollective { .. } => "take the file of the right collective",
            Self::Exists { .. } => {
                "a collective has one key: `allot federation rotate-key` replaces it; if it was stolen and replaced by \
                 somebody else, make one for a resolution: `allot-agent key create --replacement`"
            }
            Self::Missing => {
                "copy the file from the collective's other agent and import it: `allot-agent key import FILE`; where it is lost everywhere, make another (`allot-agent key create`), which members give you by a resolution"
            }
            Self::Replaced { path, .. } => {
                return Some(format!(
                    "copy {} from the agent where the key was replaced, and import it here: \
                     `allot-agent key import FILE`; if none of you replaced it, it was stolen: see docs/errors/AL-8809.md",
                    path.display()
                ));
            }
        };
        Some(text.to_owned())
    }
}
