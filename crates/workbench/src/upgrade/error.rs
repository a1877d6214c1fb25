//! Why an upgrade cannot be planned or written.

use allot_recipe::tree::TreeError;

use crate::compose::ComposeError;

/// What stops an upgrade.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The recipe's compose files cannot be read.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A line of `versions` is none.
    #[error("versions:{line}: {why}")]
    Pins {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The recipe has no such service with an image.
    #[error("the recipe has no service `{service}` with an image")]
    NoService {
        /// What was asked for.
        service: String,
        /// The services that there are.
        services: Vec<String>,
    },
    /// The image has no such tag.
    #[error("{image} has no tag `{tag}`")]
    NoTag {
        /// The image.
        image: String,
        /// What was asked for.
        tag: String,
        /// Newer tags that there are.
        newer: Vec<String>,
    },
    /// A file was changed since the plan was made.
    #[error("{file} was changed since the plan was made; nothing was written to it")]
    Changed {
        /// The file.
        file: String,
    },
    /// After the edit the file would not say what was planned. A fault of this program, or a file that nobody expected.
    #[error("{file} would not say what was planned; nothing was written to it")]
    Unsound {
        /// The file.
        file: String,
    },
}

impl UpgradeError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Compose(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Pins { .. } => "AL-9430",
            Self::NoService { .. } => "AL-9431",
            Self::NoTag { .. } => "AL-9432",
            Self::Changed { .. } => "AL-9433",
            Self::Unsound { .. } => "AL-9411",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Compose(error) => return error.help(),
            Self::Tree(error) => return error.help(),
            Self::Pins { .. } => {
                "write a pin as `pin SERVICE IMAGE:TAG`, for example `pin db postgres:16`"
                    .to_owned()
            }
            Self::NoService { services, .. } => format!("it has {}", services.join(", ")),
            Self::NoTag { newer, .. } if newer.is_empty() => {
                "look at all tags with --all-tags".to_owned()
            }
            Self::NoTag { newer, .. } => {
                format!("newer ones of the same kind are {}", newer.join(", "))
            }
            Self::Changed { .. } => "plan again".to_owned(),
            Self::Unsound { file } => format!("edit {file} by hand, and report this"),
        })
    }
}
