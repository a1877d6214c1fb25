//! Who may say what about a recipe (R1, R3, R10, R11).

use std::collections::BTreeSet;

use super::{
    releases::{document, is_at},
    words::{malformed, reason_given, text, too_much},
};
use crate::{
    entry::{Author, Body, Seen, TestReport},
    ids::{RecipeName, Slug, Version},
    limits::{
        MAX_ALL_VERSIONS, MAX_CLAIMS, MAX_FLAGS, MAX_FLAGS_OF_RECIPE, MAX_REASON, MAX_RECIPES,
        MAX_SEEN, MAX_VERSIONS,
    },
    state::{Pinned, Recipe, Refused, State},
};

impl State {
    /// R1: what the hub saw.
    pub(super) fn check_seen(&self, body: &Body) -> Result<(), Refused> {
        match body {
            Body::Recipe { recipe, about } => {
                document(about)?;
                if self.recipe(recipe.as_str()).is_none() && self.recipes.len() >= MAX_RECIPES {
                    return Err(too_much("recipes", MAX_RECIPES));
                }
                Ok(())
            }
            Body::Observe { recipe, versions } => self.check_observe(recipe, versions),
            _ => Err(self.not_allowed(&Author::Hub, body, "the hub decides nothing (L8)")),
        }
    }

    /// What members say.
    pub(super) fn check_recipes(&self, slug: &Slug, body: &Body) -> Result<(), Refused> {
        match body {
            Body::ClaimRecipe { recipe } => self.check_claim(slug, recipe),
            Body::Release(release) => self.check_release(slug, release),
            Body::Review {
                recipe,
                version,
                verdict,
                reason,
            } => self.check_review(slug, recipe, version, *verdict, reason.as_deref()),
            Body::Yank {
                recipe,
                version,
                reason,
            } => self.check_yank(slug, recipe, version, reason),
            Body::TestReport(tested) => self.check_report(tested),
            Body::Outcome {
                recipe, from, to, ..
            } => {
                self.pinned(recipe, from)?;
                self.pinned(recipe, to)?;
                if from == to {
                    return Err(malformed("the outcome", "it is no upgrade"));
                }
                Ok(())
            }
            Body::Flag { recipe, text } => self.check_flag(slug, recipe, text),
            Body::Unflag {
                recipe,
                flag,
                reason,
            } => self.check_unflag(slug, recipe, *flag, reason),
            _ => {
                let author = Author::Collective(slug.clone());
                Err(self.not_allowed(&author, body, "it is for the hub (L8)"))
            }
        }
    }

    /// R2: a version is observed once, at the commit that the first word about it said.
    fn check_observe(&self, recipe: &RecipeName, seen: &[Seen]) -> Result<(), Refused> {
        let known = self.seen_recipe(recipe)?;
        if seen.is_empty() || seen.len() > MAX_SEEN {
            return Err(too_much("versions of one entry", MAX_SEEN));
        }
        let (mut twice, mut new) = (BTreeSet::new(), 0);
        for one in seen {
            document(&one.document)?;
            let version = &one.version;
            let is_again = !twice.insert(version);
            match known.version(version.as_str()) {
                None if !is_again => new += 1,
                Some(pinned) if !is_again && pinned.observed.is_none() => {
                    is_at(recipe, pinned, &one.commit, &one.tree)?;
                }
                pinned => {
                    // A tag that has moved is told as such.
                    if let Some(pinned) = pinned {
                        is_at(recipe, pinned, &one.commit, &one.tree)?;
                    }
                    return Err(Refused::ObservedBefore {
                        recipe: recipe.clone(),
                        version: version.clone(),
                    });
                }
            }
        }
        self.room_for_versions(known, new)
    }

    pub(super) fn room_for_versions(&self, recipe: &Recipe, new: usize) -> Result<(), Refused> {
        if new > 0 && recipe.versions().len() + new > MAX_VERSIONS {
            return Err(too_much("versions of one recipe", MAX_VERSIONS));
        }
        if new > 0 && self.recipes.versions() + new > MAX_ALL_VERSIONS {
            return Err(too_much("versions of all recipes", MAX_ALL_VERSIONS));
        }
        Ok(())
    }

    /// R3: a recipe that the hub has seen and nobody looks after.
    fn check_claim(&self, slug: &Slug, recipe: &RecipeName) -> Result<(), Refused> {
        self.seen_recipe(recipe)?;
        let stewards: Vec<_> = self.stewards_of(recipe.as_str()).cloned().collect();
        if !stewards.is_empty() {
            return Err(Refused::HasStewards {
                recipe: recipe.clone(),
                stewards,
            });
        }
        let kept = self.stewards.values().filter(|s| s.contains(slug));
        if kept.count() >= MAX_CLAIMS {
            return Err(too_much("recipes of one claiming member", MAX_CLAIMS));
        }
        Ok(())
    }

    /// R10: a test says something about exactly one commit.
    fn check_report(&self, tested: &TestReport) -> Result<(), Refused> {
        document(&tested.report)?;
        let pinned = self.pinned(&tested.recipe, &tested.version)?;
        is_at(&tested.recipe, pinned, &tested.commit, &pinned.tree)
    }

    /// R11: any member, with words, and not without end.
    fn check_flag(&self, slug: &Slug, recipe: &RecipeName, says: &str) -> Result<(), Refused> {
        self.seen_recipe(recipe)?;
        if says.trim().is_empty() {
            return Err(malformed("the flag", "it is empty"));
        }
        text("the flag", says, MAX_REASON)?;
        let open = self.recipes.flags_of(slug);
        let (here, elsewhere): (Vec<_>, Vec<_>) = open.partition(|(name, _)| name == recipe);
        if here.len() >= MAX_FLAGS_OF_RECIPE {
            return Err(too_much("open flags on this recipe", MAX_FLAGS_OF_RECIPE));
        }
        if here.len() + elsewhere.len() >= MAX_FLAGS {
            return Err(too_much("open flags", MAX_FLAGS));
        }
        Ok(())
    }

    /// R11: who told of it, or a steward.
    fn check_unflag(
        &self,
        slug: &Slug,
        recipe: &RecipeName,
        number: u32,
        reason: &str,
    ) -> Result<(), Refused> {
        let Some(flag) = self.seen_recipe(recipe)?.flags().get(&number) else {
            return Err(Refused::NoSuchFlag {
                recipe: recipe.clone(),
                number,
            });
        };
        if flag.by != *slug && !self.is_steward(recipe.as_str(), slug) {
            return Err(Refused::NotYourFlag {
                recipe: recipe.clone(),
                number,
                by: flag.by.clone(),
            });
        }
        reason_given("the end of a flag", reason)
    }

    pub(super) fn seen_recipe(&self, recipe: &RecipeName) -> Result<&Recipe, Refused> {
        let found = self.recipe(recipe.as_str());
        found.ok_or_else(|| Refused::NoSuchRecipe {
            recipe: recipe.clone(),
        })
    }

    pub(super) fn pinned(
        &self,
        recipe: &RecipeName,
        version: &Version,
    ) -> Result<&Pinned, Refused> {
        let found = self.seen_recipe(recipe)?.version(version.as_str());
        found.ok_or_else(|| Refused::NoSuchVersion {
            recipe: recipe.clone(),
            version: version.clone(),
        })
    }
}
