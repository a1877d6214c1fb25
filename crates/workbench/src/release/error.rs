//! Why a release cannot be made, or stopped halfway.

use allot_recipe::tree::TreeError;

use crate::checkout::GitError;
use crate::version::VersionError;

/// What stands between a clone and its release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The clone cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The version cannot be found or written.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Files are changed that a release does not commit by itself.
    #[error("{} changed and not committed: {}", if paths.len() == 1 { "a file is" } else { "files are" }, paths.join(", "))]
    Unclean {
        /// The files.
        paths: Vec<String>,
    },
    /// There is nothing that is not released.
    #[error("nothing was committed since {version} was tagged")]
    NothingNew {
        /// The newest version.
        version: String,
    },
    /// The label says a version that is out.
    #[error("the label says {version}, which is tagged already")]
    Tagged {
        /// What it says.
        version: String,
    },
    /// Nobody has written what operators must know.
    #[error("there are no notes for {version}")]
    NoNotes {
        /// The version.
        version: String,
        /// Whether operators will have to do something, so that it cannot go without.
        major: bool,
    },
    /// The tag is somewhere else.
    #[error("the tag {version} {whose} is at {commit}, not at the commit that would be released")]
    TagElsewhere {
        /// The version.
        version: String,
        /// `of this clone`, or of a remote.
        whose: String,
        /// Where it is.
        commit: String,
    },
    /// The tag is not annotated.
    #[error("the tag {version} of this clone is not annotated")]
    Lightweight {
        /// The version.
        version: String,
    },
    /// There is no branch, remote or commit to work with.
    #[error("{why}")]
    Nowhere {
        /// Why not.
        why: String,
        /// What to do.
        help: &'static str,
    },
    /// The linter says no.
    #[error("the linter found {errors} that operators would run into")]
    Lint {
        /// `1 error`, `2 errors`.
        errors: String,
    },
    /// A step failed; those before it are done.
    #[error("the release of {version} stopped: could not {failed}{}", if done.is_empty() { "; nothing was done".to_owned() } else { format!("; done is: {}", done.join(", ")) })]
    Halfway {
        /// The version.
        version: String,
        /// What is done.
        done: Vec<String>,
        /// What could not be done.
        failed: String,
        /// Whether it was to be pushed.
        publish: bool,
        /// Why.
        #[source]
        source: Box<ReleaseError>,
    },
}

impl ReleaseError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Git(error) => error.code(),
            Self::Version(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Unclean { .. } => "AL-9450",
            Self::NothingNew { .. } | Self::Tagged { .. } => "AL-9451",
            Self::NoNotes { .. } => "AL-9452",
            Self::TagElsewhere { .. } | Self::Lightweight { .. } => "AL-9453",
            Self::Halfway { .. } => "AL-9454",
            Self::Lint { .. } => "AL-9455",
            Self::Nowhere { .. } => "AL-9456",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Git(error) => return error.help(),
            Self::Version(error) => return error.help(),
            Self::Tree(error) => return error.help(),
            Self::Unclean { .. } => "commit them or take them away; a release commits compose files, `versions` and notes by itself, and nothing else".to_owned(),
            Self::NothingNew { version } => format!("push it with `allot recipe release {version} --publish`, or commit something first"),
            Self::Tagged { .. } => "say how far the next one is with --major, --minor or --patch".to_owned(),
            Self::NoNotes { major: true, .. } => format!("write what operators have to do into {}, or name a file with --notes", super::NEXT),
            Self::NoNotes { .. } => format!("write them into {}, name a file with --notes, or say --no-notes", super::NEXT),
            Self::TagElsewhere { .. } => "a published tag never moves; release the next version instead".to_owned(),
            Self::Lightweight { version } => format!("when nobody has it yet, take it away with `git tag -d {version}` and try again"),
            Self::Nowhere { help, .. } => (*help).to_owned(),
            Self::Lint { .. } => "see them with `allot recipe lint`; --no-lint releases all the same".to_owned(),
            Self::Halfway { version, publish, .. } => {
                let publish = if *publish { " --publish" } else { "" };
                format!("mend what the cause says, then run `allot recipe release {version}{publish}`: it goes on from there")
            }
        })
    }
}
