//! Why the catalogue does not give what was asked for.

use allot_proto::ErrorKind;

use super::limits::NEAR;
use crate::{federation::FederationError, git::GitError};

/// Result of something in the catalogue.
pub type Result<T> = std::result::Result<T, CatalogueError>;

/// Why.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "fields are the words of the messages")]
pub enum CatalogueError {
    #[error(transparent)]
    Federation(#[from] FederationError),
    #[error("the catalogue has no recipe {recipe}")]
    NoSuchRecipe { recipe: String, near: Vec<String> },
    #[error("the catalogue has no version {version} of {recipe}")]
    NoSuchVersion {
        recipe: String,
        version: String,
        near: Vec<String>,
    },
    #[error("{recipe} {version} is not deployed here: {why}")]
    NotAccepted {
        recipe: String,
        version: String,
        why: String,
        help: String,
    },
    #[error("no version of {recipe} is deployed here: {why}")]
    NoneAccepted {
        recipe: String,
        why: String,
        help: String,
    },
    #[error("{recipe} {version} was yanked by {by}: {reason}")]
    Yanked {
        recipe: String,
        version: String,
        by: String,
        reason: String,
    },
    #[error(
        "the tag {version} of {recipe} was moved: the federation pinned commit {pinned}, and {repository} has {found}"
    )]
    TagMoved {
        recipe: String,
        version: String,
        repository: String,
        pinned: String,
        found: String,
    },
    #[error(
        "{repository} gives something else as {recipe} {version}: the federation pinned {pinned}, and it has {found}"
    )]
    OtherContent {
        recipe: String,
        version: String,
        repository: String,
        pinned: String,
        found: String,
    },
    #[error("{repository} does not have commit {commit}, which is {recipe} {version}")]
    NotInMirror {
        recipe: String,
        version: String,
        repository: String,
        commit: String,
        #[source]
        source: Box<GitError>,
    },
    #[error("the catalogue cannot be written as recipes.json: {why}")]
    Export { why: String },
    #[error("a worker of the agent died: {what}")]
    Worker { what: String },
}

impl CatalogueError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Federation(e) => e.code(),
            Self::NoSuchRecipe { .. } => "AL-9301",
            Self::NoSuchVersion { .. } => "AL-9302",
            Self::NotAccepted { .. } | Self::NoneAccepted { .. } => "AL-9303",
            Self::Yanked { .. } => "AL-9304",
            Self::TagMoved { .. } => "AL-9305",
            Self::OtherContent { .. } => "AL-9306",
            Self::NotInMirror { .. } => "AL-9307",
            Self::Export { .. } | Self::Worker { .. } => "AL-9308",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Federation(e) => return e.help(),
            Self::NoSuchRecipe { near, .. } if near.is_empty() => {
                "`allot recipe list` shows what there is".to_owned()
            }
            Self::NoSuchRecipe { near, .. } => format!("near it are: {}", near.join(", ")),
            Self::NoSuchVersion { recipe, near, .. } => {
                let names = if near.is_empty() {
                    String::new()
                } else {
                    format!("there are {}; ", near.join(", "))
                };
                format!(
                    "{names}`allot recipe versions {recipe}` shows all. A tag that was made just now is there once the hub has seen it"
                )
            }
            Self::NotAccepted { help, .. } | Self::NoneAccepted { help, .. } => help.clone(),
            Self::Yanked { recipe, .. } => format!(
                "choose another version (`allot recipe versions {recipe}`); `--yanked` takes it all the same"
            ),
            Self::TagMoved { recipe, .. } => format!(
                "nothing was deployed: whoever can push to the repository has put something else under this version. Ask the \
                 recipe's stewards (`allot recipe show {recipe}`); a new version is the way to change one"
            ),
            Self::OtherContent { recipe, .. } => format!(
                "nothing was deployed: do not trust this repository, and tell the recipe's stewards (`allot recipe show {recipe}`)"
            ),
            Self::NotInMirror { recipe, .. } => format!(
                "nothing was deployed: the history was rewritten, or this is another repository. Ask the recipe's stewards \
                 (`allot recipe show {recipe}`)"
            ),
            Self::Export { .. } | Self::Worker { .. } => {
                "this is a fault of the agent: please report it with its log".to_owned()
            }
        })
    }

    /// How the caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Federation(e) => e.kind(),
            Self::NoSuchRecipe { .. } | Self::NoSuchVersion { .. } => ErrorKind::NotFound,
            // Policy and what was pinned: refused, with exit code 5.
            Self::NotAccepted { .. }
            | Self::NoneAccepted { .. }
            | Self::Yanked { .. }
            | Self::TagMoved { .. }
            | Self::OtherContent { .. }
            | Self::NotInMirror { .. } => ErrorKind::Denied,
            Self::Export { .. } | Self::Worker { .. } => ErrorKind::Internal,
        }
    }
}

/// Those of some names that are nearest to one.
pub(super) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let start = |name: &str| {
        let same = name.chars().zip(wanted.chars()).take_while(|(a, b)| a == b);
        same.count()
    };
    let fits = |name: &&str| start(name) >= 2 || name.contains(wanted) || wanted.contains(name);
    let mut fitting: Vec<&str> = names.filter(fits).collect();
    fitting.sort_by_key(|name| std::cmp::Reverse(start(name)));
    fitting.truncate(NEAR);
    fitting.into_iter().map(str::to_owned).collect()
}
