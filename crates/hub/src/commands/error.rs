//! Why a command ended early.

use std::path::PathBuf;

use allot_proto::RemoteError;
use allot_replica::ReplicaError;
use allot_store::{JournalError, StoreError};
use tonic::{Code, Status};

use crate::{
    app::HubError, config::ConfigError, found::FoundError, home::HomeError, server::ServeError,
};

/// Why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The hub said no, here.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The running hub said no.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// There is no good configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No hub was made.
    #[error(transparent)]
    Found(#[from] FoundError),
    /// The hub does not serve.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The log on disk.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hub's socket does not answer.
    #[error("cannot reach the hub at {}", socket.display())]
    Unreachable {
        /// Which.
        socket: PathBuf,
        /// What the connection failed with.
        #[source]
        source: tonic::transport::Error,
    },
    /// A question that nobody can answer.
    #[error("{what} needs a confirmation, and there is no terminal to ask on")]
    NeedsConfirmation {
        /// What.
        what: String,
    },
    /// The answer was no.
    #[error("not confirmed; nothing was changed")]
    Declined,
    /// The log is damaged in the middle, and nobody's copy was named.
    #[error("the log in {} is damaged, and what is missing is not here", dir.display())]
    NeedsExport {
        /// Where.
        dir: PathBuf,
    },
}

impl From<Status> for CommandError {
    fn from(status: Status) -> Self {
        Self::Remote(status.into())
    }
}

impl From<HomeError> for CommandError {
    fn from(error: HomeError) -> Self {
        Self::Hub(error.into())
    }
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        Self::Store(error.into())
    }
}

impl CommandError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Hub(e) => e.code(),
            Self::Remote(e) if e.code.is_empty() => "AL-8729",
            Self::Remote(e) => &e.code,
            Self::Config(e) => e.code(),
            Self::Found(e) => e.code(),
            Self::Serve(e) => e.code(),
            Self::Replica(e) => e.code(),
            Self::Store(e) => e.code(),
            Self::Unreachable { .. } => "AL-8729",
            Self::NeedsConfirmation { .. } => "AL-7001",
            Self::Declined => "AL-7003",
            Self::NeedsExport { .. } => "AL-8730",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Hub(e) => return e.help(),
            Self::Remote(e) => return e.help.clone(),
            Self::Config(e) => return e.help(),
            Self::Found(e) => return e.help(),
            Self::Serve(e) => return e.help(),
            Self::Replica(e) => return e.help(),
            Self::Store(e) => return e.help(),
            Self::Unreachable { .. } => {
                "start it with `allot-hub serve`, or name its directory with `--dir`"
            }
            Self::NeedsConfirmation { .. } => {
                "look at what would be done, then pass --yes to go on without being asked"
            }
            Self::Declined => return None,
            Self::NeedsExport { .. } => {
                "let a member export the log (`allot ledger export DIR`), then run it again with `--from DIR`"
            }
        };
        Some(text.to_owned())
    }

    /// The exit code of design section 4, rule 9.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::Unreachable { .. } => 6,
            Self::Remote(e) => match e.grpc {
                Code::Unavailable | Code::DeadlineExceeded => 6,
                Code::PermissionDenied | Code::Unauthenticated => 5,
                // The rules of the federation say no.
                _ if e.code.starts_with("AL-84") => 5,
                _ => 1,
            },
            Self::NeedsConfirmation { .. } => 2,
            _ => 1,
        }
    }
}
