//! Taking the throw-away stack away, and looking what is left of it.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::{Instant, sleep};

use super::Stage;
use crate::{
    app::{
        Agent,
        error::{AppError, Result},
        recipe_test::{book::End, error::TestError, report::PhaseVerdict},
        record::Record,
    },
    engine::{Engine, EngineError, ObjectKind, TaskState},
    limits::TEST_SWEEP_TIME,
};

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Stage {
    /// Takes the stack off the swarm the way that every undeploy goes.
    pub(in crate::app::recipe_test) async fn undeploy(&self) -> Result<End> {
        if !self.agent.registry.has_app(&self.name)? {
            return Ok(End::new(PhaseVerdict::Skipped, "nothing was deployed"));
        }
        self.settle().await?;
        let plan = match self.agent.plan_undeploy(&self.name).await {
            Err(AppError::NotDeployed { .. }) => {
                return Ok(End::new(PhaseVerdict::Skipped, "nothing was deployed"));
            }
            plan => plan?,
        };
        let (verdict, log) = self.carry_out(&plan.hash).await?;
        let end = if verdict.outcome.is_success() {
            End::passed(verdict.text)
        } else {
            End::failed(verdict.text)
        };
        Ok(end.with_log(log))
    }

    /// Deletes the app with its volumes, and says what is left of the stack. Whatever that is, it is gone afterwards.
    pub(in crate::app::recipe_test) async fn nothing_left(&self) -> Result<End> {
        let removed = self.remove().await;
        let left = left(&self.agent, &self.name).await?;
        let end = match removed {
            Ok(()) if left.is_empty() => {
                let text = "no service, container, network, volume, secret or config is left";
                return Ok(End::passed(text));
            }
            Ok(()) => End::failed(format!("left behind: {}", left.join(", "))),
            Err(error) => End::failed(format!("it could not be removed: {error}")).with_log(left),
        };
        sweep(&self.agent, &self.name).await?;
        Ok(end)
    }

    async fn remove(&self) -> Result<()> {
        if !self.agent.registry.has_app(&self.name)? {
            return Ok(());
        }
        let plan = self.agent.plan_remove(&self.name, false).await?;
        let (verdict, _) = self.carry_out(&plan.hash).await?;
        if verdict.outcome.is_success() {
            return Ok(());
        }
        Err(TestError::Left {
            stack: self.name.clone(),
            left: verdict.text,
        }
        .into())
    }

    /// Waits for the end of an operation that a stopped test left. Without its services it has nothing to wait for.
    async fn settle(&self) -> Result<()> {
        let agent = &self.agent;
        let held = || agent.running().into_iter().find(|o| o.app == self.name);
        while let Some(operation) = held() {
            remove_services(&*agent.engine, &self.name).await?;
            let Some(live) = agent.live_operation(&operation.id) else {
                continue;
            };
            tokio::select! {
                () = live.follow().for_each(|_| std::future::ready(())) => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }
}

/// What there is of a stack, such as `volume a_data`.
///
/// # Errors
/// The engine or the index cannot be read.
async fn left(agent: &Agent, stack: &str) -> Result<Vec<String>> {
    let engine = &*agent.engine;
    let snapshot = engine.snapshot(stack).await?;
    let (volumes, tasks) = tokio::try_join!(engine.volumes(stack), engine.stack_tasks(stack))?;
    let mut left = Vec::new();
    let mut note = |kind: &str, name: &str| left.push(format!("{kind} {name}"));
    snapshot
        .services
        .iter()
        .for_each(|s| note("service", &s.name));
    snapshot
        .networks
        .iter()
        .for_each(|n| note("network", &n.name));
    snapshot
        .secrets
        .iter()
        .for_each(|s| note("secret", &s.name));
    snapshot
        .configs
        .iter()
        .for_each(|c| note("config", &c.name));
    volumes.iter().for_each(|v| note("volume", &v.name));
    let alive = tasks.iter().filter(|t| t.state <= TaskState::Running);
    alive.for_each(|t| note("task", &t.id));
    if agent.registry.has_app(stack)? {
        note("app", stack);
    }
    Ok(left)
}

/// Removes whatever carries a throw-away stack's name, again and again until nothing does, and the app's record last:
/// as long as it is there the next test finds it.
///
/// # Errors
/// Something does not go, or the engine does not answer.
pub(in crate::app::recipe_test) async fn sweep(agent: &Agent, stack: &str) -> Result<()> {
    let engine = &*agent.engine;
    let deadline = Instant::now() + TEST_SWEEP_TIME;
    loop {
        remove_services(engine, stack).await?;
        engine.clear_ended_containers(stack).await?;
        let snapshot = engine.snapshot(stack).await?;
        let volumes = engine.volumes(stack).await?;
        let networks = snapshot
            .networks
            .iter()
            .map(|n| (ObjectKind::Network, &n.id));
        let secrets = snapshot.secrets.iter().map(|s| (ObjectKind::Secret, &s.id));
        let configs = snapshot.configs.iter().map(|c| (ObjectKind::Config, &c.id));
        let volumes = volumes.iter().map(|v| (ObjectKind::Volume, &v.name));
        for (kind, id) in networks.chain(secrets).chain(configs).chain(volumes) {
            gone(engine.remove(kind, id).await)?;
        }
        let mut left = left(agent, stack).await?;
        left.retain(|what| !what.starts_with("app "));
        if left.is_empty() {
            break;
        }
        if Instant::now() > deadline {
            return Err(TestError::Left {
                stack: stack.to_owned(),
                left: left.join(", "),
            }
            .into());
        }
        sleep(LOOK_EVERY).await;
    }
    if agent.registry.has_app(stack)? {
        let record = Record::AppRemoved {
            app: stack.to_owned(),
            at: agent.clock.now(),
        };
        agent.registry.commit(record).await?;
    }
    Ok(())
}

async fn remove_services(engine: &dyn Engine, stack: &str) -> Result<()> {
    for service in engine.services(stack).await? {
        gone(engine.remove(ObjectKind::Service, &service.id).await)?;
    }
    Ok(())
}

/// What is held now is tried again; what is gone is gone.
fn gone(removed: std::result::Result<(), EngineError>) -> Result<()> {
    match removed {
        Ok(()) | Err(EngineError::InUse { .. } | EngineError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
