//! All recipes, and what is quickly found in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Flag, Observed, Pinned, Recipe, Released, Report, Reviewed, Upgrade, Yanked,
    digest::Kept,
    told::{Place, Told},
};
use crate::{
    entry::{DocumentRef, Seen},
    ids::{ObjectId, RecipeName, Slug, Version},
};

/// All recipes. Beside them is what follows from them and would be long to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    recipes: BTreeMap<RecipeName, Recipe>,
    /// Versions of all recipes.
    versions: usize,
    /// What waits for another steward's review.
    waiting: BTreeSet<Place>,
    /// Test reports that are held, by who made them.
    reports: BTreeMap<Slug, Told>,
    /// Outcomes of upgrades that are held, by who told them.
    upgrades: BTreeMap<Slug, Told>,
    /// Open flags, by who told of them.
    flags: BTreeMap<Slug, BTreeSet<Place>>,
}

impl Catalogue {
    /// Whether the hub has seen no recipe.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recipes.is_empty()
    }

    /// How many recipes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recipes.len()
    }

    /// How many versions of all recipes there are.
    #[must_use]
    pub fn versions(&self) -> usize {
        self.versions
    }

    /// All recipes, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RecipeName, &Recipe)> {
        self.recipes.iter()
    }

    /// A recipe.
    #[must_use]
    pub fn get(&self, recipe: &str) -> Option<&Recipe> {
        self.recipes.get(recipe)
    }

    /// What waits for another steward's review, by recipe.
    pub fn waiting(&self) -> impl Iterator<Item = (&RecipeName, &Pinned)> {
        let found = self.waiting.iter();
        found.filter_map(|(name, place)| Some((name, self.get(name.as_str())?.version_at(*place)?)))
    }

    /// Open flags of a collective: of which recipes, and their numbers there.
    pub fn flags_of(&self, by: &Slug) -> impl Iterator<Item = &(RecipeName, u32)> {
        self.flags.get(by).into_iter().flatten()
    }

    /// A recipe that changes: its digest is made anew.
    fn change(&mut self, recipe: &RecipeName) -> Option<&mut Recipe> {
        let found = self.recipes.get_mut(recipe)?;
        found.digest = Kept::default();
        Some(found)
    }

    fn pinned(&mut self, (recipe, place): &Place) -> Option<&mut Pinned> {
        self.change(recipe)?.at_mut(*place)
    }

    pub(in crate::state) fn know(&mut self, recipe: &RecipeName, about: DocumentRef, entry: u64) {
        match self.change(recipe) {
            Some(known) => (known.about, known.entry) = (about, entry),
            None => {
                let new = Recipe::new(about, entry);
                self.recipes.insert(recipe.clone(), new);
            }
        }
    }

    pub(in crate::state) fn observe(&mut self, recipe: &RecipeName, seen: &[Seen], entry: u64) {
        if let Some(known) = self.change(recipe) {
            let new = seen
                .iter()
                .filter(|s| known.place(s.version.as_str()).is_none());
            let new = new.count();
            known.versions.reserve_exact(new);
        }
        for Seen {
            version,
            commit,
            tree,
            document,
        } in seen
        {
            let Some(place) = self.pin(recipe, version, commit, tree) else {
                continue;
            };
            if let Some(pinned) = self.pinned(&(recipe.clone(), place)) {
                let document = *document;
                pinned.observed = Some(Observed { document, entry });
            }
        }
    }

    /// Where a version is; it gets a place when it is new.
    fn pin(
        &mut self,
        recipe: &RecipeName,
        version: &Version,
        commit: &ObjectId,
        tree: &ObjectId,
    ) -> Option<u32> {
        let known = self.change(recipe)?;
        if let Some(place) = known.place(version.as_str()) {
            return Some(place);
        }
        let place = u32::try_from(known.versions.len()).ok()?;
        let pinned = Pinned::new(version.clone(), commit.clone(), tree.clone());
        known.versions.reserve_exact(1);
        known.versions.push(pinned);
        self.versions += 1;
        Some(place)
    }

    pub(in crate::state) fn release(
        &mut self,
        (recipe, version): (&RecipeName, &Version),
        (commit, tree): (&ObjectId, &ObjectId),
        mut released: Released,
    ) {
        let Some(place) = self.pin(recipe, version, commit, tree) else {
            return;
        };
        let at = (recipe.clone(), place);
        if let Some(pinned) = self.pinned(&at) {
            let before = pinned.released().and_then(|r| r.published);
            // What was published stays so, since when it was.
            released.published = before.or(released.published);
            pinned.said_mut().released = Some(released);
        }
        self.look_whether_it_waits(at);
    }

    pub(in crate::state) fn review(
        &mut self,
        at: Place,
        by: &Slug,
        review: Reviewed,
        now: Timestamp,
    ) {
        if let Some(pinned) = self.pinned(&at)
            && let Some(released) = &mut pinned.said_mut().released
        {
            released.reviewed(by.clone(), review, now);
        }
        self.look_whether_it_waits(at);
    }

    pub(in crate::state) fn yank(&mut self, at: Place, yanked: Yanked) {
        if let Some(pinned) = self.pinned(&at) {
            pinned.said_mut().yanked = Some(Box::new(yanked));
        }
        self.look_whether_it_waits(at);
    }

    fn look_whether_it_waits(&mut self, at: Place) {
        let found = self.get(at.0.as_str()).and_then(|r| r.version_at(at.1));
        if found.is_some_and(|pinned| pinned.stage().awaits_review()) {
            self.waiting.insert(at);
        } else {
            self.waiting.remove(&at);
        }
    }

    pub(in crate::state) fn report(&mut self, at: Place, by: &Slug, report: Report) {
        let entry = report.entry;
        let Some(pinned) = self.pinned(&at) else {
            return;
        };
        let before = pinned.fared_mut().reports.insert(by.clone(), report);
        let told = self.reports.entry(by.clone()).or_default();
        let oldest = told.note(entry, at, before.map(|b| b.entry));
        if let Some(oldest) = oldest.and_then(|at| self.pinned(&at)) {
            oldest.fared_mut().reports.remove(by);
        }
    }

    pub(in crate::state) fn upgraded(&mut self, at: Place, by: &Slug, upgrade: Upgrade) {
        let Some(pinned) = self.pinned(&at) else {
            return;
        };
        let before = pinned.fared_mut().upgrades.insert(by.clone(), upgrade);
        let told = self.upgrades.entry(by.clone()).or_default();
        let oldest = told.note(upgrade.entry, at, before.map(|b| b.entry));
        if let Some(oldest) = oldest.and_then(|at| self.pinned(&at)) {
            oldest.fared_mut().upgrades.remove(by);
        }
    }

    pub(in crate::state) fn flag(&mut self, recipe: &RecipeName, flag: Flag) -> Option<u32> {
        let by = flag.by.clone();
        let known = self.change(recipe)?;
        known.flagged = known.flagged.saturating_add(1);
        let number = known.flagged;
        known.flags.insert(number, flag);
        let open = self.flags.entry(by).or_default();
        open.insert((recipe.clone(), number));
        Some(number)
    }

    pub(in crate::state) fn unflag(&mut self, recipe: &RecipeName, number: u32) {
        let ended = self.change(recipe).and_then(|r| r.flags.remove(&number));
        if let Some(open) = ended.and_then(|flag| self.flags.get_mut(&flag.by)) {
            open.remove(&(recipe.clone(), number));
        }
    }
}
