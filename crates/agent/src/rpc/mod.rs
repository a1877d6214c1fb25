//! The edge: gRPC in, gRPC out. Generated types stop here.

mod agent;
mod app;
mod convert;
mod guard;
mod peer;
mod recipe;
pub mod roles;
mod secret;

pub use agent::{AgentRpc, StoreFacts};
pub use app::AppRpc;
pub use guard::{Refused, RoleGuard};
pub use peer::{Peer, check_version};
pub use recipe::RecipeRpc;
pub use secret::SecretRpc;

use allot_proto::status;
use tonic::Status;

use crate::app::AppError;

/// An error as the caller gets it.
fn refuse(error: AppError) -> Status {
    status(error.kind(), error.code(), &error, error.help().as_deref())
}
