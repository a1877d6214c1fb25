//! Who is calling: the gate makes a [`Peer`], from the unix socket and nothing else.

use std::sync::Arc;

use allot_proto::{VERSION, newer_server_needed};
use tonic::{Request, Status};

use super::{refuse, roles::Roles};
use crate::app::{Actor, AppError};

/// A caller behind the agent's socket, as the gate made it. Cheap to copy: there is one for every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Unix user id, `None` when the system did not say.
    pub uid: Option<u32>,
    /// What they may do.
    pub roles: Roles,
    /// The caller as history names them.
    pub(super) name: Arc<str>,
}

impl Peer {
    /// The caller of a request. What did not come through the gate is nobody's and may nothing.
    pub fn of<T>(request: &Request<T>) -> Self {
        let made = request.extensions().get::<Self>().cloned();
        made.unwrap_or_else(Self::unknown)
    }

    /// Somebody of whom the system says nothing.
    pub(super) fn unknown() -> Self {
        Self {
            uid: None,
            roles: Roles::NONE,
            name: Arc::from("unknown"),
        }
    }

    /// The caller as history names them: `name (uid)`.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor(self.name.as_ref().to_owned())
    }
}

/// Refuses clients that need a newer server than this one.
///
/// # Errors
/// `FAILED_PRECONDITION` with AL-6010.
#[allow(
    clippy::result_large_err,
    reason = "tonic's interceptors return Status"
)]
pub fn check_version(request: Request<()>) -> Result<Request<()>, Status> {
    match newer_server_needed(request.metadata()) {
        Some(wanted) => Err(refuse(AppError::TooOld {
            server: VERSION.to_owned(),
            wanted,
        })),
        None => Ok(request),
    }
}

#[cfg(test)]
mod tests {
    use allot_proto::MIN_SERVER_VERSION;

    use super::*;

    #[test]
    fn a_client_that_needs_a_newer_server_is_told_so() {
        let mut request = Request::new(());
        request
            .metadata_mut()
            .insert(MIN_SERVER_VERSION, "99.0.0".parse().unwrap());
        let status = check_version(request).unwrap_err();
        assert_eq!(status.code(), tonic::Code::FailedPrecondition);
        assert!(status.message().contains("99.0.0"), "{status}");
    }

    #[test]
    fn a_client_without_a_wish_is_served() {
        assert!(check_version(Request::new(())).is_ok());
    }
}
