//! What can go wrong at an engine, told apart as far as a caller acts differently.

use super::ObjectKind;

/// A call to an engine that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nothing answers where the engine should be.
    #[error("cannot reach the engine at {endpoint}: {reason}")]
    Unreachable {
        /// The socket or address tried.
        endpoint: String,
        /// What the connection said.
        reason: String,
    },
    /// The engine is in no swarm.
    #[error("the engine at {endpoint} is not part of a swarm")]
    NoSwarm {
        /// The socket or address asked.
        endpoint: String,
    },
    /// The engine is in a swarm, but as a worker.
    #[error("the engine at {endpoint} is a worker of its swarm, not a manager")]
    NotManager {
        /// The socket or address asked.
        endpoint: String,
    },
    /// The object is not there.
    #[error("no {kind} {name} on this swarm")]
    NotFound {
        /// What was looked for.
        kind: ObjectKind,
        /// Its name or id.
        name: String,
    },
    /// An object of that name is there already.
    #[error("a {kind} named {name} exists already")]
    AlreadyExists {
        /// What was to be made.
        kind: ObjectKind,
        /// Its name.
        name: String,
    },
    /// Somebody else changed the object since it was read.
    #[error("the service {name} was changed by somebody else meanwhile")]
    OutOfSequence {
        /// Its name or id.
        name: String,
    },
    /// The object cannot go while others hold it.
    #[error("the {kind} {name} is in use: {reason}")]
    InUse {
        /// What was to be removed.
        kind: ObjectKind,
        /// Its name or id.
        name: String,
        /// The engine's words.
        reason: String,
    },
    /// The engine refused the request as wrong.
    #[error("the engine refused {what}: {reason}")]
    Refused {
        /// What was asked, for example `creating service a_b`.
        what: String,
        /// The engine's words.
        reason: String,
    },
    /// The engine failed, or answered what nobody expects.
    #[error("the engine failed at {what}: {reason}")]
    Failed {
        /// What was asked.
        what: String,
        /// The engine's words.
        reason: String,
    },
    /// No answer in time.
    #[error("the engine did not answer {what} within {seconds} s")]
    Timeout {
        /// What was asked.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

impl EngineError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "AL-4001",
            Self::NoSwarm { .. } => "AL-4002",
            Self::NotManager { .. } => "AL-4003",
            Self::NotFound { .. } => "AL-4004",
            Self::AlreadyExists { .. } => "AL-4005",
            Self::OutOfSequence { .. } => "AL-4006",
            Self::InUse { .. } => "AL-4007",
            Self::Refused { .. } => "AL-4008",
            Self::Failed { .. } => "AL-4009",
            Self::Timeout { .. } => "AL-4010",
        }
    }

    /// What the operator can do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Unreachable { .. } => {
                "start the engine (`systemctl start docker`), or set `engine.endpoint` in the agent's configuration"
            }
            Self::NoSwarm { .. } => "make it a swarm with `docker swarm init`",
            Self::NotManager { .. } => {
                "run the agent beside a manager, or promote this node with `docker node promote`"
            }
            Self::OutOfSequence { .. } => "make a new plan and apply that",
            _ => return None,
        };
        Some(text.to_owned())
    }
}
