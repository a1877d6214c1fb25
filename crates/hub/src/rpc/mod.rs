//! The edge: gRPC in, gRPC out. Generated types stop here, but for the message to followers, which is made once for all.

mod admin;
mod admins;
mod answer;
mod calls;
mod catalogue;
mod door;
mod enrolment;
mod follow;
mod guard;
mod ledger;
pub mod methods;
mod room;

pub use admin::AdminRpc;
pub use admins::{Admin, Admins};
pub use calls::Calls;
pub use door::Door;
pub use enrolment::EnrolmentRpc;
pub use follow::LedgerRoutes;
pub use guard::{Caller, NetworkGuard, SocketGuard};
pub use ledger::LedgerRpc;

use allot_identity::Peer;
use allot_proto::{VERSION, newer_server_needed, status};
use tonic::{Request, Status};

use crate::app::HubError;

/// An error as the caller gets it.
fn refuse(error: HubError) -> Status {
    status(error.kind(), error.code(), &error, error.help().as_deref())
}

/// The agent that calls. The guard has let nobody else in; should it ever, nobody is what they are.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
fn peer<T>(request: &Request<T>) -> Result<Peer, Status> {
    let caller = request.extensions().get::<Caller>();
    let peer = caller.and_then(|caller| caller.peer.clone());
    peer.ok_or_else(|| refuse(allot_identity::Refused::NoCertificate.into()))
}

/// Refuses clients that need a newer hub than this one.
///
/// # Errors
/// `FAILED_PRECONDITION` with AL-6010.
#[allow(
    clippy::result_large_err,
    reason = "tonic's interceptors return Status"
)]
pub fn check_version(request: Request<()>) -> Result<Request<()>, Status> {
    match newer_server_needed(request.metadata()) {
        Some(wanted) => Err(refuse(HubError::TooOld {
            server: VERSION,
            wanted,
        })),
        None => Ok(request),
    }
}
