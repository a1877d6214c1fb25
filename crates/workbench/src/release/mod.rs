//! `recipe release`: a version with its notes, as a commit and an annotated tag, and pushed when that is wanted.
//!
//! [`plan`] looks where the clone stands and lists the [`Step`]s that are still to do; [`apply`] does them in order. A step
//! that is done is not planned again, so a release that stopped halfway goes on where it stopped: whoever types the
//! command again gets the rest.
//!
//! What comes back, [`Released`], is what a proposal to the federation says: recipe, version, commit, tree, note.

mod apply;
mod error;
mod notes;
mod plan;

use allot_recipe::RecipeVersion;

use crate::version::Wanted;

pub use apply::{Progress, Released, apply};
pub use error::ReleaseError;
pub use notes::NEXT;
pub use plan::{ReleasePlan, plan};

/// What somebody wants released.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// The version, or how far it is; what the label says when neither is said.
    pub wanted: Option<Wanted>,
    /// The notes; else `release/next` is taken.
    pub notes: Option<String>,
    /// Whether it may go without any.
    pub no_notes: bool,
    /// Whether to push it.
    pub publish: bool,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Write the version into its labels.
    Label {
        /// The files.
        files: Vec<String>,
    },
    /// Put the notes where operators will find them.
    Notes {
        /// Where they are now, when they are in the clone.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Where they go.
        to: String,
    },
    /// Commit these files, and no others.
    Commit {
        /// The files.
        files: Vec<String>,
        /// The message.
        message: String,
    },
    /// Make the annotated tag.
    Tag {
        /// Its name, which is the version.
        name: String,
        /// Its message.
        message: String,
    },
    /// Push branch and tag, both or neither.
    Push {
        /// The remote.
        remote: String,
        /// Where that is.
        url: String,
        /// The branch.
        branch: String,
        /// The tag.
        tag: String,
    },
}

/// What abra writes too, so that one can search for it in any recipe's history.
fn message(version: &RecipeVersion) -> String {
    format!("chore: publish {version} release")
}
