//! The guards: who may call what, decided before a byte of the message is read. One stands at the network, one at the
//! unix socket.

use std::{net::SocketAddr, sync::Arc};

use allot_identity::{Peer, Refused};
use allot_proto::Guard;
use http::request::Parts;
use tonic::{Status, transport::server::UdsConnectInfo};

use super::{
    admins::Admins,
    methods::{Weight, Who, who},
    refuse,
    room::{Room, Taken},
};
use crate::app::{Hub, HubError, Pace};

const APPEND: &str = "/allot.hub.v1.LedgerService/Append";

/// Who is at the other end of a connection from the network: what the listener found out.
#[derive(Debug, Clone)]
pub struct Caller {
    /// By its certificate; nobody, when it has shown none.
    pub peer: Option<Peer>,
    /// Where it calls from.
    pub address: SocketAddr,
}

/// At the network.
#[derive(Clone)]
pub struct NetworkGuard {
    hub: Arc<Hub>,
    calls: Arc<Pace<String>>,
    room: Arc<Room>,
}

impl NetworkGuard {
    /// For a hub.
    #[must_use]
    pub fn new(hub: Arc<Hub>) -> Self {
        let calls = Arc::new(Pace::per_minute(hub.config().limits.calls_per_minute));
        let room = Arc::default();
        Self { hub, calls, room }
    }

    /// Room for a call that was let in. A stranger's has none, and needs none: it is light, and a connection has few.
    pub(super) async fn room(
        &self,
        request: &Parts,
        weight: Weight,
    ) -> Result<Option<Taken>, Box<Status>> {
        let caller = request.extensions.get::<Caller>();
        let Some(peer) = caller.and_then(|caller| caller.peer.as_ref()) else {
            return Ok(None);
        };
        let taken = self.room.take(peer, weight).await;
        taken.map(Some).map_err(|error| self.no(error))
    }

    fn no(&self, error: HubError) -> Box<Status> {
        tracing::debug!(code = error.code(), "a call is refused: {error}");
        self.hub.metrics.refused(error.code());
        Box::new(refuse(error))
    }

    fn may(&self, caller: Option<&Caller>, needed: Who, path: &str) -> Result<(), HubError> {
        if needed == Who::Anyone {
            return Ok(());
        }
        let peer = caller.and_then(|caller| caller.peer.as_ref());
        let peer = peer.ok_or(Refused::NoCertificate)?;
        self.hub.rights.check(peer, self.hub.now())?;
        // Entries have a bound of their own, by collective.
        if path != APPEND {
            self.calls.take(&peer.to_string())?;
        }
        match needed {
            Who::Voter if !self.hub.rights.is_voter(peer.collective()) => Err(HubError::NoVoter {
                caller: peer.collective().to_string(),
                method: path.rsplit('/').next().unwrap_or_default().to_owned(),
            }),
            Who::Anyone | Who::Agent | Who::Voter => Ok(()),
            Who::Admin => Err(HubError::NoAdmin {
                who: peer.to_string(),
            }),
        }
    }
}

impl Guard for NetworkGuard {
    fn admit(&self, request: &mut Parts) -> Result<(), Box<Status>> {
        let caller = request.extensions.get::<Caller>();
        let path = request.uri.path();
        // What has no row is for nobody; a stranger is not even told that.
        let needed = who(path).unwrap_or(Who::Admin);
        let may = self.may(caller, needed, path);
        may.map_err(|error| self.no(error))
    }
}

/// At the unix socket.
#[derive(Clone)]
pub struct SocketGuard(pub Arc<Admins>);

impl Guard for SocketGuard {
    fn admit(&self, request: &mut Parts) -> Result<(), Box<Status>> {
        let info = request.extensions.get::<UdsConnectInfo>();
        let credentials = info.and_then(|info| info.peer_cred);
        let admin = self
            .0
            .admin(credentials.map(|cred| (cred.uid(), cred.gid())));
        let admin = admin.map_err(|error| Box::new(refuse(error)))?;
        if who(request.uri.path()).is_none() {
            return Err(Box::new(Status::unimplemented("no such method here")));
        }
        request.extensions.insert(admin);
        Ok(())
    }
}
