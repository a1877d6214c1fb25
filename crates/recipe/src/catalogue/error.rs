//! Why a catalogue document cannot be made or read.

use crate::compose::{ComposeError, SetError};
use crate::recipe::RecipeError;
use crate::tree::TreeError;

/// Why a catalogue document cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The recipe itself is broken: no app could be deployed from it.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// One of its compose files is.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A file of it cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The bytes are not the document that they should be.
    #[error("this is not {what}")]
    NotADocument {
        /// What it should be, with its article.
        what: &'static str,
        /// What the JSON parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The document is larger than one may be.
    #[error("{what} has {size} bytes; at most {limit} are taken")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// A newer program wrote it.
    #[error("{what} has format {found}; this program reads up to format {known}")]
    Newer {
        /// What it is.
        what: &'static str,
        /// The format that it says it has.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// A list in it is longer than is taken.
    #[error("{what} names {count} recipes; at most {limit} are taken")]
    TooMany {
        /// What it is.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl CatalogueError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Recipe(error) => error.code(),
            Self::Compose(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::NotADocument { .. } => "AL-9101",
            Self::TooLarge { .. } | Self::TooMany { .. } => "AL-9102",
            Self::Newer { .. } => "AL-9105",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.help(),
            Self::Compose(error) => error.help(),
            Self::Tree(error) => error.help(),
            Self::NotADocument { .. } => Some(
                "check where it comes from: it was damaged on the way, or it is something else"
                    .to_owned(),
            ),
            Self::TooLarge { .. } | Self::TooMany { .. } => Some(
                "check where it comes from: the whole catalogue of Co-op Cloud is far smaller"
                    .to_owned(),
            ),
            Self::Newer { .. } => Some("update this program".to_owned()),
        }
    }
}

impl From<SetError> for CatalogueError {
    fn from(error: SetError) -> Self {
        match error {
            SetError::Recipe(error) => Self::Recipe(error),
            SetError::Compose(error) => Self::Compose(error),
        }
    }
}
