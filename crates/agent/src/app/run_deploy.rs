//! A deploy, once its plan is accepted: change, watch, tidy up, remember.

use std::{collections::BTreeSet, time::Duration};

use allot_stack::spec::ServiceSpec;
use tokio::time::Instant;

use super::{
    Agent,
    apply::{Applying, Touched},
    blocking,
    error::{AppError, Result},
    event::What,
    model::{App, Generation, Outcome, Verdict},
    plan::{BASE_NAME_LABEL, Plan},
    record::Record,
    watch::{self, Profile, ServiceWatch, StackWatch, WatchEnd},
};
use crate::engine::{Engine, ObjectKind, ObservedService, TaskState, UpdateStatus};

impl Agent {
    pub(super) async fn run_deploy(
        &self,
        applying: &Applying<'_>,
        app: &App,
        plan: &Plan,
    ) -> Result<Verdict> {
        let past = if plan.detach {
            Past::default()
        } else {
            Past::of(applying.engine, plan).await?
        };
        let touched = applying.deploy(plan).await?;
        if plan.detach {
            self.note_version(app, plan, applying).await?;
            return Ok(detached(app, plan, touched.len()));
        }
        let timeout = Duration::from_secs(u64::from(plan.timeout_seconds));
        let services = touched.iter().map(|service| past.watch(service)).collect();
        let stack = StackWatch::new(services, timeout, Instant::now());
        let clock = &*self.clock;
        let tell = |what| applying.live.tell(clock.now(), what);
        let watched = match watch::watch(applying.engine, &plan.stack, stack, &tell).await {
            WatchEnd::Over(watched) => watched,
            WatchEnd::EngineGone(watched, error) => {
                return Ok(engine_gone(&watched, &error.into()));
            }
        };
        for failure in watch::failures(applying.engine, &watched).await {
            tell(What::Failure(failure));
        }
        let mut verdict = watch::verdict(&watched, 0);
        if matches!(verdict.outcome, Outcome::Converged | Outcome::Completed) {
            self.collect_configs(applying, plan).await;
            if !plan.has_changes() {
                verdict.outcome = Outcome::Unchanged;
                verdict.text = format!("nothing to change, {}", verdict.text);
            }
            if let Err(error) = self.keep(applying, app, plan, &touched).await {
                // What runs, runs: a full disk under the agent does not make a stack fail.
                tracing::error!(
                    app = app.name,
                    code = error.code(),
                    "cannot keep what converged: {error}"
                );
                verdict.text = format!(
                    "{}, but the agent could not write that down: {error}",
                    verdict.text
                );
            }
        }
        Ok(verdict)
    }

    /// Keeps what converged: its version in the app's env, and all of it as a generation.
    async fn keep(
        &self,
        applying: &Applying<'_>,
        app: &App,
        plan: &Plan,
        touched: &[Touched],
    ) -> Result<()> {
        self.note_version(app, plan, applying).await?;
        self.remember(applying, app, plan, touched).await
    }

    /// Writes the deployed version into the app's env, as abra does: once the deploy has succeeded, so that a version
    /// that does not run is not what the next deploy takes.
    async fn note_version(&self, app: &App, plan: &Plan, applying: &Applying<'_>) -> Result<()> {
        let Some(pin) = &plan.pin else { return Ok(()) };
        let version = if pin.version.is_empty() {
            &pin.commit
        } else {
            &pin.version
        };
        let newest = self.registry.app(&app.name)?;
        if newest.env_version == *version || newest.env_revision != plan.env_revision {
            return Ok(());
        }
        self.write_env_version(&newest, version, &applying.live.operation.actor)
            .await
    }

    /// Removes configs of this stack that a config of the same base name has replaced and no service uses any more.
    /// What cannot be removed now is tried again after the next deploy.
    async fn collect_configs(&self, applying: &Applying<'_>, plan: &Plan) {
        let replaced: BTreeSet<&str> = plan
            .objects
            .iter()
            .filter_map(|o| o.stands_for.as_deref())
            .collect();
        let Ok(snapshot) = applying.engine.snapshot(&plan.stack).await else {
            return;
        };
        let used: BTreeSet<&str> = snapshot
            .services
            .iter()
            .flat_map(|s| config_names(&s.spec))
            .collect();
        for config in &snapshot.configs {
            let base = config
                .labels
                .get(BASE_NAME_LABEL)
                .map_or(config.name.as_str(), String::as_str);
            let is_old = config.labels.contains_key(BASE_NAME_LABEL) || replaced.contains(base);
            if !is_old || used.contains(config.name.as_str()) {
                continue;
            }
            if let Err(error) = applying
                .remove(ObjectKind::Config, &config.name, &config.id)
                .await
            {
                tracing::info!(config = config.name, "an old config stays for now: {error}");
            }
        }
        if let Err(error) = applying.write_down().await {
            tracing::warn!("cannot journal the removal of old configs: {error}");
        }
    }

    /// Keeps the converged stack as a generation to go back to. Secret data is not part of it.
    async fn remember(
        &self,
        applying: &Applying<'_>,
        app: &App,
        plan: &Plan,
        touched: &[Touched],
    ) -> Result<()> {
        let Some(pin) = plan.pin.as_ref().filter(|_| plan.has_changes()) else {
            return Ok(());
        };
        let specs: Vec<&ServiceSpec> = touched.iter().map(|t| &t.spec).collect();
        let bytes = serde_json::to_vec(&specs).map_err(|source| AppError::Encode { source })?;
        let registry = self.registry.clone();
        let blob = blocking("keeping the specs", move || {
            Ok(registry.store().blobs.put(&bytes)?)
        })
        .await?;
        let generation = Generation {
            operation: applying.live.operation.id.clone(),
            version: pin.version.clone(),
            commit: pin.commit.clone(),
            env_revision: plan.env_revision,
            specs: blob.to_string(),
            at: self.clock.now(),
        };
        self.registry
            .commit(Record::GenerationStored {
                app: app.name.clone(),
                generation,
            })
            .await
    }
}

/// How things stood before the operation touched anything.
#[derive(Default)]
struct Past {
    services: Vec<ObservedService>,
    ended: Vec<String>,
}

impl Past {
    async fn of(engine: &dyn Engine, plan: &Plan) -> Result<Self> {
        let ids: Vec<String> = plan
            .services
            .iter()
            .filter_map(|s| Some(s.current.as_ref()?.0.clone()))
            .collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let (services, tasks) = tokio::try_join!(engine.services(&plan.stack), engine.tasks(&ids))?;
        let ended = tasks.into_iter().filter(|t| t.state > TaskState::Running);
        Ok(Self {
            services,
            ended: ended.map(|t| t.id).collect(),
        })
    }

    fn watch(&self, touched: &Touched) -> ServiceWatch {
        let update: Option<UpdateStatus> = self
            .services
            .iter()
            .find(|s| s.id == touched.id)
            .and_then(|s| s.update.clone());
        let profile = Profile::of(&touched.spec);
        ServiceWatch::new(
            touched.id.clone(),
            touched.short.clone(),
            profile,
            touched.changed,
        )
        .with_past(update, self.ended.iter().cloned())
    }
}

fn config_names(spec: &ServiceSpec) -> impl Iterator<Item = &str> {
    let container = spec
        .task_template
        .as_ref()
        .and_then(|t| t.container_spec.as_ref());
    container
        .into_iter()
        .flat_map(|c| c.configs.iter().flatten())
        .filter_map(|c| c.config_name.as_deref())
}

/// The verdict where nobody waits: what was accepted, not whether it runs.
fn detached(app: &App, plan: &Plan, services: usize) -> Verdict {
    let (outcome, text) = if plan.has_changes() {
        let text = format!("the engine accepted {services} services; nobody waits for them");
        (Outcome::Detached, text)
    } else {
        let text =
            format!("nothing to change in {services} services; nobody looked whether they run");
        (Outcome::Unchanged, text)
    };
    Verdict {
        outcome,
        text,
        services: Vec::new(),
        elapsed_ms: 0,
        code: String::new(),
        help: format!("look with `allot app ps {}`", app.name),
    }
}

fn engine_gone(watched: &StackWatch, error: &AppError) -> Verdict {
    let mut verdict = watch::verdict(watched, 0);
    verdict.outcome = Outcome::Interrupted;
    verdict.text = format!("the engine went away while the stack was being watched: {error}");
    error.code().clone_into(&mut verdict.code);
    verdict.help = error.help().unwrap_or_default();
    verdict
}
