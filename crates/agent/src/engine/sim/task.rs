//! A task of the simulated swarm.

use std::time::Duration;

use bollard::models::{EndpointPortConfigPublishModeEnum, TaskSpec};

use super::behaviour::Behaviour;
use crate::engine::{HealthReport, LogLine, TaskState};

/// Key of a task: a serial number, so that keys are in the order in which tasks were made.
pub(super) type TaskKey = u64;

/// A port taken on the node itself: number and protocol.
pub(super) type HostPort = (i64, String);

/// A task and what is known of its container.
#[derive(Debug)]
pub(super) struct SimTask {
    pub(super) id: String,
    pub(super) service_id: String,
    /// Namespace of its service, kept when the service is gone.
    pub(super) stack: Option<String>,
    pub(super) slot: u64,
    pub(super) desired: TaskState,
    pub(super) state: TaskState,
    pub(super) message: String,
    pub(super) error: String,
    pub(super) exit_code: Option<i64>,
    pub(super) container_id: Option<String>,
    pub(super) placed: bool,
    pub(super) template: TaskSpec,
    pub(super) digest: String,
    pub(super) job_iteration: Option<u64>,
    pub(super) created_at: String,
    pub(super) state_at: String,
    pub(super) behaviour: Behaviour,
    pub(super) host_ports: Vec<HostPort>,
    /// When its process began.
    pub(super) running_since: Option<Duration>,
    pub(super) health: Option<HealthReport>,
    pub(super) lines: Vec<LogLine>,
    /// In an update that stops first: the task that must have ended before this one starts.
    pub(super) starts_after: Option<TaskKey>,
    /// In an update that starts first: the task that goes once this one runs.
    pub(super) replaces: Option<TaskKey>,
}

impl SimTask {
    /// Whether it has come to an end, whatever the end was.
    pub(super) fn ended(&self) -> bool {
        self.state > TaskState::Running
    }

    /// Whether the orchestrator counts on it.
    pub(super) fn wanted(&self) -> bool {
        self.desired <= TaskState::Running
    }

    /// Whether it has networks, volumes and ports of its node.
    pub(super) fn holds_resources(&self) -> bool {
        self.placed && !self.ended()
    }

    /// Reference of its image.
    pub(super) fn image(&self) -> &str {
        self.template
            .container_spec
            .as_ref()
            .and_then(|container| container.image.as_deref())
            .unwrap_or_default()
    }

    /// Whether its spec has a health check that is not switched off.
    pub(super) fn has_health_check(&self) -> bool {
        self.template
            .container_spec
            .as_ref()
            .and_then(|container| container.health_check.as_ref())
            .and_then(|check| check.test.as_ref())
            .and_then(|test| test.first())
            .is_some_and(|first| first != "NONE")
    }

    /// Time that its process has for ending when asked (default 10 s).
    pub(super) fn grace(&self) -> Duration {
        self.template
            .container_spec
            .as_ref()
            .and_then(|container| container.stop_grace_period)
            .map_or(Duration::from_secs(10), nanos)
    }
}

/// A length of time as the API writes it.
pub(super) fn nanos(nanos: i64) -> Duration {
    Duration::from_nanos(nanos.try_into().unwrap_or_default())
}

/// Ports that an endpoint takes on the node itself.
pub(super) fn host_ports(endpoint: Option<&bollard::models::EndpointSpec>) -> Vec<HostPort> {
    endpoint
        .and_then(|endpoint| endpoint.ports.as_ref())
        .into_iter()
        .flatten()
        .filter(|port| port.publish_mode == Some(EndpointPortConfigPublishModeEnum::HOST))
        .filter_map(|port| {
            let protocol = port
                .protocol
                .map_or_else(|| "tcp".to_owned(), |p| p.to_string());
            Some((port.published_port?, protocol))
        })
        .collect()
}
