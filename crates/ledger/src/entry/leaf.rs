//! What the log holds: an envelope, and when the hub took it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Envelope;
use crate::limits::MAX_LEAF_BYTES;

/// One entry of the log. Its exact bytes (JSON) are the Merkle tree's leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// When the hub took it, whole milliseconds UTC. Never earlier than the leaf before, nor than the hub's last
    /// signed clock: deadlines are held against it.
    pub time: Timestamp,
    /// What was taken.
    pub envelope: Envelope,
}

/// Why bytes are no leaf.
#[derive(Debug, thiserror::Error)]
pub enum BadLeaf {
    /// Larger than an entry bundle can hold.
    #[error("the entry has {bytes} bytes, the log takes {limit}", limit = MAX_LEAF_BYTES)]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// Not JSON of this form.
    #[error("the entry cannot be read")]
    Malformed(#[from] serde_json::Error),
}

impl BadLeaf {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "AL-8012",
            Self::Malformed(_) => "AL-8014",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::TooLarge { .. } => "say it in fewer words, or put long texts beside".to_owned(),
            Self::Malformed(_) => {
                "compare with another member's log: `allot ledger verify`".to_owned()
            }
        })
    }
}

impl Leaf {
    /// The bytes that are hashed, journaled and served.
    ///
    /// # Errors
    /// It is too large.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BadLeaf> {
        let bytes = serde_json::to_vec(self)?;
        bounded(&bytes)?;
        Ok(bytes)
    }

    /// Reads them back.
    ///
    /// # Errors
    /// They are too many, or something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadLeaf> {
        bounded(bytes)?;
        Ok(serde_json::from_slice(bytes)?)
    }
}

fn bounded(bytes: &[u8]) -> Result<(), BadLeaf> {
    if bytes.len() > MAX_LEAF_BYTES {
        let bytes = bytes.len();
        return Err(BadLeaf::TooLarge { bytes });
    }
    Ok(())
}
