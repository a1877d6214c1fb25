//! What others ask about recipes.

use std::collections::BTreeMap;

use super::{Catalogue, Pinned, Recipe};
use crate::{
    entry::UpgradeVerdict,
    ids::{RecipeName, Slug},
    state::State,
};

impl State {
    /// All recipes.
    #[must_use]
    pub fn recipes(&self) -> &Catalogue {
        &self.recipes
    }

    /// A recipe.
    #[must_use]
    pub fn recipe(&self, recipe: &str) -> Option<&Recipe> {
        self.recipes.get(recipe)
    }

    /// A version of a recipe.
    #[must_use]
    pub fn version(&self, recipe: &str, version: &str) -> Option<&Pinned> {
        self.recipe(recipe)?.version(version)
    }

    /// Who looks after a recipe, also those whose rights rest.
    pub fn stewards_of(&self, recipe: &str) -> impl Iterator<Item = &Slug> {
        self.stewards.get(recipe).into_iter().flatten()
    }

    /// Whether a collective looks after a recipe.
    #[must_use]
    pub fn is_steward(&self, recipe: &str, slug: &Slug) -> bool {
        let stewards = self.stewards.get(recipe);
        stewards.is_some_and(|stewards| stewards.contains(slug))
    }

    /// Whether somebody other than `slug` looks after a recipe and may say so now: then its releases need a review (R6).
    #[must_use]
    pub fn has_other_steward(&self, recipe: &str, slug: &Slug) -> bool {
        self.stewards_of(recipe)
            .any(|other| other != slug && self.is_voting(other))
    }

    /// What waits for this collective's review: released by another steward of a recipe that it looks after, and not
    /// reviewed by it since.
    pub fn awaiting_review(&self, slug: &Slug) -> impl Iterator<Item = (&RecipeName, &Pinned)> {
        let is_for_it = move |pinned: &Pinned| {
            let released = pinned.released();
            released.is_some_and(|r| r.by != *slug && !r.reviews.contains_key(slug))
        };
        let waiting = self.recipes.waiting();
        waiting.filter(move |(recipe, pinned)| {
            self.is_steward(recipe.as_str(), slug) && is_for_it(pinned)
        })
    }

    /// Members whose newest test of exactly this version's commit passed. Who is no member with a vote any more does not
    /// count.
    pub fn tested_by(&self, pinned: &Pinned) -> impl Iterator<Item = &Slug> {
        let passed = pinned.reports().filter(|(_, report)| report.passed);
        passed.filter_map(|(by, _)| {
            let known = self.collective(by).filter(|c| c.is_voting());
            known.map(|c| &c.slug)
        })
    }
}

impl Pinned {
    /// How upgrades to it went: how many collectives saw which verdict last.
    #[must_use]
    pub fn verdicts(&self) -> BTreeMap<UpgradeVerdict, u32> {
        let mut verdicts = BTreeMap::new();
        for (_, upgrade) in self.upgrades() {
            *verdicts.entry(upgrade.verdict).or_default() += 1;
        }
        verdicts
    }
}
