//! Doing what a release still needs.

use allot_recipe::RecipeVersion;

use super::notes::NEXT;
use super::{ReleaseError, ReleasePlan, Step};
use crate::checkout::{Checkout, GitError};

/// Who is told of each step: before it, and when it is done.
pub type Progress<'a> = &'a mut dyn FnMut(&Step, bool);

/// A version that is out, or at least tagged: what a proposal to the federation says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Released {
    /// The recipe.
    pub recipe: String,
    /// The version.
    pub version: RecipeVersion,
    /// The newest version before it.
    pub previous: Option<RecipeVersion>,
    /// The commit that is tagged.
    pub commit: String,
    /// Its tree.
    pub tree: String,
    /// The notes.
    pub notes: Option<String>,
    /// Whether it is at the remote.
    pub pushed: bool,
}

/// Does the steps of a plan, in order.
///
/// # Errors
/// `AL-9454` when one fails: what is done stays, and planning again finds the rest.
pub fn apply(
    checkout: &Checkout,
    plan: &ReleasePlan,
    progress: Progress<'_>,
) -> Result<Released, ReleaseError> {
    let mut done = Vec::new();
    for step in &plan.steps {
        progress(step, false);
        if let Err(source) = take(checkout, plan, step, done.is_empty()) {
            return Err(ReleaseError::Halfway {
                version: plan.version.to_string(),
                done,
                failed: step.to_do(),
                publish: plan.publish,
                source: Box::new(source),
            });
        }
        progress(step, true);
        done.push(step.done());
    }
    let commit = checkout.version(plan.version.as_str())?.commit;
    Ok(Released {
        recipe: plan.recipe.clone(),
        version: plan.version.clone(),
        previous: plan.previous.clone(),
        tree: checkout.tree_of(&commit)?,
        commit,
        notes: plan.notes.clone(),
        pushed: plan.publish,
    })
}

fn take(
    checkout: &Checkout,
    plan: &ReleasePlan,
    step: &Step,
    first: bool,
) -> Result<(), ReleaseError> {
    if first && checkout.head()?.commit.as_ref() != Some(&plan.head) {
        return Err(ReleaseError::Nowhere {
            why: "another commit was checked out since the plan was made".to_owned(),
            help: "plan again",
        });
    }
    match step {
        Step::Label { .. } => {
            if let Some(label) = &plan.label {
                label.apply(&checkout.work_tree()?)?;
            }
        }
        Step::Notes { from, to } => {
            checkout.write(to, plan.text.as_deref().unwrap_or_default())?;
            if from.as_deref() == Some(NEXT) {
                let path = checkout.root().join(NEXT);
                std::fs::remove_file(&path).map_err(|source| GitError::File { path, source })?;
            }
        }
        Step::Commit { files, message } => checkout.commit(files, message)?,
        Step::Tag { name, message } => checkout.tag(name, message)?,
        Step::Push {
            remote,
            branch,
            tag,
            ..
        } => checkout.push(remote, branch, tag)?,
    }
    Ok(())
}

impl Step {
    /// What it is, to be done.
    #[must_use]
    pub fn to_do(&self) -> String {
        match self {
            Self::Label { files } => format!("write the version into {}", files.join(", ")),
            Self::Notes {
                from: Some(from),
                to,
            } => format!("move the notes from {from} to {to}"),
            Self::Notes { from: None, to } => format!("write the notes to {to}"),
            Self::Commit { files, .. } => format!("commit {}", files.join(", ")),
            Self::Tag { name, .. } => format!("make the tag {name}"),
            Self::Push {
                remote,
                branch,
                tag,
                ..
            } => format!("push {branch} and {tag} to {remote}"),
        }
    }

    /// What it is, once it is done.
    #[must_use]
    pub fn done(&self) -> String {
        match self {
            Self::Label { .. } => "version written".to_owned(),
            Self::Notes { to, .. } => format!("notes in {to}"),
            Self::Commit { .. } => "committed".to_owned(),
            Self::Tag { name, .. } => format!("tagged {name}"),
            Self::Push { remote, .. } => format!("pushed to {remote}"),
        }
    }
}
