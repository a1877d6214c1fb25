//! One request: its deadline, and what its failure means.

use std::future::Future;
use std::time::Duration;

use bollard::errors::Error as BollardError;

use crate::engine::{EngineError, ObjectKind, Result};

/// What is being asked, so that an error can say it.
pub(super) struct Call<'a> {
    endpoint: &'a str,
    what: String,
    object: Option<(ObjectKind, String)>,
}

impl<'a> Call<'a> {
    /// A request that is about no object in particular.
    pub(super) fn new(endpoint: &'a str, what: impl Into<String>) -> Self {
        Self {
            endpoint,
            what: what.into(),
            object: None,
        }
    }

    /// A request about one object: 404 means that this one is missing, 409 that it is there.
    pub(super) fn about(endpoint: &'a str, verb: &str, kind: ObjectKind, name: &str) -> Self {
        Self {
            endpoint,
            what: format!("{verb} {kind} {name}"),
            object: Some((kind, name.to_owned())),
        }
    }

    /// What is being asked, in words.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// No answer within the deadline.
    pub(super) fn timeout(&self, deadline: Duration) -> EngineError {
        EngineError::Timeout {
            what: self.what.clone(),
            seconds: deadline.as_secs(),
        }
    }

    /// What the failure means to a caller.
    pub(super) fn error(&self, error: BollardError) -> EngineError {
        match error {
            BollardError::DockerResponseServerError {
                status_code,
                message,
            } => self.answered(status_code, &message),
            // The connection failed, or broke before the whole answer was there.
            BollardError::HyperLegacyError { err } => self.unreachable(&root_cause(&err)),
            BollardError::HyperResponseError { err } => self.unreachable(&root_cause(&err)),
            BollardError::IOError { err } => self.unreachable(&root_cause(&err)),
            other => EngineError::Failed {
                what: self.what.clone(),
                reason: other.to_string(),
            },
        }
    }

    /// What does not exist yet cannot be what a 404 is about.
    fn creating(&self) -> bool {
        self.what.starts_with("creating ")
    }

    fn unreachable(&self, reason: &str) -> EngineError {
        EngineError::Unreachable {
            endpoint: self.endpoint.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// Sorts an answer by status and words; the words are those of engine 20.10 to 28.
    fn answered(&self, status: u16, message: &str) -> EngineError {
        let reason = plain(message);
        let endpoint = || self.endpoint.to_owned();
        if message.contains("update out of sequence") {
            let name = self.object.as_ref().map(|(_, name)| name.clone());
            return EngineError::OutOfSequence {
                name: name.unwrap_or_default(),
            };
        }
        // Both kinds of non-manager answer 503 and begin alike; only a worker's mentions workers.
        if message.contains("This node is not a swarm manager") {
            return if message.contains("Worker nodes") {
                EngineError::NotManager {
                    endpoint: endpoint(),
                }
            } else {
                EngineError::NoSwarm {
                    endpoint: endpoint(),
                }
            };
        }
        if let Some((kind, name)) = self.object.clone() {
            if message.contains("in use by") || message.contains("is in use") {
                return EngineError::InUse { kind, name, reason };
            }
            // A network that goes at this moment: 500 from old engines.
            let is_missing = status == 404 || message.ends_with(" not found");
            if is_missing && !self.creating() {
                return EngineError::NotFound { kind, name };
            }
            if status == 409 && message.contains("already exists") {
                return EngineError::AlreadyExists { kind, name };
            }
        }
        let what = self.what.clone();
        // A network that a new service names and that is not there: 500 from old engines.
        let missing_reference = self.creating() && message.ends_with("not found");
        if (400..500).contains(&status) || missing_reference {
            EngineError::Refused { what, reason }
        } else {
            EngineError::Failed { what, reason }
        }
    }
}

/// Waits for an answer at most so long, and maps its failure.
pub(super) async fn with_deadline<T>(
    call: &Call<'_>,
    deadline: Duration,
    answer: impl Future<Output = std::result::Result<T, BollardError>>,
) -> Result<T> {
    match tokio::time::timeout(deadline, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(BollardError::RequestTimeoutError)) | Err(_) => Err(call.timeout(deadline)),
        Ok(Err(error)) => Err(call.error(error)),
    }
}

/// The engine's words without the frame that its inner protocol puts around them.
fn plain(message: &str) -> String {
    let text = message
        .strip_prefix("rpc error: code = ")
        .and_then(|rest| rest.split_once(" desc = "))
        .map_or(message, |(_, words)| words);
    text.trim().to_owned()
}

/// The innermost cause, which is the one that says something (`No such file or directory`).
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::Call;
    use crate::engine::{EngineError, ObjectKind};

    fn answered(status: u16, message: &str) -> EngineError {
        Call::about("unix:///s", "removing", ObjectKind::Secret, "a_b").answered(status, message)
    }

    #[test]
    fn the_engines_words_are_told_apart() {
        let worker = "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.";
        let none = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";
        let cases = [
            (503, worker, "AL-4003"),
            (503, none, "AL-4002"),
            (404, "secret a_b not found", "AL-4004"),
            (500, "network kv1xq2 not found", "AL-4004"),
            (
                409,
                "rpc error: code = AlreadyExists desc = secret a_b already exists",
                "AL-4005",
            ),
            (
                409,
                "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service a already exists",
                "AL-4005",
            ),
            (
                500,
                "rpc error: code = Unknown desc = update out of sequence",
                "AL-4006",
            ),
            (
                400,
                "rpc error: code = InvalidArgument desc = secret 'a_b' is in use by the following service: x",
                "AL-4007",
            ),
            (
                400,
                "rpc error: code = FailedPrecondition desc = network x is in use by service y",
                "AL-4007",
            ),
            (409, "remove a_b: volume is in use - [92973d]", "AL-4007"),
            (
                400,
                "rpc error: code = InvalidArgument desc = name must be valid as a DNS name component",
                "AL-4008",
            ),
            (500, "oops", "AL-4009"),
        ];
        for (status, message, code) in cases {
            assert_eq!(answered(status, message).code(), code, "{message}");
        }
    }

    #[test]
    fn a_new_object_is_refused_for_what_it_names_and_misses() {
        let call = Call::about("unix:///s", "creating", ObjectKind::Service, "a_b");
        for status in [404, 500] {
            let error = call.answered(status, "network nope not found");
            assert_eq!(error.code(), "AL-4008", "{error}");
        }
    }

    #[test]
    fn the_inner_protocols_frame_is_not_shown() {
        let error = answered(400, "rpc error: code = InvalidArgument desc = no good");
        assert_eq!(
            error.to_string(),
            "the engine refused removing secret a_b: no good"
        );
    }
}
