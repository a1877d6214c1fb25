//! How an error that came over the socket is taken: the agent's own, which bring code and remedy, and
//! those that gRPC made.

use allot_proto::RemoteError;
use tonic::Code;

use crate::exit::ExitCode;

/// What an error is that came without a code of ours: tonic made it on this side, or the agent is not one
/// of ours. The agent gives all its own errors a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Foreign {
    /// The connection broke.
    Broken,
    /// No answer in time.
    Late,
    /// No such call.
    Unknown,
    /// Anything else.
    Strange,
}

impl Foreign {
    /// `None` for an error that has a code.
    fn of(error: &RemoteError) -> Option<Self> {
        if !error.code.is_empty() {
            return None;
        }
        Some(match error.grpc {
            Code::Unavailable | Code::Unknown | Code::Internal => Self::Broken,
            Code::Cancelled | Code::DeadlineExceeded => Self::Late,
            Code::Unimplemented => Self::Unknown,
            _ => Self::Strange,
        })
    }

    fn code(self) -> &'static str {
        match self {
            Self::Broken => "AL-6001",
            Self::Late => "AL-6006",
            Self::Unknown => "AL-6003",
            Self::Strange => "AL-6004",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Broken => "the connection to the agent broke",
            Self::Late => "the agent did not answer in time",
            Self::Unknown => "the agent does not know this request",
            Self::Strange => "the agent's answer makes no sense",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Broken => "look whether the agent still runs, then try again",
            Self::Late => "look with `allot agent status` what it is busy with, then try again",
            Self::Unknown => "update the agent: `allot agent status` shows its version",
            Self::Strange => "compare `allot --version` with the version in `allot agent status`",
        }
    }
}

/// What happened, in the agent's words or ours.
pub fn message(error: &RemoteError) -> &str {
    Foreign::of(error).map_or(error.message.as_str(), |f| f.message())
}

/// Stable code.
pub fn code(error: &RemoteError) -> &str {
    Foreign::of(error).map_or(error.code.as_str(), |f| f.code())
}

/// What to do.
pub fn help(error: &RemoteError) -> Option<String> {
    let foreign = || Foreign::of(error).map(|f| f.help().to_owned());
    error.help.clone().or_else(foreign)
}

/// The causes; for an error that we worded, what was said comes first.
pub fn causes(error: &RemoteError) -> Vec<String> {
    let said = Foreign::of(error).map(|_| error.message.clone());
    said.into_iter()
        .filter(|text| !text.is_empty())
        .chain(error.causes.iter().cloned())
        .collect()
}

/// What the process ends with.
pub fn exit(error: &RemoteError) -> ExitCode {
    match (Foreign::of(error), error.grpc) {
        (Some(Foreign::Broken | Foreign::Late), _) | (None, Code::Unavailable) => {
            ExitCode::Unreachable
        }
        (_, Code::PermissionDenied | Code::Unauthenticated) => ExitCode::Refused,
        _ => ExitCode::Failed,
    }
}
