//! What can go wrong between a recipe's URL and its files.

use std::path::PathBuf;

/// Why a recipe could not be had from git. URLs are shown without user and password.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The repository did not answer, or not fast enough.
    #[error("{url} did not answer within {seconds} s")]
    Timeout {
        /// The repository.
        url: String,
        /// How long it was waited for.
        seconds: f64,
    },
    /// The repository could not be reached, or refused to speak git.
    #[error("{url} could not be fetched")]
    Unreachable {
        /// The repository.
        url: String,
        /// What the transport said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository wants to know who is asking.
    #[error("{url} wants credentials, or there is no such repository")]
    Credentials {
        /// The repository.
        url: String,
    },
    /// There is no mirror and no network may be used.
    #[error("{url} was never fetched, and offline nothing can be")]
    Offline {
        /// The repository.
        url: String,
    },
    /// The repository's host sends to another one, or round and round.
    #[error("{url} sends elsewhere: to {to}")]
    Elsewhere {
        /// The repository.
        url: String,
        /// Where to.
        to: String,
    },
    /// The wanted version is not tagged.
    #[error("{url} has no version {wanted}{}", nearest_text(nearest))]
    NoSuchVersion {
        /// The repository.
        url: String,
        /// What was wanted.
        wanted: String,
        /// The versions around it, ascending.
        nearest: Vec<String>,
    },
    /// The wanted commit is not in the repository.
    #[error("{url} has no commit {wanted}: {why}")]
    NoSuchCommit {
        /// The repository.
        url: String,
        /// What was wanted.
        wanted: String,
        /// What was found instead.
        why: &'static str,
    },
    /// The repository has no branch and no tag.
    #[error("{url} is an empty repository")]
    Empty {
        /// The repository.
        url: String,
    },
    /// The disk is full.
    #[error("no space is left for the mirror of {url} in {folder}")]
    DiskFull {
        /// The repository.
        url: String,
        /// Where the mirrors are.
        folder: PathBuf,
    },
    /// The mirror on disk is damaged and could not be made anew.
    #[error("the mirror of {url} in {folder} is damaged")]
    Damaged {
        /// The repository.
        url: String,
        /// The mirror.
        folder: PathBuf,
        /// What was found.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The URL is of no kind that is fetched.
    #[error("`{url}` is not a URL that recipes are fetched from: {why}")]
    BadUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The repository is larger than any recipe.
    #[error("{url} holds more than {limit} bytes in one file or altogether, too much for a recipe")]
    TooLarge {
        /// The repository.
        url: String,
        /// The most bytes that are fetched.
        limit: u64,
    },
    /// The folder for the mirrors cannot be used.
    #[error("the mirrors' folder {folder} cannot be used")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The work was given up because whoever did it is being stopped.
    #[error("fetching {url} was cut short, for this program is being stopped")]
    Stopped {
        /// The repository.
        url: String,
    },
}

fn nearest_text(nearest: &[String]) -> String {
    match nearest {
        [] => "; it has no versions at all".to_owned(),
        some => format!("; the nearest are {}", some.join(", ")),
    }
}

impl GitError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout { .. } => "AL-1501",
            Self::Unreachable { .. } => "AL-1502",
            Self::Credentials { .. } => "AL-1503",
            Self::Offline { .. } => "AL-1504",
            Self::NoSuchVersion { .. } => "AL-1505",
            Self::NoSuchCommit { .. } => "AL-1506",
            Self::Empty { .. } => "AL-1507",
            Self::DiskFull { .. } => "AL-1508",
            Self::Damaged { .. } => "AL-1509",
            Self::BadUrl { .. } => "AL-1510",
            Self::TooLarge { .. } => "AL-1511",
            Self::Folder { .. } => "AL-1512",
            Self::Stopped { .. } => "AL-1513",
            Self::Elsewhere { .. } => "AL-1514",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Timeout { .. } => "try again, or work with what was fetched before by `--offline`".to_owned(),
            Self::Unreachable { .. } => "check the URL and the network, or use `--offline`".to_owned(),
            Self::Credentials { .. } => "check the URL; for a private repository use an ssh URL and a key that the user has who runs this".to_owned(),
            Self::Offline { .. } => "run it once without `--offline`".to_owned(),
            Self::NoSuchVersion { nearest, .. } if nearest.is_empty() => "name a commit instead of a version".to_owned(),
            Self::NoSuchVersion { .. } => "name one of the versions that `allot recipe versions` lists".to_owned(),
            Self::NoSuchCommit { .. } => "give more digits of the commit, and check that it was pushed".to_owned(),
            Self::Empty { .. } => "push a commit to it".to_owned(),
            Self::DiskFull { folder, .. } => format!("make room on the disk of {}", folder.display()),
            Self::Damaged { .. } => "fetch it again while the repository can be reached; the mirror is made anew then".to_owned(),
            Self::BadUrl { .. } => "use a https, http, git, ssh or file URL, or the path of a repository".to_owned(),
            Self::TooLarge { .. } => "check the URL: a recipe is a small repository".to_owned(),
            Self::Folder { folder, .. } => format!("give the user who runs this the right to write to {}", folder.display()),
            Self::Stopped { .. } => "start it again, and try again".to_owned(),
            Self::Elsewhere { .. } => "use the address that it has now, if that is the right one".to_owned(),
        })
    }
}
