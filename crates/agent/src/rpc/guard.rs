//! The guard at the gate of the agent's socket: who may call what, decided before a byte of the message is read.

use std::sync::Arc;

use allot_proto::{ErrorKind, Guard, status};
use http::request::Parts;
use tonic::{Status, transport::server::UdsConnectInfo};

use super::{
    Peer,
    roles::{Access, Operators, Role, Roles, access},
};

/// Why a caller is turned away.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// They may nothing at all.
    #[error("{who} has no role here")]
    NoRole {
        /// The caller.
        who: Arc<str>,
    },
    /// They may other things.
    #[error("{who} is {held} here, and {service}/{method} takes {role}")]
    NotHeld {
        /// The caller.
        who: Arc<str>,
        /// What they hold.
        held: Roles,
        /// What they called.
        service: &'static str,
        /// What they called of it.
        method: &'static str,
        /// What it takes.
        role: Role,
    },
}

impl Refused {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRole { .. } => "AL-6040",
            Self::NotHeld { .. } => "AL-6041",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoRole { .. } => "ask whoever runs this server: they add you to a group that [roles] in the \
                agent's agent.toml names (`usermod -aG GROUP USER`), or name you there and restart the agent"
                .to_owned(),
            Self::NotHeld {
                role: Role::Delegate,
                ..
            } => "only a delegate can make the agent sign for its collective, root cannot; `allot agent operators` \
                lists the delegates, and whoever runs the server names one under `delegate` of [roles] in agent.toml"
                .to_owned(),
            Self::NotHeld { role, .. } => format!(
                "`allot agent operators` lists who may; whoever runs the server gives you the role under `{role}` \
                 of [roles] in agent.toml"
            ),
        }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let help = refused.help();
        status(ErrorKind::Denied, refused.code(), &refused, Some(&help))
    }
}

/// Lets in whom [`Operators`] let in, and tells the handlers who it is.
#[derive(Debug, Clone)]
pub struct RoleGuard(pub Arc<Operators>);

impl Guard for RoleGuard {
    fn admit(&self, request: &mut Parts) -> Result<(), Box<Status>> {
        let info = request.extensions.get::<UdsConnectInfo>();
        let credentials = info.and_then(|info| info.peer_cred);
        let peer = self
            .0
            .peer(credentials.map(|cred| (cred.uid(), cred.gid())));
        may(&peer, request.uri.path()).map_err(Box::new)?;
        request.extensions.insert(peer);
        Ok(())
    }
}

/// Whether a caller may call the method at `path`.
///
/// # Errors
/// They may not; or nobody may, because no row says who.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
pub(super) fn may(peer: &Peer, path: &str) -> Result<(), Status> {
    let needed = access(path);
    if needed == Some(Access::Open) {
        return Ok(());
    }
    let who = Arc::clone(&peer.name);
    if peer.roles == Roles::NONE {
        return Err(Refused::NoRole { who }.into());
    }
    let Some(Access::Held {
        role,
        service,
        method,
    }) = needed
    else {
        // As a server answers that never had it: a newer client knows what to make of that.
        return Err(Status::unimplemented("no such method here"));
    };
    if peer.roles.hold(role) {
        return Ok(());
    }
    let held = peer.roles;
    Err(Refused::NotHeld {
        who,
        held,
        service,
        method,
        role,
    }
    .into())
}
