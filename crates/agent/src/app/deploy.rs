//! Which version a deploy takes, what it asks of the swarm, and the plan for that.

use std::sync::Arc;

use allot_recipe::{EnvSample, RecipeVersion, release_notes};

use super::{
    Agent, blocking,
    desired::{Desired, Note, Pin},
    env::named_version,
    error::Result,
    model::{App, OperationKind},
    pinned::{Terms, wish_of},
    plan::{Answers, Current, DeployOptions, Plan, ask, plan_deploy, plan_remove, plan_undeploy},
    recipe_test,
    render::{self, Input},
};
use crate::{engine::ObservedService, git::Wanted};

/// What an operator asks to be deployed.
#[derive(Debug, Clone, Default)]
pub struct DeployRequest {
    /// The app.
    pub app: String,
    /// Version or commit; empty: the env's, else what runs, else the latest.
    pub version: String,
    /// The latest, whatever the env says.
    pub latest: bool,
    /// Do not ask the git server.
    pub offline: bool,
    /// Take a version that its stewards have yanked.
    pub yanked: bool,
    /// It is tried out on a throw-away stack, before its stewards stand behind it: the catalogue has no say. No message
    /// sets this.
    pub trial: bool,
    /// The rest.
    pub options: DeployOptions,
}

/// A plan as it was shown: enough to make it again.
#[derive(Debug)]
pub(super) enum Shown {
    Deploy {
        desired: Box<Desired>,
        current: Current,
        notes: Vec<Note>,
        options: DeployOptions,
        answers: Answers,
        terms: Terms,
    },
    Undeploy,
    Remove {
        secrets: Vec<String>,
        keep_volumes: bool,
    },
}

impl Shown {
    pub(super) fn kind(&self) -> OperationKind {
        match self {
            Self::Deploy { .. } => OperationKind::Deploy,
            Self::Undeploy => OperationKind::Undeploy,
            Self::Remove { .. } => OperationKind::Remove,
        }
    }
}

impl Agent {
    /// Says exactly what a deploy would change. Only reads.
    ///
    /// # Errors
    /// The app, its recipe, the version, the env or the engine is not as it must be.
    pub async fn plan_deploy(&self, request: DeployRequest) -> Result<Plan> {
        let app = self.registry.app(&request.app)?;
        let env = self.registry.env(&app, 0)?;
        let (running, ()) = tokio::try_join!(
            async { Ok(self.engine.services(&app.stack).await?) },
            self.refresh(&app, request.offline),
        )?;
        let mut current = self.current(&app, &running)?;
        let (pin, words) = self.choose_pinned(&app, &request, &current).await?;
        let tree = self.recipes.open(&app.source, &pin.commit).await?;
        let (stack_app, old) = (app.clone(), current.version.clone());
        let node = match request.trial {
            true => self.node_of_trials().await?,
            false => None,
        };
        let (desired, notes) = blocking("rendering a recipe", move || {
            let input = Input {
                app: &stack_app,
                env: &env,
                pin: &pin,
                tree: &*tree,
            };
            let mut desired = Box::new(render::desired(&input)?);
            desired.notices.splice(0..0, words);
            if let Some(node) = node {
                recipe_test::keep_on(&mut desired.services, &node);
            }
            Ok((desired, release_notes_between(&*tree, &old, &pin.version)?))
        })
        .await?;
        if current.commit.is_empty() && current.version == desired.pin.version {
            current.commit.clone_from(&desired.pin.commit);
        }
        let terms = Terms::of(&request);
        let (engine, options) = (&*self.engine, request.options);
        let answers = ask(engine, &desired.services, &running, options.resolve_image).await;
        let (now, told, here) = (current.clone(), notes.clone(), Some(running));
        let plan = plan_deploy(engine, &desired, now, told, options, &answers, here).await?;
        let shown = Shown::Deploy {
            desired,
            current,
            notes,
            options,
            answers,
            terms,
        };
        self.shown.put(&plan.hash, Arc::new(shown));
        Ok(plan)
    }

    /// Says what an undeploy would remove. Only reads.
    ///
    /// # Errors
    /// There is no such app, nothing of it runs, or the engine does not answer.
    pub async fn plan_undeploy(&self, app: &str) -> Result<Plan> {
        let app = self.registry.app(app)?;
        self.plan_and_keep(&app, Shown::Undeploy).await
    }

    /// Says what removing an app for good would delete. Only reads.
    ///
    /// # Errors
    /// There is no such app, it still runs, or the engine does not answer.
    pub async fn plan_remove(&self, app: &str, keep_volumes: bool) -> Result<Plan> {
        let app = self.registry.app(app)?;
        let secrets = self.secret_names_ever(&app).await;
        self.plan_and_keep(
            &app,
            Shown::Remove {
                secrets,
                keep_volumes,
            },
        )
        .await
    }

    async fn plan_and_keep(&self, app: &App, shown: Shown) -> Result<Plan> {
        let plan = self.plan_again(app, &shown).await?;
        self.shown.put(&plan.hash, Arc::new(shown));
        Ok(plan)
    }

    /// Makes a plan that was shown again, from the swarm as it is now.
    pub(super) async fn plan_again(&self, app: &App, shown: &Shown) -> Result<Plan> {
        let engine = &*self.engine;
        match shown {
            Shown::Deploy {
                desired,
                current,
                notes,
                options,
                answers,
                terms: _,
            } => {
                let (now, told) = (current.clone(), notes.clone());
                let mut plan =
                    plan_deploy(engine, desired, now, told, *options, answers, None).await?;
                if app.env_revision != desired.env_revision {
                    // Somebody edited the env: whatever this is now, it is not the plan that was shown.
                    plan.hash.clear();
                }
                Ok(plan)
            }
            Shown::Undeploy => plan_undeploy(engine, app).await,
            Shown::Remove {
                secrets,
                keep_volumes,
            } => plan_remove(engine, app, secrets, *keep_volumes).await,
        }
    }

    /// Brings the mirror of an app's recipe up to date, unless the git server is not to be asked.
    pub(super) async fn refresh(&self, app: &App, offline: bool) -> Result<()> {
        if !offline {
            self.recipes.fetch(&app.source).await?;
        }
        Ok(())
    }

    /// What a deploy would take, by the mirror as it is, for who only looks: nothing is held against the catalogue.
    pub(super) async fn choose_version(
        &self,
        app: &App,
        request: &DeployRequest,
        current: &Current,
    ) -> Result<Pin> {
        let wanted = wish_of(app, request, current)?;
        let pinned = self.recipes.resolve(&app.source, &wanted).await?;
        Ok(Pin {
            recipe: app.recipe.clone(),
            source: app.source.clone(),
            version: pinned.version.map(|v| v.to_string()).unwrap_or_default(),
            commit: pinned.commit,
        })
    }

    /// What runs now: the version from the labels, the commit from the last operation that deployed that version.
    pub(super) fn current(&self, app: &App, running: &[ObservedService]) -> Result<Current> {
        let labels = running.iter().filter_map(|s| s.spec.labels.as_ref());
        let key = format!("coop-cloud.{}.version", app.stack);
        let version = labels
            .filter_map(|l| l.get(&key))
            .next()
            .cloned()
            .unwrap_or_default();
        if version.is_empty() {
            return Ok(Current::default());
        }
        let history = self.registry.operations(&app.name)?;
        let commit = history
            .iter()
            .rev()
            .find(|o| o.version == version)
            .map(|o| o.commit.clone());
        Ok(Current {
            version,
            commit: commit.unwrap_or_default(),
        })
    }

    /// The sample of the recipe at the version that a deploy would take.
    pub(super) async fn sample_of(&self, app: &App, offline: bool) -> Result<EnvSample> {
        let request = DeployRequest {
            offline,
            ..DeployRequest::default()
        };
        self.refresh(app, offline).await?;
        let pin = self
            .choose_version(app, &request, &Current::default())
            .await?;
        let tree = self.recipes.open(&app.source, &pin.commit).await?;
        blocking("reading a recipe", move || {
            Ok(render::load(&*tree)?.env_sample)
        })
        .await
    }
}

fn release_notes_between(
    tree: &dyn allot_recipe::RecipeTree,
    old: &str,
    new: &str,
) -> Result<Vec<Note>> {
    let Ok(new) = RecipeVersion::parse(new) else {
        return Ok(Vec::new());
    };
    let old = RecipeVersion::parse(old).ok();
    let limits = allot_recipe::Limits::default();
    let listed = release_notes::list(tree, &limits)?;
    let between = release_notes::between(&listed, old.as_ref(), &new);
    let read = release_notes::read(tree, &between, &limits)?;
    Ok(read
        .into_iter()
        .map(|n| Note {
            version: n.version.to_string(),
            text: n.text,
        })
        .collect())
}

/// What a version or commit, as somebody wrote it, asks of a repository.
pub(super) fn wanted(text: &str) -> Result<Wanted> {
    let pin: allot_recipe::reference::Pin = text.parse()?;
    Ok(Wanted::from(Some(&pin)))
}

/// The version that an env names, for those who only have its text.
pub(super) fn version_in(text: &str, app: &str) -> Result<String> {
    Ok(named_version(&allot_recipe::EnvFile::parse(
        &super::env::env_name(app),
        text,
    )?))
}
