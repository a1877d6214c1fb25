//! What can go wrong with a clone.

use std::path::PathBuf;

/// Why a clone cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The folder is no clone of a recipe.
    #[error("{} is not a recipe's clone: {why}", folder.display())]
    NotAClone {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        why: String,
    },
    /// There is no `git`.
    #[error("git cannot be run")]
    NoGit(#[source] std::io::Error),
    /// `git` ended with an error.
    #[error("git could not {what}: {said}")]
    Failed {
        /// What it was to do.
        what: &'static str,
        /// What it said, its last lines.
        said: String,
    },
    /// A file of the clone cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The repository has no such version.
    #[error("the clone has no version {wanted}")]
    NoVersion {
        /// What was asked for.
        wanted: String,
        /// Versions near it.
        near: Vec<String>,
    },
    /// There is more than any recipe has.
    #[error("the clone has more than {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much is taken.
        limit: u64,
    },
}

impl GitError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAClone { .. } => "AL-9401",
            Self::NoGit(_) | Self::Failed { .. } => "AL-9402",
            Self::File { .. } => "AL-9403",
            Self::NoVersion { .. } => "AL-9404",
            Self::TooMuch { .. } => "AL-9405",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotAClone { .. } => Some(
                "go to the recipe's clone, or name it with --dir; `allot recipe new` makes one"
                    .to_owned(),
            ),
            Self::NoGit(_) => Some("install git (Debian: apt-get install git)".to_owned()),
            Self::Failed { what: "commit" | "tag", .. } => Some(
                "tell git who you are with `git config user.name` and `git config user.email`, or look into its hooks and signing keys"
                    .to_owned(),
            ),
            Self::Failed { what: "ask the remote for its tags" | "push", .. } => Some(
                "check where it goes with `git remote -v`, and that you may push there".to_owned(),
            ),
            Self::NoVersion { near, .. } if near.is_empty() => {
                Some("fetch the versions with `git fetch --tags`".to_owned())
            }
            Self::NoVersion { near, .. } => Some(format!("near it are {}", near.join(", "))),
            Self::File { .. } => Some(
                "check that the folder is there and that you may write into it".to_owned(),
            ),
            Self::Failed { .. } => None,
            Self::TooMuch { .. } => Some("check that this is a recipe's clone".to_owned()),
        }
    }
}
