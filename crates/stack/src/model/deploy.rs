//! The `deploy:` section of a service.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::is_default;
use crate::types::GoDuration;

/// How swarm runs a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(default)]
pub struct Deploy {
    /// `replicated` (also when empty), `global`, `replicated-job` or `global-job`.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    /// Tasks wanted.
    #[serde(skip_serializing_if = "is_default")]
    pub replicas: Option<u64>,
    /// Labels of the service.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// How an update is rolled out.
    #[serde(skip_serializing_if = "is_default")]
    pub update_config: Option<UpdateConfig>,
    /// How a rollback is rolled out.
    #[serde(skip_serializing_if = "is_default")]
    pub rollback_config: Option<UpdateConfig>,
    /// Limits and reservations.
    #[serde(skip_serializing_if = "is_default")]
    pub resources: Resources,
    /// What happens when a task ends.
    #[serde(skip_serializing_if = "is_default")]
    pub restart_policy: Option<RestartPolicy>,
    /// On which nodes.
    #[serde(skip_serializing_if = "is_default")]
    pub placement: Placement,
    /// `vip` or `dnsrr`.
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint_mode: String,
}

/// How tasks are replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateConfig {
    /// Tasks at a time; 0 is all at once.
    #[serde(skip_serializing_if = "is_default")]
    pub parallelism: Option<u64>,
    /// Pause between groups.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: GoDuration,
    /// `pause`, `continue` or `rollback`.
    #[serde(skip_serializing_if = "is_default")]
    pub failure_action: String,
    /// How long a new task is watched.
    #[serde(skip_serializing_if = "is_default")]
    pub monitor: GoDuration,
    /// The share of tasks that may fail, 0 to 1.
    #[serde(skip_serializing_if = "is_default")]
    pub max_failure_ratio: f64,
    /// `stop-first` or `start-first`.
    #[serde(skip_serializing_if = "is_default")]
    pub order: String,
}

/// Limits and reservations of one task.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// What a task may use.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Option<ResourceLimit>,
    /// What a node must have free for it.
    #[serde(skip_serializing_if = "is_default")]
    pub reservations: Option<Reservation>,
}

/// What a task may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResourceLimit {
    /// CPUs as text, such as `0.5`.
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: String,
    /// Bytes of memory.
    #[serde(skip_serializing_if = "is_default", serialize_with = "as_text")]
    pub memory: i64,
    /// Processes.
    #[serde(skip_serializing_if = "is_default")]
    pub pids: i64,
}

/// What a node must have free for a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reservation {
    /// CPUs as text, such as `0.5`.
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: String,
    /// Bytes of memory.
    #[serde(skip_serializing_if = "is_default", serialize_with = "as_text")]
    pub memory: i64,
    /// Things a node has so many of, such as GPUs.
    #[serde(skip_serializing_if = "is_default")]
    pub generic_resources: Vec<GenericResource>,
}

/// One generic resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GenericResource {
    /// A kind and how many.
    #[serde(skip_serializing_if = "is_default")]
    pub discrete_resource_spec: Option<DiscreteResource>,
}

/// A kind of thing and how many of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DiscreteResource {
    /// The kind, such as `gpu`.
    pub kind: String,
    /// How many.
    pub value: i64,
}

/// What happens when a task ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RestartPolicy {
    /// `none`, `on-failure` or `any`.
    #[serde(skip_serializing_if = "is_default")]
    pub condition: String,
    /// Pause before a restart.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: Option<GoDuration>,
    /// Restarts before swarm gives up.
    #[serde(skip_serializing_if = "is_default")]
    pub max_attempts: Option<u64>,
    /// The time within which attempts count.
    #[serde(skip_serializing_if = "is_default")]
    pub window: Option<GoDuration>,
}

/// On which nodes tasks run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Placement {
    /// Expressions such as `node.role == manager`.
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: Vec<String>,
    /// What to spread over.
    #[serde(skip_serializing_if = "is_default")]
    pub preferences: Vec<PlacementPreference>,
    /// The most tasks on one node; 0 is no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub max_replicas_per_node: u64,
}

/// One preference.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlacementPreference {
    /// The node label to spread over.
    #[serde(skip_serializing_if = "is_default")]
    pub spread: String,
}

fn as_text<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
