//! What can go wrong between an agent and its hub.

use std::io;

use allot_identity::{IdentityError, Refused};
use allot_proto::{ErrorKind, RemoteError};
use tonic::{Code, Status};

/// Why something that was asked of the hub was not done.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nobody answers.
    #[error("the hub at {address} cannot be reached")]
    Away {
        /// Where it should be.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The connection ended.
    #[error("the connection to the hub broke: {why}")]
    Broken {
        /// How.
        why: String,
    },
    /// It takes too long.
    #[error("the hub has not answered within {seconds} s")]
    Late {
        /// How long.
        seconds: u64,
    },
    /// Certificates, this side's or the other's.
    #[error(transparent)]
    Identity(#[from] Refused),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] IdentityError),
    /// The hub says no.
    #[error(transparent)]
    Said(RemoteError),
    /// A message beyond its bound; nothing of it was read.
    #[error("the hub sends a message that is too large: {why}")]
    TooLarge {
        /// How large.
        why: String,
    },
    /// What no hub sends.
    #[error("the hub sends {what}")]
    Nonsense {
        /// What.
        what: &'static str,
    },
}

impl HubError {
    /// What a call ended with.
    #[must_use]
    pub fn of(status: Status) -> Self {
        if let Some(refused) = Refused::in_chain(&status) {
            return Self::Identity(refused);
        }
        let said = RemoteError::from(status);
        if !said.code.is_empty() {
            return Self::Said(said);
        }
        let why = said.message.clone();
        match said.grpc {
            // Both are this side's own words: the message was not read, or there is no other side.
            Code::OutOfRange => Self::TooLarge { why },
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal => {
                Self::Broken { why }
            }
            _ => Self::Said(said),
        }
    }

    /// The stable code, with a page in `docs/errors/`; the hub's own where it said no.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Away { .. } | Self::Broken { .. } | Self::Late { .. } => "AL-8802",
            Self::Identity(e) => e.code(),
            Self::Tls(e) => e.code(),
            Self::Said(e) if e.code.is_empty() => "AL-8803",
            Self::Said(e) => &e.code,
            Self::TooLarge { .. } | Self::Nonsense { .. } => "AL-8812",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Away { .. } | Self::Broken { .. } | Self::Late { .. } => {
                "apps are looked after as before; the agent tries again by itself, and `allot federation status` says \
                 when the hub is back"
            }
            Self::Identity(e) => return e.help(),
            Self::Tls(e) => return e.help(),
            Self::Said(e) if e.code.is_empty() => {
                "compare the versions of hub and agent, and tell the federation's admins"
            }
            Self::Said(e) => return e.help.clone(),
            Self::TooLarge { .. } | Self::Nonsense { .. } => {
                "tell the federation's admins; nothing of it was taken"
            }
        };
        Some(text.to_owned())
    }

    /// How a caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Away { .. } | Self::Broken { .. } | Self::Late { .. } => ErrorKind::Unavailable,
            Self::Identity(_) => ErrorKind::Denied,
            Self::Tls(_) => ErrorKind::Internal,
            Self::Said(e) => kind_of(e.grpc),
            Self::TooLarge { .. } | Self::Nonsense { .. } => ErrorKind::Denied,
        }
    }

    /// Whether it is the way to the hub that is bad, and nothing that anybody said.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Broken { .. } | Self::Late { .. } => true,
            Self::Said(e) => e.grpc == Code::Unavailable,
            _ => false,
        }
    }
}

fn kind_of(code: Code) -> ErrorKind {
    match code {
        Code::InvalidArgument => ErrorKind::Invalid,
        Code::NotFound => ErrorKind::NotFound,
        Code::AlreadyExists => ErrorKind::Exists,
        Code::FailedPrecondition | Code::Unimplemented => ErrorKind::Precondition,
        Code::PermissionDenied | Code::Unauthenticated => ErrorKind::Denied,
        Code::Aborted => ErrorKind::Busy,
        Code::Unavailable => ErrorKind::Unavailable,
        Code::DeadlineExceeded => ErrorKind::Timeout,
        Code::ResourceExhausted => ErrorKind::Exhausted,
        _ => ErrorKind::Internal,
    }
}
