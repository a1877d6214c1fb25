//! Looking where a clone stands, and what a release still needs.

use allot_recipe::RecipeVersion;

use super::notes::{self, NEXT};
use super::{ReleaseError, ReleaseOptions, Step, message};
use crate::checkout::{Change, Checkout, Head, Tag};
use crate::upgrade::PINS;
use crate::version::{Bump, SyncPlan, VersionError, Versioned, Wanted, newest, next};

/// What a release would do, as a value.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ReleasePlan {
    /// The recipe.
    pub recipe: String,
    /// The version.
    pub version: RecipeVersion,
    /// The newest version before it.
    pub previous: Option<RecipeVersion>,
    /// What is still to do, in order; nothing when it is all done.
    pub steps: Vec<Step>,
    /// The notes as operators will read them.
    pub notes: Option<String>,
    /// Whether it is to be pushed.
    pub publish: bool,
    #[serde(skip)]
    pub(super) head: String,
    #[serde(skip)]
    pub(super) label: Option<SyncPlan>,
    #[serde(skip)]
    pub(super) text: Option<Vec<u8>>,
}

/// Finds out what is still to do for a release.
///
/// # Errors
/// The clone is in no state to be released, or the version is no next one. Nothing was changed.
pub fn plan(checkout: &Checkout, options: &ReleaseOptions) -> Result<ReleasePlan, ReleaseError> {
    let head = checkout.head()?;
    let commit = head.commit.clone().ok_or(ReleaseError::Nowhere {
        why: "the clone has no commit yet".to_owned(),
        help: "commit the recipe first",
    })?;
    let (tags, changes) = (checkout.tags()?, checkout.changes()?);
    let versioned = Versioned::read(&checkout.work_tree()?)?;
    let clean = changes.is_empty();
    let newest = newest(&tags);
    let version = version(&versioned, &tags, newest, clean.then_some(&commit), options)?;
    let tagged = tags.iter().find(|tag| tag.version == version);
    let previous = tags
        .iter()
        .rev()
        .map(|tag| &tag.version)
        .find(|v| **v < version && !v.is_prerelease());
    let mut plan = ReleasePlan {
        recipe: checkout.name(),
        previous: previous.cloned(),
        steps: Vec::new(),
        notes: None,
        publish: options.publish,
        head: commit,
        label: None,
        text: None,
        version,
    };
    match tagged {
        Some(tag) => plan.is_tagged(tag, clean)?,
        None => plan.plan_tag(checkout, &versioned, &changes, options)?,
    }
    if options.publish {
        plan.plan_push(checkout, &head, tagged.is_some())?;
    }
    Ok(plan)
}

/// The version that is wanted. `clean_at` is the commit of a clone in which nothing was changed.
fn version(
    versioned: &Versioned,
    tags: &[Tag],
    newest: Option<&Tag>,
    clean_at: Option<&String>,
    options: &ReleaseOptions,
) -> Result<RecipeVersion, ReleaseError> {
    let upstream = versioned.upstream.as_deref();
    let after = newest.map(|tag| &tag.version);
    let is_tagged = |version: &RecipeVersion| tags.iter().any(|tag| tag.version == *version);
    let at_newest = newest.filter(|tag| clean_at == Some(&tag.commit));
    match (&options.wanted, versioned.version()) {
        (Some(Wanted::Exactly(version)), _) if is_tagged(version) => Ok(version.clone()),
        // Typed again after a push that failed, a step would make one version more.
        (Some(Wanted::Step(_)), _) if let Some(tag) = at_newest => Err(ReleaseError::NothingNew {
            version: tag.version.to_string(),
        }),
        (Some(wanted), _) => Ok(next(after, upstream, wanted)?),
        (None, None) if versioned.labels.is_empty() => Err(VersionError::NoLabel {
            version: label_to_write(after, upstream),
        }
        .into()),
        (None, None) => Err(VersionError::NoBump {
            newest: after.map(ToString::to_string),
        }
        .into()),
        (None, Some(said)) if at_newest.is_some_and(|tag| tag.version == said) => Ok(said),
        (None, Some(said)) if is_tagged(&said) => Err(ReleaseError::Tagged {
            version: said.to_string(),
        }),
        (None, Some(said)) => Ok(next(after, upstream, &Wanted::Exactly(said))?),
    }
}

/// What a label could say that nobody has written yet.
fn label_to_write(after: Option<&RecipeVersion>, upstream: Option<&str>) -> String {
    let patch = Wanted::Step(Bump::Patch);
    let next = after.and_then(|_| next(after, upstream, &patch).ok());
    next.map_or_else(
        || format!("0.1.0+{}", upstream.unwrap_or("UPSTREAM")),
        |version| version.to_string(),
    )
}

impl ReleasePlan {
    /// The tag is there: it has to be where we are, and as a release has it.
    fn is_tagged(&self, tag: &Tag, clean: bool) -> Result<(), ReleaseError> {
        if tag.commit != self.head || !clean {
            return Err(ReleaseError::TagElsewhere {
                version: self.version.to_string(),
                whose: "of this clone".to_owned(),
                commit: tag.commit.clone(),
            });
        }
        match tag.annotated {
            true => Ok(()),
            false => Err(ReleaseError::Lightweight {
                version: self.version.to_string(),
            }),
        }
    }

    /// The steps up to the tag.
    fn plan_tag(
        &mut self,
        checkout: &Checkout,
        versioned: &Versioned,
        changes: &[Change],
        options: &ReleaseOptions,
    ) -> Result<(), ReleaseError> {
        let tree = checkout.work_tree()?;
        let mut files = self.own_changes(versioned, changes)?;
        let label = versioned.sync(&self.version)?;
        let notes = notes::find(&tree, &self.version, self.previous.as_ref(), options)?;
        self.notes = notes
            .text
            .as_ref()
            .map(|text| String::from_utf8_lossy(text).into_owned());
        if !label.labels.is_empty() {
            let paths = label.paths();
            files.extend(paths.clone());
            self.steps.push(Step::Label { files: paths });
            self.label = Some(label);
        }
        if notes.text.is_some() && notes.from.as_ref() != Some(&notes.to) {
            files.push(notes.to.clone());
            files.extend(notes.from.clone());
            self.steps.push(Step::Notes {
                from: notes.from,
                to: notes.to,
            });
            self.text = notes.text;
        }
        files.sort();
        files.dedup();
        let message = message(&self.version);
        if !files.is_empty() {
            self.steps.push(Step::Commit {
                files,
                message: message.clone(),
            });
        }
        self.steps.push(Step::Tag {
            name: self.version.to_string(),
            message,
        });
        Ok(())
    }

    /// The changed files that belong to a release: what `upgrade` and `sync` write, and notes. Anything else has to be
    /// committed before, under a message of its own.
    fn own_changes(
        &self,
        versioned: &Versioned,
        changes: &[Change],
    ) -> Result<Vec<String>, ReleaseError> {
        let notes = notes::path(&self.version);
        let is_own = |change: &&Change| {
            let written = versioned.files().any(|name| name == change.path) || change.path == PINS;
            let noted = change.path == notes || change.path == NEXT;
            noted || (written && !change.untracked)
        };
        let (own, other): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(is_own);
        if !other.is_empty() {
            return Err(ReleaseError::Unclean {
                paths: other
                    .into_iter()
                    .map(|change| change.path.clone())
                    .collect(),
            });
        }
        // What gathers for the next release may stay behind when this one has notes of its own. Where it is gone, a release
        // that stopped has moved it.
        let wanted = own
            .into_iter()
            .filter(|change| change.path != NEXT || change.gone);
        Ok(wanted.map(|change| change.path.clone()).collect())
    }

    /// The push, unless the remote has it.
    fn plan_push(
        &mut self,
        checkout: &Checkout,
        head: &Head,
        tagged: bool,
    ) -> Result<(), ReleaseError> {
        let nowhere = |why: &str, help| ReleaseError::Nowhere {
            why: why.to_owned(),
            help,
        };
        let branch = head.branch.clone().ok_or_else(|| {
            nowhere(
                "no branch is checked out, so there is none to push",
                "check one out, for example `git switch main`",
            )
        })?;
        let remote = checkout.remote().ok_or_else(|| {
            nowhere(
                "the clone has no remote to push to",
                "add one with `git remote add origin URL`",
            )
        })?;
        let name = self.version.to_string();
        match checkout.remote_tag(&remote, &name)? {
            Some(commit) if tagged && commit == self.head => return Ok(()),
            Some(commit) => {
                return Err(ReleaseError::TagElsewhere {
                    version: self.version.to_string(),
                    whose: format!("at {remote}"),
                    commit,
                });
            }
            None => {}
        }
        self.steps.push(Step::Push {
            url: checkout.shown_url(&remote).unwrap_or_default(),
            remote,
            branch,
            tag: name,
        });
        Ok(())
    }
}
