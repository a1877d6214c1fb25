//! Why the hub does not serve.

use std::{io, net::SocketAddr};

use allot_daemon::socket::SocketError;
use allot_identity::IdentityError;

use crate::{app::HubError, catalogue::CatalogueError};

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The hub itself.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// There can be no catalogue.
    #[error(transparent)]
    Catalogue(#[from] Box<CatalogueError>),
    /// There is no unix socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] IdentityError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The async runtime cannot start.
    #[error("cannot start the runtime")]
    Runtime {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// gRPC failed.
    #[error("the gRPC server failed")]
    Grpc(#[from] tonic::transport::Error),
    /// Our own descriptors are not readable.
    #[error("the reflection service cannot be made")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl ServeError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hub(e) => e.code(),
            Self::Catalogue(e) => e.code(),
            Self::Socket(e) => e.code(),
            Self::Tls(e) => e.code(),
            Self::Listen { .. } => "AL-8724",
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => "AL-6033",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Hub(e) => return e.help(),
            Self::Catalogue(e) => return e.help(),
            Self::Socket(e) => return e.help(),
            Self::Tls(e) => return e.help(),
            Self::Listen { .. } => "stop what listens there, or choose another in hub.toml",
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => {
                "see how many files and processes the system allows (`ulimit -a`), then start it again"
            }
        };
        Some(text.to_owned())
    }
}
