//! How an error travels: a gRPC status with `ErrorInfo` (stable code), `Help` (what to do) and
//! `DebugInfo` (causes), and the same read back on the other side.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Domain of our `ErrorInfo`s.
const DOMAIN: &str = "allotment";
const HELP: &str = "help";

/// How a caller should take an error; decides the gRPC status and the CLI's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was sent is wrong, whatever the state of the world.
    Invalid,
    /// What was named does not exist.
    NotFound,
    /// It exists already.
    Exists,
    /// The world is not (or no longer) as it must be.
    Precondition,
    /// The caller may not.
    Denied,
    /// Something else holds it now; trying again later may work.
    Busy,
    /// A part that is needed does not answer.
    Unavailable,
    /// It took too long.
    Timeout,
    /// A bound was reached.
    Exhausted,
    /// Our fault, or the disk's.
    Internal,
}

impl ErrorKind {
    fn code(self) -> Code {
        match self {
            Self::Invalid => Code::InvalidArgument,
            Self::NotFound => Code::NotFound,
            Self::Exists => Code::AlreadyExists,
            Self::Precondition => Code::FailedPrecondition,
            Self::Denied => Code::PermissionDenied,
            Self::Busy => Code::Aborted,
            Self::Unavailable => Code::Unavailable,
            Self::Timeout => Code::DeadlineExceeded,
            Self::Exhausted => Code::ResourceExhausted,
            Self::Internal => Code::Internal,
        }
    }
}

/// Makes the status that carries `error` and its causes.
#[must_use]
pub fn status(
    kind: ErrorKind,
    code: &str,
    error: &dyn std::error::Error,
    help: Option<&str>,
) -> Status {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let metadata: HashMap<String, String> = help
        .map(|h| (HELP.to_owned(), h.to_owned()))
        .into_iter()
        .collect();
    let mut details = ErrorDetails::with_error_info(code, DOMAIN, metadata);
    if !causes.is_empty() {
        details.set_debug_info(causes, "");
    }
    Status::with_error_details(kind.code(), error.to_string(), details)
}

/// An error as the other side told it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RemoteError {
    /// Stable code, such as `AL-4001`; empty when the status was not one of ours.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The gRPC code.
    pub grpc: Code,
}

impl From<Status> for RemoteError {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN);
        Self {
            code: info.map(|i| i.reason.clone()).unwrap_or_default(),
            help: info.and_then(|i| i.metadata.get(HELP).cloned()),
            causes: details
                .debug_info()
                .map(|d| d.stack_entries.clone())
                .unwrap_or_default(),
            message: status.message().to_owned(),
            grpc: status.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the env of app.example")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn an_error_arrives_with_code_causes_and_help() {
        let sent = status(
            ErrorKind::Invalid,
            "AL-1001",
            &Outer(std::fmt::Error),
            Some("mend line 3"),
        );
        let got = RemoteError::from(sent);
        assert_eq!(got.code, "AL-1001");
        assert_eq!(got.message, "cannot read the env of app.example");
        assert_eq!(got.causes.len(), 1);
        assert_eq!(got.help.as_deref(), Some("mend line 3"));
        assert_eq!(got.grpc, Code::InvalidArgument);
    }
}
