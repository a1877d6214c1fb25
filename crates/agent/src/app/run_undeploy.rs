//! Taking a stack off the swarm, and deleting an app for good.
//!
//! Both end when things are really gone: `docker stack rm` returns while tasks still stop and networks are still held,
//! and a deploy right after it fails with "network not found".

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::watch::ENGINE_PATIENCE;
use super::{
    Agent,
    apply::{Applying, all_or_first_error},
    error::{AppError, Result},
    event::Action,
    model::{App, Outcome, Verdict},
    plan::{ObjectPlan, Plan, ServicePlan},
    record::Record,
};
use crate::engine::{EngineError, ObjectKind, TaskState};

/// How long tasks may take to stop beyond their grace period.
const STOP_MARGIN: Duration = Duration::from_secs(60);

/// How long a network or volume may stay held after the last task has stopped.
const RELEASE_TIME: Duration = Duration::from_secs(60);

/// How often to look whether something is gone; swarm has no event for it.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Swarm's own stop grace period.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);

impl Agent {
    pub(super) async fn run_undeploy(
        &self,
        applying: &Applying<'_>,
        plan: &Plan,
    ) -> Result<Verdict> {
        let removals: Vec<_> = plan
            .services
            .iter()
            .map(|service| remove_service(applying, service))
            .collect();
        let removed_all = all_or_first_error(removals).await;
        applying.write_down().await?;
        removed_all?;
        wait_until_tasks_are_gone(applying, plan).await?;
        remove_objects(applying, plan).await?;
        let kept = plan
            .objects
            .iter()
            .filter(|o| o.kind == ObjectKind::Volume)
            .count();
        let text = format!(
            "{} services and their networks are gone; {kept} volumes are kept",
            plan.services.len()
        );
        Ok(removed(
            text,
            format!("`allot app deploy {}` brings it back", plan.app),
        ))
    }

    pub(super) async fn run_remove(
        &self,
        applying: &Applying<'_>,
        app: &App,
        plan: &Plan,
    ) -> Result<Verdict> {
        applying.engine.clear_ended_containers(&plan.stack).await?;
        remove_objects(applying, plan).await?;
        self.registry
            .commit(Record::AppRemoved {
                app: app.name.clone(),
                at: self.clock.now(),
            })
            .await?;
        let text = format!(
            "{} is gone for good, with {} secrets and volumes",
            app.name,
            plan.step_count()
        );
        Ok(removed(text, String::new()))
    }
}

async fn remove_service(applying: &Applying<'_>, service: &ServicePlan) -> Result<()> {
    let (id, _) = service
        .current
        .as_ref()
        .ok_or_else(|| lost(&service.name))?;
    applying
        .remove(ObjectKind::Service, &service.name, id)
        .await
}

async fn wait_until_tasks_are_gone(applying: &Applying<'_>, plan: &Plan) -> Result<()> {
    let deadline = Instant::now() + longest_grace(&plan.services) + STOP_MARGIN;
    loop {
        let tasks = patiently(|| applying.engine.stack_tasks(&plan.stack)).await?;
        let alive = tasks
            .iter()
            .filter(|t| t.state <= TaskState::Running)
            .count();
        if alive == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(AppError::StillStopping {
                app: plan.app.clone(),
                left: alive,
            });
        }
        sleep(LOOK_EVERY).await;
    }
}

fn longest_grace(services: &[ServicePlan]) -> Duration {
    let grace = |s: &ServicePlan| {
        let container = s.spec.task_template.as_ref()?.container_spec.as_ref()?;
        u64::try_from(container.stop_grace_period?)
            .ok()
            .map(Duration::from_nanos)
    };
    services
        .iter()
        .filter_map(grace)
        .max()
        .unwrap_or(DEFAULT_GRACE)
}

async fn remove_objects(applying: &Applying<'_>, plan: &Plan) -> Result<()> {
    let doomed = plan.objects.iter().filter(|o| o.action == Action::Remove);
    let removals: Vec<_> = doomed
        .map(|object| remove_when_free(applying, object))
        .collect();
    let outcome = all_or_first_error(removals).await;
    applying.write_down().await?;
    outcome?;
    wait_until_networks_are_gone(applying, plan).await
}

/// Removes an object as soon as nothing holds it.
async fn remove_when_free(applying: &Applying<'_>, object: &ObjectPlan) -> Result<()> {
    let deadline = Instant::now() + RELEASE_TIME;
    let id = object.id.as_deref().ok_or_else(|| lost(&object.name))?;
    loop {
        match applying.remove(object.kind, &object.name, id).await {
            Err(AppError::Engine(EngineError::InUse { .. })) if Instant::now() < deadline => {
                sleep(LOOK_EVERY).await
            }
            other => return other,
        }
    }
}

/// A removed network still answers by name for a moment; a deploy in that moment would attach to it and fail.
async fn wait_until_networks_are_gone(applying: &Applying<'_>, plan: &Plan) -> Result<()> {
    let networks = plan
        .objects
        .iter()
        .filter(|o| o.kind == ObjectKind::Network && o.action == Action::Remove);
    let names: Vec<String> = networks.map(|o| o.name.clone()).collect();
    let deadline = Instant::now() + RELEASE_TIME;
    while !names.is_empty() {
        let left = patiently(|| applying.engine.networks_named(&names))
            .await?
            .len();
        if left == 0 {
            break;
        }
        if Instant::now() > deadline {
            return Err(AppError::StillStopping {
                app: plan.app.clone(),
                left,
            });
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Asks again while the engine is away for a moment, as one that is upgraded or restarted is.
async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = std::result::Result<T, EngineError>>,
{
    let deadline = Instant::now() + ENGINE_PATIENCE;
    loop {
        match ask().await {
            Err(EngineError::Unreachable { .. } | EngineError::Timeout { .. })
                if Instant::now() < deadline =>
            {
                sleep(LOOK_EVERY).await
            }
            other => return Ok(other?),
        }
    }
}

fn lost(name: &str) -> AppError {
    AppError::Worker {
        what: format!("the plan has no id for {name}"),
    }
}

fn removed(text: String, help: String) -> Verdict {
    Verdict {
        outcome: Outcome::Removed,
        text,
        services: Vec::new(),
        elapsed_ms: 0,
        code: String::new(),
        help,
    }
}
