//! What can go wrong between a repository and the catalogue.

use std::{io, path::PathBuf, time::Duration};

use allot_git::GitError;
use allot_ledger::RecipeName;
use allot_proto::ErrorKind;
use reqwest::StatusCode;

use crate::app::HubError;

/// Why. No error shows a password, a token or the secret of a webhook.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The configuration cannot work.
    #[error("`[catalogue]` in hub.toml cannot work: {why}")]
    Config {
        /// What is wrong.
        why: String,
    },
    /// A secret's file cannot be read.
    #[error("the secret in {} cannot be read", path.display())]
    Secret {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The client for forges cannot be made.
    #[error("forges cannot be asked")]
    Client(#[source] reqwest::Error),
    /// A forge does not answer.
    #[error("{forge} does not answer")]
    Unreachable {
        /// Which.
        forge: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// A forge is busy, or in trouble.
    #[error("{forge} answered {status}{}", after.map(|a| format!(", and wants to be left alone for {} s", a.as_secs())).unwrap_or_default())]
    Later {
        /// Which.
        forge: String,
        /// What it said.
        status: StatusCode,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// A forge says no.
    #[error("{forge} answered {status}")]
    Refused {
        /// Which.
        forge: String,
        /// What it said.
        status: StatusCode,
    },
    /// A forge sends elsewhere.
    #[error("{forge} sends elsewhere: {what}")]
    Elsewhere {
        /// Which.
        forge: String,
        /// How.
        what: String,
    },
    /// A forge says something that is no list of repositories.
    #[error("{forge} answered with no list of repositories: {why}")]
    NoList {
        /// Which.
        forge: String,
        /// What came.
        why: String,
    },
    /// A forge says more than anybody would.
    #[error("{forge} answered with too much: {what}")]
    TooMuch {
        /// Which.
        forge: String,
        /// How much.
        what: String,
    },
    /// A repository cannot be had.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A repository that is no recipe.
    #[error("{url} is no recipe: {why}")]
    NoRecipe {
        /// Which.
        url: String,
        /// Why.
        why: String,
    },
    /// A version cannot be catalogued.
    #[error(transparent)]
    Document(#[from] Box<allot_recipe::catalogue::CatalogueError>),
    /// The entry was not written.
    #[error(transparent)]
    Hub(#[from] Box<HubError>),
    /// No source has this recipe.
    #[error("no source has a recipe `{recipe}`")]
    NoSuchRecipe {
        /// Which.
        recipe: RecipeName,
    },
    /// There are no sources.
    #[error("this hub has no sources of recipes")]
    Off,
    /// A webhook that the forge did not sign.
    #[error("a webhook's signature is wrong")]
    Signature,
}

impl From<HubError> for CatalogueError {
    fn from(error: HubError) -> Self {
        Self::Hub(Box::new(error))
    }
}

impl CatalogueError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "AL-9201",
            Self::Secret { .. } => "AL-9202",
            Self::Client(_) | Self::Unreachable { .. } => "AL-9203",
            Self::Later { .. } => "AL-9204",
            Self::Refused { .. } => "AL-9205",
            Self::Elsewhere { .. } => "AL-9206",
            Self::NoList { .. } => "AL-9207",
            Self::TooMuch { .. } => "AL-9208",
            Self::Git(e) => e.code(),
            Self::NoRecipe { .. } => "AL-9209",
            Self::Document(e) => e.code(),
            Self::Hub(e) => e.code(),
            Self::NoSuchRecipe { .. } => "AL-9210",
            Self::Off => "AL-9211",
            Self::Signature => "AL-9212",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Config { .. } => "mend it in hub.toml, and start the hub again",
            Self::Secret { .. } => "see that the hub may read the file, and that it has one line",
            Self::Client(_) | Self::Unreachable { .. } => {
                "check the forge's address and the network; the hub asks again by itself"
            }
            Self::Later { .. } => {
                "the hub asks again by itself; a larger `poll` or a `token_file` helps where this is often so"
            }
            Self::Refused { .. } => {
                "check the forge's address, the organisation's name and the token"
            }
            Self::Elsewhere { .. } => {
                "write the address that the forge has now into hub.toml, if it is the right one"
            }
            Self::NoList { .. } => {
                "check that the address is a Gitea or Forgejo forge, and not a page in front of it"
            }
            Self::TooMuch { .. } => {
                "check the address and the organisation, or name its recipes with `include`"
            }
            Self::Git(e) => return e.help(),
            Self::NoRecipe { .. } => {
                "nothing, if it is none; put its name into `exclude` to hear no more of it"
            }
            Self::Document(e) => return e.help(),
            Self::Hub(e) => return e.help(),
            Self::NoSuchRecipe { .. } => "see `allot-hub catalogue status`",
            Self::Off => {
                "name forges or repositories in `[catalogue]` of hub.toml, and start the hub again"
            }
            Self::Signature => {
                "write the secret of the forge's webhook into the file that hub.toml names"
            }
        };
        Some(text.to_owned())
    }

    /// How a caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchRecipe { .. } => ErrorKind::NotFound,
            Self::Off => ErrorKind::Precondition,
            Self::Hub(e) => e.kind(),
            _ => ErrorKind::Internal,
        }
    }

    /// How long the source wants to be left alone.
    pub(super) fn after(&self) -> Option<Duration> {
        match self {
            Self::Later { after, .. } => *after,
            _ => None,
        }
    }

    /// The error and its causes in one line.
    pub(super) fn told(&self) -> String {
        allot_daemon::in_one_line(self)
    }
}
