//! What an operation tells those who watch it.

use super::model::{Moment, Operation, Verdict};

/// One thing that an operation tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Position in the operation's sequence, from 0.
    pub sequence: u64,
    /// When.
    pub at: Moment,
    /// What.
    pub what: What,
}

/// What an operation tells.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It began.
    Started {
        /// The operation.
        operation: Box<Operation>,
        /// How long convergence may take, seconds.
        timeout_seconds: u32,
    },
    /// The engine acknowledged a step.
    Step(Step),
    /// A service moved.
    Progress(Progress),
    /// What a failing service said.
    Failure(Failure),
    /// It ended; nothing follows.
    Verdict(Box<Verdict>),
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// There and as it should be.
    Unchanged,
    /// To be made.
    Create,
    /// To be changed.
    Update,
    /// To be removed.
    Remove,
    /// Needed, not there, and not for the agent to make.
    Missing,
}

impl Action {
    /// Whether carrying it out changes the swarm.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Remove)
    }

    /// The word for people and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Create => "create",
            Self::Update => "update",
            Self::Remove => "remove",
            Self::Missing => "missing",
        }
    }
}

/// A change that the engine acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `network`, `secret`, `config`, `service`, `volume` or `app`.
    pub kind: &'static str,
    /// Full name on the swarm.
    pub name: String,
    /// What was done to it.
    pub action: Action,
    /// Anything to say about it; may be empty.
    pub detail: String,
}

/// Where a service is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Name as in the compose file.
    pub service: String,
    /// Tasks wanted.
    pub wanted: u32,
    /// Tasks of the new spec that run.
    pub running: u32,
    /// Words for a person.
    pub state: String,
    /// The engine's update state; empty without an update.
    pub update_state: &'static str,
    /// Last error of a task; empty without one.
    pub last_error: String,
    /// Failed tasks of the new spec so far.
    pub failures: u32,
    /// Whether the service has arrived.
    pub settled: bool,
}

/// What a failing service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Name as in the compose file.
    pub service: String,
    /// Id of the task.
    pub task: String,
    /// The engine's error for it.
    pub error: String,
    /// Exit code of its container, once there was one.
    pub exit_code: Option<i64>,
    /// Last log lines, oldest first.
    pub log: Vec<String>,
    /// Output of the last health check; empty without one.
    pub health_output: String,
}
