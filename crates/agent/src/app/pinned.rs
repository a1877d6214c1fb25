//! Deploys of what the federation pinned: the commit and the tree of its catalogue, and a mirror that has exactly them.

use std::sync::Arc;

use allot_ledger::entry::UpgradeVerdict;

use super::{
    Agent,
    deploy::{DeployRequest, Shown, wanted},
    desired::{Notice, Pin},
    error::{AppError, Result},
    model::{App, Outcome},
    plan::{Current, Plan},
    recipe_test::is_throw_away,
};
use crate::{
    catalogue::{Ask, CatalogueError, Exact, Pick, Running, Word},
    git::{GitError, Pinned, Wanted},
};

/// Which version, and what to tell of it.
pub(super) struct Chosen {
    pub pinned: Pinned,
    pub notices: Vec<Notice>,
}

/// What is asked of catalogue and mirror.
pub(super) struct Wish<'a> {
    pub recipe: &'a str,
    pub source: &'a str,
    pub wanted: &'a Wanted,
    pub running: &'a str,
    pub yanked: bool,
}

/// What an operator agreed to when a plan was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    yanked: bool,
    trial: bool,
}

impl Terms {
    pub(super) fn of(request: &DeployRequest) -> Self {
        let DeployRequest { yanked, trial, .. } = *request;
        Self { yanked, trial }
    }
}

impl Agent {
    /// Whether the catalogue would still give what it gave when a plan was shown: the version may have been yanked since,
    /// or its recipe claimed.
    pub(super) async fn still_accepted(&self, app: &App, shown: &Shown) -> Result<()> {
        let Shown::Deploy {
            desired,
            current,
            terms,
            ..
        } = shown
        else {
            return Ok(());
        };
        let Some(catalogue) = self.catalogue.as_ref().filter(|_| !terms.trial) else {
            return Ok(());
        };
        let pin = &desired.pin;
        let name = match pin.version.as_str() {
            "" => &pin.commit,
            _ => &pin.version,
        };
        let ask = Ask {
            recipe: &pin.recipe,
            place: &pin.source,
            usual: &self.usual_place(&pin.recipe),
            wanted: &wanted(name)?,
            running: &current.version,
            yanked: terms.yanked,
        };
        match catalogue.pick(ask).await? {
            Pick::Exact(exact) if exact.commit != pin.commit => Err(AppError::PlanStale {
                app: app.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// What a deploy takes, as [`Agent::choose_version`](super::deploy) says which, held against the catalogue.
    pub(super) async fn choose_pinned(
        &self,
        app: &App,
        request: &DeployRequest,
        current: &Current,
    ) -> Result<(Pin, Vec<Notice>)> {
        if request.trial {
            let pin = self.choose_version(app, request, current).await?;
            return Ok((pin, Vec::new()));
        }
        let wish = Wish {
            recipe: &app.recipe,
            source: &app.source,
            wanted: &wish_of(app, request, current)?,
            running: &current.version,
            yanked: request.yanked,
        };
        let chosen = self.pin(&wish).await?;
        let version = chosen.pinned.version.map(|v| v.to_string());
        let pin = Pin {
            recipe: app.recipe.clone(),
            source: app.source.clone(),
            version: version.unwrap_or_default(),
            commit: chosen.pinned.commit,
        };
        Ok((pin, chosen.notices))
    }

    /// A commit for a wish: the catalogue's where it has a say, and else what the mirror says.
    pub(super) async fn pin(&self, wish: &Wish<'_>) -> Result<Chosen> {
        let words = match &self.catalogue {
            None => Vec::new(),
            Some(catalogue) => {
                let usual = self.usual_place(wish.recipe);
                let ask = Ask {
                    recipe: wish.recipe,
                    place: wish.source,
                    usual: &usual,
                    wanted: wish.wanted,
                    running: wish.running,
                    yanked: wish.yanked,
                };
                match catalogue.pick(ask).await? {
                    Pick::Exact(exact) => return self.held_to(wish, exact).await,
                    Pick::Elsewhere(words) => words,
                }
            }
        };
        Ok(Chosen {
            pinned: self.recipes.resolve(wish.source, wish.wanted).await?,
            notices: notices(words),
        })
    }

    /// A version from a mirror that has exactly what was pinned.
    async fn held_to(&self, wish: &Wish<'_>, exact: Exact) -> Result<Chosen> {
        let repository = allot_git::shown(wish.source)?;
        let recipe = wish.recipe.to_owned();
        let tags = self.recipes.versions(wish.source).await?;
        let tag = tags.versions.into_iter().find(|t| t.tag == exact.version);
        if let Some(moved) = tag.filter(|tag| tag.commit != exact.commit) {
            return Err(CatalogueError::TagMoved {
                recipe,
                version: exact.version,
                repository,
                pinned: exact.commit,
                found: moved.commit,
            }
            .into());
        }
        let commit = Wanted::Commit(exact.commit.clone());
        let found = match self.recipes.resolve(wish.source, &commit).await {
            Ok(found) => found,
            Err(source @ (GitError::NoSuchCommit { .. } | GitError::NoSuchVersion { .. })) => {
                return Err(CatalogueError::NotInMirror {
                    recipe,
                    version: exact.version,
                    repository,
                    commit: exact.commit,
                    source: Box::new(source),
                }
                .into());
            }
            Err(other) => return Err(other.into()),
        };
        if found.commit != exact.commit || found.tree != exact.tree {
            return Err(CatalogueError::OtherContent {
                recipe,
                version: exact.version,
                repository,
                pinned: format!("commit {} with tree {}", exact.commit, exact.tree),
                found: format!("commit {} with tree {}", found.commit, found.tree),
            }
            .into());
        }
        let version = exact.version.parse().ok().or(found.version);
        Ok(Chosen {
            pinned: Pinned { version, ..found },
            notices: notices(exact.words),
        })
    }

    /// Where a recipe of the catalogue is: where its own entry says, or else under the usual address.
    pub(super) async fn catalogued_place(&self, recipe: &str) -> Result<String> {
        let known = match &self.catalogue {
            Some(catalogue) => catalogue.repository(recipe).await?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| self.usual_place(recipe)))
    }

    /// What the catalogue says of the version that an app runs.
    pub(super) async fn said_of_running(&self, app: &App, version: &str) -> Option<Running> {
        let catalogue = self.catalogue.as_ref()?;
        let usual = self.usual_place(&app.recipe);
        catalogue
            .running(&app.recipe, &app.source, &usual, version)
            .await
    }

    /// Tells the federation how an upgrade ended, where the collective wants that; whoever waits for the verdict does not
    /// wait for this.
    pub(super) fn tell_outcome(self: &Arc<Self>, app: &App, plan: &Plan, outcome: Outcome) {
        let verdict = match outcome {
            Outcome::Converged | Outcome::Completed => UpgradeVerdict::Converged,
            Outcome::RolledBack => UpgradeVerdict::RolledBack,
            Outcome::Failed => UpgradeVerdict::Failed,
            Outcome::TimedOut => UpgradeVerdict::TimedOut,
            // Nothing was tried, or nobody knows how it ended.
            _ => return,
        };
        let (Some(catalogue), Some(pin)) = (self.catalogue.clone(), plan.pin.clone()) else {
            return;
        };
        // A test is no upgrade in the field.
        if !catalogue.reports_outcomes()
            || plan.current_version.is_empty()
            || is_throw_away(&app.name)
        {
            return;
        }
        let (agent, app, from) = (Arc::clone(self), app.clone(), plan.current_version.clone());
        self.tasks.spawn(async move {
            // Of a recipe that is the catalogue's, and not of another one with the same name.
            if agent.said_of_running(&app, &from).await.is_none() {
                return;
            }
            let versions = (from.as_str(), pin.version.as_str());
            if let Err(error) = catalogue.report(&pin.recipe, versions, verdict).await {
                tracing::warn!(
                    code = error.code(),
                    "how an upgrade ended is not told: {error}"
                );
            }
        });
    }

    fn usual_place(&self, recipe: &str) -> String {
        format!("{}/{recipe}.git", self.config.recipes.base_url)
    }
}

/// abra's order (reference 4.5): what is asked for, what the env says, what runs, the latest.
pub(super) fn wish_of(app: &App, request: &DeployRequest, current: &Current) -> Result<Wanted> {
    let said = [&request.version, &app.env_version, &current.version];
    match said.into_iter().find(|text| !text.is_empty()) {
        Some(text) if !request.latest => wanted(text),
        _ => Ok(Wanted::Latest),
    }
}

fn notices(words: Vec<Word>) -> Vec<Notice> {
    let notice = |word: Word| Notice {
        rule: word.rule.to_owned(),
        place: String::new(),
        text: word.text,
    };
    words.into_iter().map(notice).collect()
}
