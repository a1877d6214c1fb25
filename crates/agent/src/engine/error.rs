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
            Self::NotFound { .. } => {
                "look at what is there with `allot app plan`, and make a new plan"
            }
            Self::AlreadyExists { .. } => "make a new plan: it takes up what is there",
            Self::OutOfSequence { .. } => "make a new plan and apply that",
            Self::InUse { .. } => "wait until what holds it has stopped, or remove that first",
            Self::Refused { .. } => "correct what the engine names, and deploy again",
            Self::Failed { .. } => {
                "look at the engine's log (`journalctl -u docker`), then try again"
            }
            Self::Timeout { .. } => {
                "see whether the engine is overloaded (`docker info`), then try again"
            }
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::EngineError;
    use crate::engine::ObjectKind;

    /// The examples of the pages in `docs/errors`, as the program would print them.
    fn examples() -> Vec<EngineError> {
        let endpoint = || "unix:///var/run/docker.sock".to_owned();
        let text = str::to_owned;
        vec![
            EngineError::Unreachable {
                endpoint: endpoint(),
                reason: text("No such file or directory (os error 2)"),
            },
            EngineError::NoSwarm {
                endpoint: endpoint(),
            },
            EngineError::NotManager {
                endpoint: endpoint(),
            },
            EngineError::NotFound {
                kind: ObjectKind::Network,
                name: text("example_org_default"),
            },
            EngineError::AlreadyExists {
                kind: ObjectKind::Secret,
                name: text("example_org_db_password_v1"),
            },
            EngineError::OutOfSequence {
                name: text("example_org_app"),
            },
            EngineError::InUse {
                kind: ObjectKind::Network,
                name: text("example_org_default"),
                reason: text(
                    "network kv1xq2zma5xq5owy1ejdnqzv9 is in use by task 5xj0mq3h0b0gx6k9f4kqk0wtp",
                ),
            },
            EngineError::Refused {
                what: text("creating service example_org_app"),
                reason: text(
                    "port '80' is already in use by service 'traefik_app' (m4xk2) as an ingress port",
                ),
            },
            EngineError::Failed {
                what: text("listing services"),
                reason: text("The swarm does not have a leader."),
            },
            EngineError::Timeout {
                what: text("listing tasks"),
                seconds: 30,
            },
        ]
    }

    #[test]
    fn every_page_shows_the_message_as_it_is_printed() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        for error in examples() {
            let code = error.code();
            let page = std::fs::read_to_string(pages.join(format!("{code}.md"))).unwrap();
            let help = error.help().unwrap();
            let printed = format!("```text\nerror: {error}\nhelp: {help}\n```");
            assert!(page.contains(&printed), "{code}: {printed}");
        }
    }
}
