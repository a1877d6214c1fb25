//! The simulated engine: a swarm of one manager in memory, which keeps swarm's rules.
//!
//! It is the twin of [`super::docker`], held to the same contract (`tests/contract`). Time is tokio's, so a
//! test with a paused clock owns it. Object versions, name conflicts, immutable secrets and configs, what is
//! in use, task states, restarts, health checks, rolling updates with their failure actions, placement, host
//! ports and jobs behave and speak as Docker 20.10 does; processes, networks and registries do not exist.
//!
//! # How a container behaves
//!
//! Any image just runs until it is asked to end, and is healthy at its first check. These do not:
//!
//! | image | what it does |
//! |---|---|
//! | `sim/missing` | cannot be found: the task is rejected |
//! | `sim/badcommand` | its command cannot be started |
//! | `sim/crash` | ends with exit code 1 after 100 ms |
//! | `sim/done` | ends with exit code 0 after 100 ms |
//! | `sim/slow` | takes 30 s to arrive |
//! | `sim/unhealthy` | never passes its health check |
//!
//! A service's environment has the last word, whatever the image:
//!
//! | variable | what it sets |
//! |---|---|
//! | `SIM_MISSING=1`, `SIM_BAD_COMMAND=1` | as the images above |
//! | `SIM_PULL_MS` | time for the image to arrive |
//! | `SIM_START_MS` | time from start to a running process |
//! | `SIM_EXIT`, `SIM_EXIT_AFTER_MS` | the process ends with this code, this long after it began (100) |
//! | `SIM_HEALTHY_AFTER_MS` | when the health check begins to pass; `never` for never |
//! | `SIM_HEALTH_OUTPUT` | what a failing check prints |
//! | `SIM_STOP_MS` | how long the process takes to end when asked (20) |
//! | `SIM_STOP_EXIT` | its exit code then; 143, as of a process that SIGTERM kills |
//! | `SIM_STDOUT`, `SIM_STDERR` | a line that the process writes when it begins |
//! | `SIM_EXEC_STDOUT`, `SIM_EXEC_EXIT`, `SIM_EXEC_MS` | what a command run in the container prints, its exit code (0), its time |
//! | `SIM_EXEC_ONLY` | only commands with this text in an argument; any other ends well |

mod behaviour;
mod control;
mod exec;
mod health;
mod lifecycle;
mod objects;
mod orchestrate;
mod placement;
mod service;
mod streams;
mod task;
mod update;
mod view;
mod world;

pub use control::{Fault, Request, SimControl};

use std::sync::{Arc, Mutex, PoisonError, Weak};

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use async_trait::async_trait;
use futures::{StreamExt as _, stream::BoxStream};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use self::control::unreachable;
use self::objects::refused;
use self::world::World;
use super::{
    Archive, Command, CommandEnd, Engine, EngineEvent, EngineInfo, HealthReport, LogLine, LogQuery,
    ObjectKind, ObservedConfig, ObservedNetwork, ObservedSecret, ObservedService, ObservedTask,
    ObservedVolume, ResolvedImage, Result, Snapshot,
};

/// A simulated swarm.
pub struct SimEngine {
    world: Arc<Mutex<World>>,
    control: SimControl,
    changed: Arc<Notify>,
    driver: JoinHandle<()>,
}

impl Drop for SimEngine {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Default for SimEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl SimEngine {
    /// A fresh swarm of one manager. Must be called within a tokio runtime, which drives its clock.
    #[must_use]
    pub fn new() -> Self {
        let world = Arc::new(Mutex::new(World::new()));
        let changed = Arc::new(Notify::new());
        let driver = tokio::spawn(drive(Arc::downgrade(&world), changed.clone()));
        Self {
            world,
            control: SimControl::new(),
            changed,
            driver,
        }
    }

    /// The handle for faults and counts.
    #[must_use]
    pub fn control(&self) -> SimControl {
        self.control.clone()
    }

    /// One request: counted, delayed or failed as the control says, then done at one moment.
    async fn request<T>(
        &self,
        request: Request,
        act: impl FnOnce(&mut World) -> Result<T>,
    ) -> Result<T> {
        let (delay, fault) = self.control.enter(request);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if !self.control.is_here() {
            return Err(unreachable());
        }
        match fault {
            Some(Fault::AnswerLost) => {
                self.act(act)?;
                Err(Fault::AnswerLost.error(request))
            }
            Some(fault) => Err(fault.error(request)),
            None => self.act(act),
        }
    }

    fn act<T>(&self, act: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance();
        let result = act(&mut world);
        drop(world);
        self.changed.notify_one();
        result
    }
}

/// Keeps the agenda: sleeps until the next job is due or a request changed the agenda.
async fn drive(world: Weak<Mutex<World>>, changed: Arc<Notify>) {
    loop {
        let next = {
            let Some(world) = world.upgrade() else {
                return;
            };
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.advance();
            world.next_due()
        };
        match next {
            Some(due) => tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = changed.notified() => {}
            },
            None => changed.notified().await,
        }
    }
}

#[async_trait]
impl Engine for SimEngine {
    async fn info(&self) -> Result<EngineInfo> {
        self.request(Request::Info, |world| Ok(world.info())).await
    }

    async fn snapshot(&self, stack: &str) -> Result<Snapshot> {
        self.request(Request::Snapshot, |world| Ok(world.snapshot(stack)))
            .await
    }

    async fn services(&self, stack: &str) -> Result<Vec<ObservedService>> {
        self.request(Request::Services, |world| Ok(world.stack_services(stack)))
            .await
    }

    async fn stack_services(&self) -> Result<Vec<ObservedService>> {
        self.request(Request::StackServices, |world| {
            Ok(world.observed_services(|service| service.stack().is_some()))
        })
        .await
    }

    async fn networks_named(&self, names: &[String]) -> Result<Vec<ObservedNetwork>> {
        self.request(Request::NetworksNamed, |world| {
            let all = world.networks.values();
            Ok(all.filter(|n| names.contains(&n.name)).cloned().collect())
        })
        .await
    }

    async fn secrets_named(&self, names: &[String]) -> Result<Vec<ObservedSecret>> {
        self.request(Request::SecretsNamed, |world| {
            let all = world.secrets.values();
            Ok(all.filter(|s| names.contains(&s.name)).cloned().collect())
        })
        .await
    }

    async fn configs_named(&self, names: &[String]) -> Result<Vec<ObservedConfig>> {
        self.request(Request::ConfigsNamed, |world| {
            let all = world.configs.values();
            Ok(all.filter(|c| names.contains(&c.name)).cloned().collect())
        })
        .await
    }

    async fn tasks(&self, service_ids: &[String]) -> Result<Vec<ObservedTask>> {
        self.request(Request::Tasks, |world| {
            Ok(world.observed_tasks(|task| service_ids.contains(&task.service_id)))
        })
        .await
    }

    async fn stack_tasks(&self, stack: &str) -> Result<Vec<ObservedTask>> {
        self.request(Request::StackTasks, |world| {
            Ok(world.observed_tasks(|task| task.stack.as_deref() == Some(stack)))
        })
        .await
    }

    async fn volumes(&self, stack: &str) -> Result<Vec<ObservedVolume>> {
        self.request(Request::Volumes, |world| Ok(world.observed_volumes(stack)))
            .await
    }

    /// The twin keeps no containers of what is removed.
    async fn clear_ended_containers(&self, _stack: &str) -> Result<usize> {
        Ok(0)
    }

    async fn create_network(&self, request: &NetworkCreateRequest) -> Result<String> {
        self.request(Request::CreateNetwork, |world| {
            world.create_network(request)
        })
        .await
    }

    async fn create_secret(&self, spec: &SecretSpec) -> Result<String> {
        self.request(Request::CreateSecret, |world| world.create_secret(spec))
            .await
    }

    async fn create_config(&self, spec: &ConfigSpec) -> Result<String> {
        self.request(Request::CreateConfig, |world| world.create_config(spec))
            .await
    }

    async fn create_service(
        &self,
        spec: &ServiceSpec,
        _registry_auth: Option<&str>,
    ) -> Result<String> {
        self.request(Request::CreateService, |world| world.create_service(spec))
            .await
    }

    async fn update_service(
        &self,
        id: &str,
        version: u64,
        spec: &ServiceSpec,
        _registry_auth: Option<&str>,
    ) -> Result<Vec<String>> {
        self.request(Request::UpdateService, |world| {
            world.update_service(id, version, spec)?;
            Ok(Vec::new())
        })
        .await
    }

    async fn remove(&self, kind: ObjectKind, id: &str) -> Result<()> {
        self.request(Request::Remove, |world| match kind {
            ObjectKind::Service => world.remove_service(id),
            ObjectKind::Network => world.remove_network(id),
            ObjectKind::Secret => world.remove_secret(id),
            ObjectKind::Config => world.remove_config(id),
            ObjectKind::Volume => world.remove_volume(id),
        })
        .await
    }

    /// There is no registry.
    async fn resolve_image(
        &self,
        _image: &str,
        _registry_auth: Option<&str>,
    ) -> Result<Option<ResolvedImage>> {
        self.request(Request::ResolveImage, |_| Ok(None)).await
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        let receiver = self
            .request(Request::Events, |world| Ok(world.events.subscribe()))
            .await?;
        Ok(streams::events(receiver, self.control.clone()))
    }

    async fn logs(&self, query: &LogQuery) -> Result<BoxStream<'static, Result<LogLine>>> {
        let (written, receiver) = self
            .request(Request::Logs, |world| {
                Ok((world.written(query)?, world.lines.subscribe()))
            })
            .await?;
        Ok(streams::lines(
            written,
            receiver,
            query.clone(),
            self.control.clone(),
        ))
    }

    async fn container_health(&self, container_id: &str) -> Result<Option<HealthReport>> {
        self.request(Request::ContainerHealth, |world| {
            Ok(world.health_of(container_id))
        })
        .await
    }

    async fn exec(&self, container_id: &str, command: &Command) -> Result<CommandEnd> {
        let (takes, end) = self
            .request(Request::Exec, |world| world.command(container_id, command))
            .await?;
        tokio::time::sleep(takes).await;
        Ok(end)
    }

    /// Every image is here, but the one that is nowhere.
    async fn image_id(&self, reference: &str) -> Result<Option<String>> {
        self.request(Request::ImageId, |_| Ok(image_id(reference)))
            .await
    }

    /// Reads the archive and takes it for good: there are no images to unpack.
    async fn load_images(&self, mut archive: Archive) -> Result<()> {
        while let Some(piece) = archive.next().await {
            piece.map_err(|error| refused("loading images", &error.to_string()))?;
        }
        self.request(Request::LoadImages, |_| Ok(())).await
    }
}

fn image_id(reference: &str) -> Option<String> {
    let name = reference.split(['@', ':']).next().unwrap_or_default();
    let digest = hex::encode(Sha256::digest(reference));
    (name != "sim/missing").then(|| format!("sha256:{digest}"))
}
