//! What the agent knows: apps, their env revisions, and what was done to them.

use serde::{Deserialize, Serialize};

/// A moment in UTC, written as RFC 3339.
pub type Moment = jiff::Timestamp;

/// Who asked for something: the unix user behind the socket, as `name (uid)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(pub String);

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A recipe with a name, an env and a place on this swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its name: its domain.
    pub name: String,
    /// The swarm stack that it becomes.
    pub stack: String,
    /// Name of its recipe.
    pub recipe: String,
    /// Where the recipe comes from: a git URL or path.
    pub source: String,
    /// Newest revision of its env, from 1.
    pub env_revision: u64,
    /// Version or commit that its env names; empty when it names none.
    pub env_version: String,
    /// When it was made.
    pub created_at: Moment,
    /// By whom.
    pub created_by: Actor,
}

/// One state of an app's env.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvRevision {
    /// Number, from 1.
    pub revision: u64,
    /// The whole text, comments included.
    pub text: String,
    /// When it was written.
    pub at: Moment,
    /// By whom.
    pub by: Actor,
}

/// Kinds of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Make the swarm run a version of the recipe with a revision of the env.
    Deploy,
    /// Take the stack off the swarm; data, secrets and env stay.
    Undeploy,
    /// Delete the app for good.
    Remove,
}

impl OperationKind {
    /// The word for people and for JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Undeploy => "undeploy",
            Self::Remove => "remove",
        }
    }
}

/// How an operation, or one service in it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All services run the new spec and held.
    Converged,
    /// Only jobs, and they ended well.
    Completed,
    /// The engine put an old spec back.
    RolledBack,
    /// Something will not arrive.
    Failed,
    /// Something had not arrived when its time was over.
    TimedOut,
    /// There was nothing to do, and all is well.
    Unchanged,
    /// The engine accepted everything; nobody watched.
    Detached,
    /// The stack is gone from the swarm.
    Removed,
    /// The agent or the engine went away in the middle.
    Interrupted,
}

impl Outcome {
    /// The word for people and for JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unchanged => "unchanged",
            Self::Detached => "detached",
            Self::Removed => "removed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether what was asked for is now so.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(
            self,
            Self::Converged | Self::Completed | Self::Unchanged | Self::Detached | Self::Removed
        )
    }
}

/// How one service ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceVerdict {
    /// Name as in the compose file.
    pub service: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why; empty when there is nothing to say.
    pub text: String,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// How.
    pub outcome: Outcome,
    /// One sentence.
    pub text: String,
    /// Service by service; empty where no services were watched.
    pub services: Vec<ServiceVerdict>,
    /// How long the operation took, milliseconds.
    pub elapsed_ms: u64,
    /// Stable error code when the outcome is no success; else empty.
    pub code: String,
    /// What to do next; may be empty.
    pub help: String,
}

/// Something done, or being done, to an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// A UUID of version 7: sorts by time.
    pub id: String,
    /// The app.
    pub app: String,
    /// What.
    pub kind: OperationKind,
    /// Who asked for it.
    pub actor: Actor,
    /// When it began.
    pub started_at: Moment,
    /// The plan that it carries out.
    pub plan_hash: String,
    /// Version that is deployed; empty for other kinds and for commits without a version.
    pub version: String,
    /// Commit that is deployed, hex; empty for other kinds.
    pub commit: String,
    /// Revision of the env that is deployed; 0 for other kinds.
    pub env_revision: u64,
    /// How many steps the plan has.
    pub steps: u32,
    /// How many steps the engine acknowledged so far.
    pub steps_done: u32,
    /// When and how it ended; `None` while it runs, or when the agent died in it.
    pub ended: Option<Ended>,
}

/// The end of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Moment,
    /// How.
    pub verdict: Verdict,
}

/// A whole converged stack, to go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// The operation that made it.
    pub operation: String,
    /// Version of the recipe; empty for a commit without one.
    pub version: String,
    /// Commit of the recipe, hex.
    pub commit: String,
    /// Revision of the env.
    pub env_revision: u64,
    /// Blob with the rendered specs, without secret data; hex SHA-256.
    pub specs: String,
    /// When it converged.
    pub at: Moment,
}
