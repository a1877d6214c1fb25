//! Texts of resolutions: held in the entry, or named by their hash.

use serde::{Deserialize, Serialize};

use crate::{
    ids::Digest,
    limits::{MAX_INLINE_JSON, MAX_INLINE_TEXT, MAX_TEXT},
};

/// A text in Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Text {
    /// The text itself, at most 32 KiB.
    Inline(String),
    /// A longer one, which travels beside the log and is checked against its hash.
    Stored {
        /// Its SHA-256.
        sha256: Digest,
        /// Its length in bytes, at most 1 MiB.
        bytes: u64,
    },
}

impl Text {
    /// The text as an entry carries it; a long one is named by its hash and must be stored beside.
    ///
    /// # Errors
    /// Its length in bytes, when it is longer than 1 MiB.
    pub fn of(text: &str) -> Result<Self, u64> {
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if bytes > MAX_TEXT {
            return Err(bytes);
        }
        if text.len() <= MAX_INLINE_TEXT && json_bytes(text) <= MAX_INLINE_JSON {
            return Ok(Self::Inline(text.to_owned()));
        }
        Ok(Self::Stored {
            sha256: Digest::of(text.as_bytes()),
            bytes,
        })
    }

    /// Whether it keeps its bounds.
    #[must_use]
    pub fn fits(&self) -> bool {
        match self {
            Self::Inline(text) => text.len() <= MAX_INLINE_TEXT,
            Self::Stored { bytes, .. } => *bytes <= MAX_TEXT,
        }
    }
}

/// A text of nothing but line ends is twice as long in JSON, and one of control characters six times.
fn json_bytes(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_an_entry_could_not_hold_is_stored_beside() {
        let inline = |text: &str| matches!(Text::of(text), Ok(Text::Inline(_)));
        assert!(inline(&"x".repeat(MAX_INLINE_TEXT)));
        assert!(!inline(&"x".repeat(MAX_INLINE_TEXT + 1)));
        assert!(!inline(&"\n".repeat(MAX_INLINE_TEXT)));
        assert_eq!(Text::of(&"x".repeat(1024 * 1024 + 1)), Err(1024 * 1024 + 1));
        let long = Text::of(&"x".repeat(1024 * 1024)).unwrap();
        assert!(long.fits() && matches!(long, Text::Stored { bytes, .. } if bytes == MAX_TEXT));
    }
}
