//! What is said about recipes (GOVERNANCE.md, clauses R).

use crate::{
    entry::{Body, Release, ReviewVerdict, Seen},
    ids::{RecipeName, Slug, Version},
    state::{
        Event, Stage, State,
        recipes::{Flag, Released, Report, Reviewed, Upgrade, Yanked},
    },
};

impl State {
    /// R1: what the hub saw.
    pub(super) fn write_seen(&mut self, body: &Body, events: &mut Vec<Event>) {
        match body {
            Body::Recipe { recipe, about } => {
                let is_new = self.recipe(recipe.as_str()).is_none();
                self.recipes.know(recipe, *about, self.size);
                events.push(Event::RecipeSeen {
                    recipe: recipe.clone(),
                    is_new,
                });
            }
            Body::Observe { recipe, versions } => {
                self.recipes.observe(recipe, versions, self.size);
                let versions = versions.iter().map(|s: &Seen| s.version.clone());
                events.push(Event::VersionsObserved {
                    recipe: recipe.clone(),
                    versions: versions.collect(),
                });
            }
            _ => {}
        }
    }

    /// What members say.
    pub(super) fn write_recipes(&mut self, slug: &Slug, body: &Body, events: &mut Vec<Event>) {
        // The collective's name as the state has it, which is the same text wherever it stands.
        let known = self.collective(slug).map(|known| known.slug.clone());
        let slug = known.as_ref().unwrap_or(slug);
        match body {
            Body::ClaimRecipe { recipe } => self.claim_recipe(slug, recipe, events),
            Body::Release(release) => self.release(slug, release, events),
            Body::Review {
                recipe,
                version,
                verdict,
                ..
            } => self.review(slug, recipe, version, *verdict, events),
            Body::Yank {
                recipe,
                version,
                reason,
            } => self.yank(slug, recipe, version, reason, events),
            Body::TestReport(_) | Body::Outcome { .. } => self.told(slug, body, events),
            Body::Flag { recipe, text } => self.flag(slug, recipe, text, events),
            Body::Unflag { recipe, flag, .. } => {
                self.recipes.unflag(recipe, *flag);
                events.push(Event::FlagEnded {
                    recipe: recipe.clone(),
                    flag: *flag,
                    by: slug.clone(),
                });
            }
            _ => {}
        }
    }

    fn claim_recipe(&mut self, slug: &Slug, recipe: &RecipeName, events: &mut Vec<Event>) {
        let stewards = self.stewards.entry(recipe.to_string()).or_default();
        stewards.insert(slug.clone());
        events.push(Event::RecipeClaimed {
            recipe: recipe.clone(),
            by: slug.clone(),
        });
    }

    /// R6, R7: published at once where nobody else can look at it, or a security problem cannot wait.
    fn release(&mut self, slug: &Slug, release: &Release, events: &mut Vec<Event>) {
        let (recipe, version) = (&release.recipe, &release.version);
        let is_settled = !self.has_other_steward(recipe.as_str(), slug);
        let at_once = is_settled || release.security;
        let released = Released {
            by: slug.clone(),
            entry: self.size,
            security: release.security,
            published: at_once.then_some((self.time, self.size)),
            is_settled,
            reviews: Default::default(),
        };
        let at = (&release.commit, &release.tree);
        self.recipes.release((recipe, version), at, released);
        events.push(Event::Released {
            recipe: recipe.clone(),
            version: version.clone(),
            by: slug.clone(),
            stage: self.stage(recipe, version),
        });
    }

    fn review(
        &mut self,
        slug: &Slug,
        recipe: &RecipeName,
        version: &Version,
        verdict: ReviewVerdict,
        events: &mut Vec<Event>,
    ) {
        let entry = self.size;
        if let Some(at) = self.place(recipe, version) {
            let review = Reviewed { verdict, entry };
            self.recipes.review(at, slug, review, self.time);
        }
        events.push(Event::Reviewed {
            recipe: recipe.clone(),
            version: version.clone(),
            by: slug.clone(),
            verdict,
            stage: self.stage(recipe, version),
        });
    }

    fn yank(
        &mut self,
        slug: &Slug,
        recipe: &RecipeName,
        version: &Version,
        reason: &str,
        events: &mut Vec<Event>,
    ) {
        if let Some(at) = self.place(recipe, version) {
            let yanked = Yanked {
                by: slug.clone(),
                reason: reason.to_owned(),
                entry: self.size,
            };
            self.recipes.yank(at, yanked);
        }
        events.push(Event::Yanked {
            recipe: recipe.clone(),
            version: version.clone(),
            by: slug.clone(),
            reason: reason.to_owned(),
        });
    }

    /// R10: the newest word of each collective.
    fn told(&mut self, slug: &Slug, body: &Body, events: &mut Vec<Event>) {
        let (entry, time, by) = (self.size, self.time, slug.clone());
        match body {
            Body::TestReport(tested) => {
                let (recipe, version) = (&tested.recipe, &tested.version);
                let (passed, document) = (tested.passed, tested.report);
                if let Some(at) = self.place(recipe, version) {
                    let report = Report {
                        passed,
                        document,
                        time,
                        entry,
                    };
                    self.recipes.report(at, slug, report);
                }
                events.push(Event::Tested {
                    recipe: recipe.clone(),
                    version: version.clone(),
                    by,
                    passed,
                });
            }
            Body::Outcome {
                recipe,
                from,
                to,
                verdict,
            } => {
                let verdict = *verdict;
                let places = (self.place(recipe, from), self.place(recipe, to));
                if let (Some((_, from)), Some(at)) = places {
                    let upgrade = Upgrade {
                        from,
                        verdict,
                        entry,
                    };
                    self.recipes.upgraded(at, slug, upgrade);
                }
                events.push(Event::Upgraded {
                    recipe: recipe.clone(),
                    from: from.clone(),
                    to: to.clone(),
                    by,
                    verdict,
                });
            }
            _ => {}
        }
    }

    fn flag(&mut self, slug: &Slug, recipe: &RecipeName, text: &str, events: &mut Vec<Event>) {
        let flag = Flag {
            by: slug.clone(),
            text: text.to_owned(),
            since: self.time,
            entry: self.size,
        };
        if let Some(flag) = self.recipes.flag(recipe, flag) {
            events.push(Event::Flagged {
                recipe: recipe.clone(),
                flag,
                by: slug.clone(),
            });
        }
    }

    /// R4: who is no member any more looks after nothing.
    pub(in crate::state) fn drop_steward(&mut self, slug: &Slug, events: &mut Vec<Event>) {
        self.stewards.retain(|recipe, stewards| {
            if stewards.remove(slug) {
                events.push(Event::StewardGone {
                    recipe: recipe.clone(),
                    collective: slug.clone(),
                    left: stewards.len(),
                });
            }
            !stewards.is_empty()
        });
    }

    fn place(&self, recipe: &RecipeName, version: &Version) -> Option<(RecipeName, u32)> {
        let place = self.recipe(recipe.as_str())?.place(version.as_str())?;
        Some((recipe.clone(), place))
    }

    fn stage(&self, recipe: &RecipeName, version: &Version) -> Stage {
        let pinned = self.version(recipe.as_str(), version.as_str());
        pinned.map_or(Stage::Observed, |pinned| pinned.stage())
    }
}
