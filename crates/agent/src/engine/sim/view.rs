//! What the simulated swarm shows of itself.

use super::objects::{missing, of_stack, refused};
use super::placement::NODE_NAME;
use super::service::SimService;
use super::task::SimTask;
use super::world::World;
use crate::engine::{
    EngineInfo, EngineKind, HealthReport, LogLine, LogQuery, LogStream, LogTarget, ObjectKind,
    ObservedService, ObservedTask, ObservedVolume, Result, Snapshot, SwarmRole,
};

impl World {
    pub(super) fn info(&self) -> EngineInfo {
        EngineInfo {
            kind: EngineKind::Sim,
            name: NODE_NAME.to_owned(),
            version: format!("{}-simulated", env!("CARGO_PKG_VERSION")),
            api_version: "1.41".to_owned(),
            swarm: SwarmRole::Manager {
                node_id: self.node_id.clone(),
                cluster_id: self.cluster_id.clone(),
            },
            nodes: 1,
        }
    }

    pub(super) fn observed_services(
        &self,
        fits: impl Fn(&SimService) -> bool,
    ) -> Vec<ObservedService> {
        let mut services: Vec<_> = self
            .services
            .values()
            .filter(|service| fits(service))
            .map(|service| ObservedService {
                id: service.id.clone(),
                name: service.name().to_owned(),
                version: service.version,
                created_at: service.created_at.clone(),
                updated_at: service.updated_at.clone(),
                spec: service.spec.clone(),
                update: service.status.clone(),
                template_digest: service.digest.clone(),
                job_iteration: service.job_iteration,
            })
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services
    }

    pub(super) fn stack_services(&self, stack: &str) -> Vec<ObservedService> {
        self.observed_services(|service| service.stack().as_deref() == Some(stack))
    }

    pub(super) fn snapshot(&self, stack: &str) -> Snapshot {
        let mut snapshot = Snapshot {
            services: self.stack_services(stack),
            networks: self
                .networks
                .values()
                .filter(|n| of_stack(&n.labels, stack))
                .cloned()
                .collect(),
            secrets: self
                .secrets
                .values()
                .filter(|s| of_stack(&s.labels, stack))
                .cloned()
                .collect(),
            configs: self
                .configs
                .values()
                .filter(|c| of_stack(&c.labels, stack))
                .cloned()
                .collect(),
        };
        snapshot.networks.sort_by(|a, b| a.name.cmp(&b.name));
        snapshot.secrets.sort_by(|a, b| a.name.cmp(&b.name));
        snapshot.configs.sort_by(|a, b| a.name.cmp(&b.name));
        snapshot
    }

    pub(super) fn observed_tasks(&self, fits: impl Fn(&SimTask) -> bool) -> Vec<ObservedTask> {
        let tasks = self.tasks.values().filter(|task| fits(task));
        tasks.map(|task| self.observed_task(task)).collect()
    }

    fn observed_task(&self, task: &SimTask) -> ObservedTask {
        ObservedTask {
            id: task.id.clone(),
            service_id: task.service_id.clone(),
            slot: task.slot,
            node_id: if task.placed {
                self.node_id.clone()
            } else {
                String::new()
            },
            desired: task.desired,
            state: task.state,
            message: task.message.clone(),
            error: task.error.clone(),
            exit_code: task.exit_code,
            container_id: task.container_id.clone(),
            image: task.image().to_owned(),
            template_digest: task.digest.clone(),
            job_iteration: task.job_iteration,
            created_at: task.created_at.clone(),
            state_at: task.state_at.clone(),
        }
    }

    pub(super) fn observed_volumes(&self, stack: &str) -> Vec<ObservedVolume> {
        let volumes = self.volumes.values();
        volumes
            .filter(|volume| of_stack(&volume.labels, stack))
            .cloned()
            .collect()
    }

    pub(super) fn health_of(&self, container_id: &str) -> Option<HealthReport> {
        let mut tasks = self.tasks.values();
        tasks
            .find(|task| task.container_id.as_deref() == Some(container_id))?
            .health
            .clone()
    }

    /// Lines written so far, oldest first; `tail` counts per task, as in swarm.
    pub(super) fn written(&self, query: &LogQuery) -> Result<Vec<LogLine>> {
        match &query.target {
            LogTarget::Service(id) if !self.services.contains_key(id) => {
                return Err(missing(ObjectKind::Service, id));
            }
            LogTarget::Task(id) if !self.tasks.values().any(|task| task.id == *id) => {
                let what = format!("reading the log of task {id}");
                return Err(refused(&what, &format!("task {id} not found")));
            }
            _ => {}
        }
        let mut lines = Vec::new();
        for task in self.tasks.values() {
            let wanted = task
                .lines
                .iter()
                .filter(|line| shows(query, &task.service_id, line));
            let wanted: Vec<&LogLine> = wanted.collect();
            let tail = query.tail.and_then(|tail| tail.try_into().ok());
            let skip = wanted.len().saturating_sub(tail.unwrap_or(usize::MAX));
            lines.extend(wanted.into_iter().skip(skip).cloned());
        }
        lines.sort_by(|a: &LogLine, b: &LogLine| a.timestamp.cmp(&b.timestamp));
        Ok(lines)
    }
}

/// Whether a query asks for a line.
pub(super) fn shows(query: &LogQuery, service_id: &str, line: &LogLine) -> bool {
    let whose = match &query.target {
        LogTarget::Service(id) => id == service_id,
        LogTarget::Task(id) => line.task_id.as_ref() == Some(id),
    };
    let stream = match line.stream {
        LogStream::Stdout => query.stdout,
        LogStream::Stderr => query.stderr,
    };
    let since = query.since.is_none_or(|since| {
        let written = line.timestamp.parse::<jiff::Timestamp>();
        written.is_ok_and(|written| written.as_second() >= since)
    });
    whose && stream && since
}
