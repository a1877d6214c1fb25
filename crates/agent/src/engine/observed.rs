//! What an engine says is there, reduced to what plans and verdicts read.

use std::collections::BTreeMap;

use allot_stack::spec::ServiceSpec;

/// Which engine answers; shown wherever a result could be mistaken for a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// A Docker engine.
    Docker,
    /// The built-in simulated engine.
    Sim,
}

/// This node's part in a swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwarmRole {
    /// Not in a swarm.
    None,
    /// In a swarm, but as a worker, which may not read or change services.
    Worker,
    /// A manager.
    Manager {
        /// Id of this node.
        node_id: String,
        /// Id of the cluster.
        cluster_id: String,
    },
}

/// What an engine says of itself (`GET /info`, `GET /version`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Which engine this is.
    pub kind: EngineKind,
    /// The host name that the engine reports.
    pub name: String,
    /// Engine version, for example `28.2.2`.
    pub version: String,
    /// Version of the API in use, for example `1.41`.
    pub api_version: String,
    /// Its part in a swarm.
    pub swarm: SwarmRole,
    /// Nodes of the swarm, 0 when this is no manager.
    pub nodes: u32,
}

/// Kinds of object that [`super::Engine::remove`] takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A service with its tasks.
    Service,
    /// A network.
    Network,
    /// A secret.
    Secret,
    /// A config.
    Config,
    /// A volume of this node.
    Volume,
}

impl std::fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Network => "network",
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Volume => "volume",
        })
    }
}

/// All objects of one stack at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Services, by name.
    pub services: Vec<ObservedService>,
    /// Networks, by name.
    pub networks: Vec<ObservedNetwork>,
    /// Secrets, by name.
    pub secrets: Vec<ObservedSecret>,
    /// Configs, by name.
    pub configs: Vec<ObservedConfig>,
}

/// A service as the engine holds it.
#[derive(Debug, Clone)]
pub struct ObservedService {
    /// The engine's id.
    pub id: String,
    /// Full name, `<stack>_<service>`.
    pub name: String,
    /// Object version, to be given back with an update.
    pub version: u64,
    /// When it was made, RFC 3339 as the engine writes it.
    pub created_at: String,
    /// When it last changed, RFC 3339.
    pub updated_at: String,
    /// Its stored spec, with what the engine filled in.
    pub spec: ServiceSpec,
    /// State of the last update or rollback; `None` when there never was one.
    pub update: Option<UpdateStatus>,
    /// Digest of the spec's task template, to be compared with [`ObservedTask::template_digest`].
    pub template_digest: String,
    /// For job modes: the iteration that the tasks of the current run carry.
    pub job_iteration: Option<u64>,
}

/// State of a rolling update (`ServiceUpdateStatus` of the engine's API).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStatus {
    /// Where the update stands.
    pub state: UpdateState,
    /// The engine's message.
    pub message: String,
    /// When it started, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    pub completed_at: Option<String>,
}

/// Where an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateState {
    /// Going on: wait.
    Updating,
    /// Stopped after failures (`failure_action: pause`): does not go on by itself.
    Paused,
    /// Done.
    Completed,
    /// The old spec is being put back: wait.
    RollbackStarted,
    /// The rollback itself stopped.
    RollbackPaused,
    /// The old spec is back.
    RollbackCompleted,
}

/// States of a task in the order in which swarm goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// Made, not yet looked at.
    New,
    /// Waiting for resources and placement.
    Pending,
    /// Given to a node.
    Assigned,
    /// The node took it.
    Accepted,
    /// The node prepares it: image pull, networks, mounts.
    Preparing,
    /// Prepared, waiting for its turn to start.
    Ready,
    /// Starting; with a health check, until it is healthy.
    Starting,
    /// Running, and healthy where there is a check.
    Running,
    /// Ended with exit code 0.
    Complete,
    /// Stopped by the orchestrator.
    Shutdown,
    /// Ended with an error.
    Failed,
    /// Could not be started on its node.
    Rejected,
    /// Its service is gone.
    Remove,
    /// Its node is gone.
    Orphaned,
}

/// A task as the engine holds it.
#[derive(Debug, Clone)]
pub struct ObservedTask {
    /// The engine's id.
    pub id: String,
    /// The service that it belongs to.
    pub service_id: String,
    /// Slot number of replicated services, 0 for global ones.
    pub slot: u64,
    /// The node, empty while it is not placed.
    pub node_id: String,
    /// What the orchestrator wants of it.
    pub desired: TaskState,
    /// What it does.
    pub state: TaskState,
    /// The engine's message for the state, for example `preparing`.
    pub message: String,
    /// The error of a failed or rejected task, or why a pending one is not placed; empty without one.
    pub error: String,
    /// Exit code once its container has ended.
    pub exit_code: Option<i64>,
    /// Its container, once there is one.
    pub container_id: Option<String>,
    /// Image reference of its spec.
    pub image: String,
    /// Digest of its task template: equal to the service's when the task runs the current spec.
    pub template_digest: String,
    /// For job modes: the iteration it belongs to.
    pub job_iteration: Option<u64>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// When its state last changed, RFC 3339.
    pub state_at: String,
}

/// A network as the engine holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedNetwork {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `swarm`, `local` or `global`.
    pub scope: String,
    /// Its driver.
    pub driver: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A secret's metadata; an engine never gives its data back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSecret {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
}

/// A config, with its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedConfig {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its content.
    pub data: Vec<u8>,
    /// When it was made, RFC 3339.
    pub created_at: String,
}

/// A volume on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedVolume {
    /// Its name, which is its id too.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// An image reference that a registry has vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedImage {
    /// `name:tag@sha256:...`, as the docker CLI would write it into a spec.
    pub reference: String,
    /// Platforms that the image has, as (architecture, os) pairs.
    pub platforms: Vec<(String, String)>,
}

/// Something happened; the reader looks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// `service`, `container`, `network`, `node`, `secret` or `config`.
    pub kind: String,
    /// For example `create`, `update`, `die`, `health_status: healthy`.
    pub action: String,
    /// The service that it concerns, when the event says so.
    pub service_id: Option<String>,
}

/// Whose log to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// All tasks of a service, by service id.
    Service(String),
    /// One task, by id.
    Task(String),
}

/// Which part of a log to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// Whose log.
    pub target: LogTarget,
    /// Keep the stream open for what comes.
    pub follow: bool,
    /// Only the last so many lines; all when `None`.
    pub tail: Option<u32>,
    /// Only from this moment on, seconds since the epoch.
    pub since: Option<i64>,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of a log, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The task that wrote it, when known.
    pub task_id: Option<String>,
    /// When, RFC 3339; empty when the engine did not say.
    pub timestamp: String,
    /// Where to.
    pub stream: LogStream,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// Outcome of a container's health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthReport {
    /// `starting`, `healthy` or `unhealthy`.
    pub status: String,
    /// Consecutive failures.
    pub failing_streak: u32,
    /// Output of the last check that said something, cut to a bounded length.
    pub last_output: String,
    /// Exit code of that check.
    pub last_exit_code: Option<i64>,
}
