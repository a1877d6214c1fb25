//! Why a Markdown file is not taken.

use crate::limits::{MAX_IMPORTED_NUMBER, MAX_LINE, MAX_MARKDOWN, MAX_ROWS};

/// Why a file is not read as what it should be. Whoever reports it says which file it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadMarkdown {
    /// Larger than anything people wrote.
    #[error("the file has {bytes} bytes, {limit} is the most", limit = MAX_MARKDOWN)]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// Not UTF-8, or with a byte that no text has.
    #[error("the file is not UTF-8 text: byte {at} is {what}")]
    NotText {
        /// Index of the byte.
        at: usize,
        /// What it is.
        what: &'static str,
    },
    /// A page of a web site, saved.
    #[error("the file is HTML, not Markdown")]
    Html,
    /// Neither the file's name nor its title has one, or one that cannot be.
    #[error("no number: {why}")]
    NoNumber {
        /// Why.
        why: String,
    },
    /// Its name, its title and its heading contradict each other.
    #[error("two numbers: by its name and its titles it is resolution {one}, and {other}")]
    TwoNumbers {
        /// One.
        one: u32,
        /// And another one.
        other: u32,
    },
    /// Nothing says what it is about.
    #[error("no topic: {why}")]
    NoTopic {
        /// Why.
        why: &'static str,
    },
    /// The folder does not say how it stands.
    #[error("the folder `{folder}` does not say how the resolution stands")]
    NoState {
        /// Which folder.
        folder: String,
    },
    /// No table with rows of 3 to 5 columns.
    #[error("there is no table of members: no row has 3 to 5 columns")]
    NoTable,
    /// More members than there can be.
    #[error("the table has more than {limit} rows", limit = MAX_ROWS)]
    TooManyRows,
}

impl BadMarkdown {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "AL-8501",
            Self::NotText { .. } => "AL-8502",
            Self::Html => "AL-8503",
            Self::NoNumber { .. } => "AL-8504",
            Self::TwoNumbers { .. } => "AL-8505",
            Self::NoTopic { .. } => "AL-8506",
            Self::NoState { .. } => "AL-8507",
            Self::NoTable => "AL-8508",
            Self::TooManyRows => "AL-8509",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::TooLarge { .. } => "look what it is: no resolution is that long",
            Self::NotText { .. } => "save it again as UTF-8",
            Self::Html => "take the file from the repository, not from the web site",
            Self::NoNumber { .. } => {
                return Some(format!(
                    "name it after its number, 1 to {MAX_IMPORTED_NUMBER}, such as `036.md`"
                ));
            }
            Self::TwoNumbers { .. } => "mend the one that is wrong",
            Self::NoTopic { .. } => {
                return Some(format!(
                    "write a line `- Topic: …` of at most {MAX_LINE} characters"
                ));
            }
            Self::NoState { .. } => {
                "put it into `drafts`, `proposed`, `in-progress`, `passed` or `stalled`"
            }
            Self::NoTable => "the table is the one of `docs/federation/membership.md`",
            Self::TooManyRows => "look what it is: no federation is that large",
        };
        Some(text.to_owned())
    }
}
