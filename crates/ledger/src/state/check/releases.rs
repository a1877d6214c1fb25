//! Who may release, review and yank a version (R2, R5 to R9).

use super::words::{line, malformed, reason_given, text, too_much};
use crate::{
    entry::{DocumentRef, Release, ReviewVerdict},
    ids::{ObjectId, RecipeName, Slug, Version},
    limits::{MAX_AHEAD, MAX_REASON},
    state::{Pinned, Refused, Stage, State},
};

impl State {
    /// R2, R5, R8, R9.
    pub(super) fn check_release(&self, slug: &Slug, release: &Release) -> Result<(), Refused> {
        let Release {
            recipe, version, ..
        } = release;
        let known = self.seen_recipe(recipe)?;
        self.steward(slug, recipe)?;
        release.report.iter().try_for_each(document)?;
        let note = release.note.as_deref().unwrap_or_default();
        text("the note", note, MAX_REASON)?;
        let Some(pinned) = known.version(version.as_str()) else {
            let ahead = known.versions().iter().filter(|p| p.observed.is_none());
            if ahead.count() >= MAX_AHEAD {
                return Err(too_much("releases that the hub has not seen", MAX_AHEAD));
            }
            return self.room_for_versions(known, 1);
        };
        is_at(recipe, pinned, &release.commit, &release.tree)?;
        let stage = pinned.stage();
        // R8: whoever released it may say so again, and somebody else where that one is a steward no more.
        let may_again = |by: &Slug| by == slug || !self.is_steward(recipe.as_str(), by);
        match pinned.released() {
            _ if stage == Stage::Observed => Ok(()),
            Some(released) if stage.awaits_review() && may_again(&released.by) => Ok(()),
            _ => Err(wrong_stage(recipe, pinned, "released again")),
        }
    }

    /// R6: another steward than who released it; whoever asks for changes says which.
    pub(super) fn check_review(
        &self,
        slug: &Slug,
        recipe: &RecipeName,
        version: &Version,
        verdict: ReviewVerdict,
        reason: Option<&str>,
    ) -> Result<(), Refused> {
        let pinned = self.pinned(recipe, version)?;
        self.steward(slug, recipe)?;
        if !pinned.stage().awaits_review() {
            return Err(wrong_stage(recipe, pinned, "reviewed"));
        }
        if pinned.released().is_some_and(|r| r.by == *slug) {
            return Err(Refused::OwnRelease {
                recipe: recipe.clone(),
                version: version.clone(),
            });
        }
        let reason = reason.unwrap_or_default();
        match verdict {
            ReviewVerdict::Approve => text("the reason", reason, MAX_REASON),
            ReviewVerdict::RequestChanges => reason_given("a request for changes", reason),
        }
    }

    /// R9: any steward, once, with a reason that is shown wherever the version runs.
    pub(super) fn check_yank(
        &self,
        slug: &Slug,
        recipe: &RecipeName,
        version: &Version,
        reason: &str,
    ) -> Result<(), Refused> {
        let pinned = self.pinned(recipe, version)?;
        self.steward(slug, recipe)?;
        if pinned.yanked().is_some() {
            return Err(wrong_stage(recipe, pinned, "yanked again"));
        }
        reason_given("a yank", reason)?;
        line("the reason", reason)
    }

    /// R5.
    fn steward(&self, slug: &Slug, recipe: &RecipeName) -> Result<(), Refused> {
        if self.is_steward(recipe.as_str(), slug) {
            return Ok(());
        }
        Err(Refused::NotSteward {
            recipe: recipe.clone(),
            collective: slug.clone(),
        })
    }
}

/// R2: the first word about a version fixes its commit and tree.
pub(super) fn is_at(
    recipe: &RecipeName,
    pinned: &Pinned,
    commit: &ObjectId,
    tree: &ObjectId,
) -> Result<(), Refused> {
    if pinned.commit == *commit && pinned.tree == *tree {
        return Ok(());
    }
    // One commit has one tree, so that where only the trees differ somebody did not look.
    let (what, fixed, given) = if pinned.commit == *commit {
        ("tree", &pinned.tree, tree)
    } else {
        ("commit", &pinned.commit, commit)
    };
    Err(Refused::PinnedOtherwise {
        recipe: recipe.clone(),
        version: pinned.version.clone(),
        what,
        fixed: fixed.clone(),
        given: given.clone(),
    })
}

pub(super) fn document(named: &DocumentRef) -> Result<(), Refused> {
    if named.fits() {
        return Ok(());
    }
    Err(malformed("the document", "it has 1 to 262144 bytes"))
}

fn wrong_stage(recipe: &RecipeName, pinned: &Pinned, done: &'static str) -> Refused {
    Refused::WrongStage {
        recipe: recipe.clone(),
        version: pinned.version.clone(),
        is: pinned.stage().name(),
        done,
    }
}
