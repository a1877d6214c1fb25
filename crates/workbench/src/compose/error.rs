//! What is wrong with a compose file, as far as editing it goes.

use allot_recipe::{recipe::RecipeError, tree::TreeError};

/// Why a compose file cannot be read or edited.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The recipe's files cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The recipe as a whole cannot be read.
    #[error(transparent)]
    Recipe(Box<RecipeError>),
    /// It is no YAML, or not the kind of YAML that compose files are.
    #[error("{file}:{line}: {why}")]
    Yaml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Two edits want the same bytes, or bytes that are not there. A fault of this program.
    #[error("{file}: the bytes {from} to {to} cannot be replaced")]
    Overlap {
        /// The file.
        file: String,
        /// The first byte.
        from: usize,
        /// The byte after the last.
        to: usize,
    },
}

impl ComposeError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tree(error) => error.code(),
            Self::Recipe(error) => error.code(),
            Self::Yaml { .. } => "AL-9410",
            Self::Overlap { .. } => "AL-9411",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.help(),
            Self::Recipe(error) => error.help(),
            Self::Yaml { file, .. } => Some(format!(
                "correct {file}, then look with `allot recipe lint`"
            )),
            Self::Overlap { file, .. } => Some(format!("edit {file} by hand, and report this")),
        }
    }
}

impl From<RecipeError> for ComposeError {
    fn from(error: RecipeError) -> Self {
        Self::Recipe(Box::new(error))
    }
}
