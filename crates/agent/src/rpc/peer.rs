//! Who is calling: one function makes a [`Peer`], from the unix socket and nothing else.

use allot_proto::{MIN_SERVER_VERSION, VERSION};
use semver::Version;
use tonic::{Extensions, Request, Status, transport::server::UdsConnectInfo};

use super::refuse;
use crate::app::{Actor, AppError};

/// A caller behind the agent's socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Unix user id, `None` when the system did not say.
    pub uid: Option<u32>,
}

impl Peer {
    /// The caller of a request.
    pub fn of<T>(request: &Request<T>) -> Self {
        Self::from_extensions(request.extensions())
    }

    fn from_extensions(extensions: &Extensions) -> Self {
        let info = extensions.get::<UdsConnectInfo>();
        Self {
            uid: info.and_then(|i| i.peer_cred).map(|cred| cred.uid()),
        }
    }

    /// The caller as history names them: `name (uid)`.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let Some(uid) = self.uid else {
            return Actor("unknown".to_owned());
        };
        let name = user_name(uid);
        Actor(name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} ({uid})")))
    }
}

/// The name of a user of this machine.
fn user_name(uid: u32) -> Option<String> {
    nix::unistd::User::from_uid(uid.into())
        .ok()
        .flatten()
        .map(|user| user.name)
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
    let wanted = request
        .metadata()
        .get(MIN_SERVER_VERSION)
        .and_then(|v| v.to_str().ok());
    let newer = wanted
        .and_then(|w| Some((w, Version::parse(w).ok()?)))
        .filter(|(_, w)| Version::parse(VERSION).is_ok_and(|own| *w > own));
    match newer {
        Some((wanted, _)) => Err(refuse(AppError::TooOld {
            server: VERSION.to_owned(),
            wanted: wanted.to_owned(),
        })),
        None => Ok(request),
    }
}

#[cfg(test)]
mod tests {
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
