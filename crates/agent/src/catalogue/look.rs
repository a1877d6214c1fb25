//! A recipe of the folded log, and what of it is good enough for whom.

use allot_ledger::{
    RecipeName,
    state::{Pinned, Recipe, Stage, State},
};
use allot_recipe::RecipeVersion;

use super::{CatalogueError, error::near};
use crate::config::Accept;

/// A recipe in a state.
#[derive(Clone)]
pub struct Look<'a> {
    pub state: &'a State,
    pub name: RecipeName,
    pub recipe: &'a Recipe,
}

/// What a version lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// Its stewards say that it is not to be deployed.
    Yanked {
        /// Who of them.
        by: String,
        /// Why.
        reason: String,
    },
    /// Something else.
    Policy {
        /// What.
        why: String,
        /// What would change that.
        help: String,
    },
}

impl Unmet {
    /// In one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Yanked { by, reason } => format!("yanked by {by}: {reason}"),
            Self::Policy { why, help } => format!("{why}; {help}"),
        }
    }
}

impl<'a> Look<'a> {
    /// A recipe by its name.
    pub fn at(state: &'a State, name: &str) -> Option<Self> {
        Some(Self {
            state,
            name: name.parse().ok()?,
            recipe: state.recipe(name)?,
        })
    }

    /// As [`Look::at`], where there must be one.
    pub fn must(state: &'a State, name: &str) -> Result<Self, CatalogueError> {
        Self::at(state, name).ok_or_else(|| CatalogueError::NoSuchRecipe {
            recipe: name.to_owned(),
            near: near(name, state.recipes().iter().map(|(n, _)| n.as_str())),
        })
    }

    pub fn stewards(&self) -> Vec<String> {
        let stewards = self.state.stewards_of(self.name.as_str());
        stewards.map(ToString::to_string).collect()
    }

    /// Those who may approve a release: its own steward may not.
    fn reviewers(&self, pinned: &Pinned) -> Vec<String> {
        let released_by = pinned.released().map(|released| released.by.to_string());
        let mut stewards = self.stewards();
        stewards.retain(|steward| Some(steward) != released_by.as_ref());
        stewards
    }

    fn has_stewards(&self) -> bool {
        self.state.stewards_of(self.name.as_str()).next().is_some()
    }

    /// What is asked of a version of this recipe.
    pub fn asked(&self, accept: Accept) -> Accept {
        match accept {
            Accept::Default if self.has_stewards() => Accept::Published,
            Accept::Default => Accept::Observed,
            other => other,
        }
    }

    /// What that is, for people.
    pub fn policy(&self, accept: Accept) -> String {
        let what = match self.asked(accept) {
            Accept::Default | Accept::Observed => "what the hub saw a tag of",
            Accept::Published => "what its stewards published",
            Accept::PublishedTested => "what its stewards published, and a member's test passed",
        };
        match (accept, self.has_stewards()) {
            (Accept::Default, false) => format!("{what}: it has no stewards that would publish"),
            _ => what.to_owned(),
        }
    }

    /// What a version lacks, if anything.
    pub fn unmet(&self, accept: Accept, pinned: &Pinned) -> Option<Unmet> {
        if let Some(yanked) = pinned.yanked() {
            return Some(Unmet::Yanked {
                by: yanked.by.to_string(),
                reason: yanked.reason.clone(),
            });
        }
        let stage = pinned.stage();
        let asked = self.asked(accept);
        if asked == Accept::Observed {
            let is_seen = pinned.observed.is_some() || stage.is_published();
            return (!is_seen).then(|| {
                policy(
                    "the hub has not seen its tag",
                    "it is there once the tag is pushed, or once another steward approves it"
                        .to_owned(),
                )
            });
        }
        if !stage.is_published() {
            return Some(self.unpublished(stage, pinned));
        }
        let is_tested = self.state.tested_by(pinned).next().is_some();
        (asked == Accept::PublishedTested && !is_tested).then(|| policy(
            "no member's test of it has passed",
            "a member tests it with `allot recipe test`; what is asked for is `[catalogue] accept` of agent.toml".to_owned(),
        ))
    }

    fn unpublished(&self, stage: Stage, pinned: &Pinned) -> Unmet {
        let (name, version) = (&self.name, &pinned.version);
        let stewards = self.stewards().join(", ");
        match stage {
            Stage::InReview | Stage::ChangesRequested => policy(
                &format!("it is not published: {}", stage.name()),
                format!(
                    "another steward ({}) approves it: `allot recipe review approve {name} {version}`",
                    self.reviewers(pinned).join(", ")
                ),
            ),
            _ if stewards.is_empty() => policy(
                "nobody has published it, and the recipe has no stewards",
                format!(
                    "a collective that looks after it claims it (`allot recipe claim {name}`) and publishes it; or \
                     `[catalogue] accept = \"default\"` in agent.toml takes what has no stewards"
                ),
            ),
            _ => policy(
                "its stewards have not published it",
                format!(
                    "one of them ({stewards}) publishes it: `allot recipe publish {name} {version}`; or \
                     `[catalogue] accept = \"observed\"` in agent.toml takes what the hub saw"
                ),
            ),
        }
    }

    /// Its versions, the newest first; what is no version of a recipe is left out.
    pub fn newest_first(&self) -> Vec<(RecipeVersion, &'a Pinned)> {
        let read = |pinned: &'a Pinned| {
            let version = RecipeVersion::parse(pinned.version.as_str()).ok()?;
            Some((version, pinned))
        };
        let mut all: Vec<_> = self.recipe.versions().iter().filter_map(read).collect();
        all.sort_by(|(a, _), (b, _)| b.cmp(a));
        all
    }

    /// The newest version that is good enough: one that is no pre-release, if there is one.
    pub fn newest(&self, accept: Accept) -> Option<&'a Pinned> {
        newest(&self.newest_first(), |pinned| {
            self.unmet(accept, pinned).is_none()
        })
    }
}

/// The newest of a list that has the newest first.
pub fn newest<'a>(
    all: &[(RecipeVersion, &'a Pinned)],
    is_good: impl Fn(&Pinned) -> bool,
) -> Option<&'a Pinned> {
    let good = || all.iter().filter(|(_, pinned)| is_good(pinned));
    let release = good().find(|(version, _)| !version.is_prerelease());
    release.or_else(|| good().next()).map(|(_, pinned)| *pinned)
}

fn policy(why: &str, help: String) -> Unmet {
    Unmet::Policy {
        why: why.to_owned(),
        help,
    }
}
