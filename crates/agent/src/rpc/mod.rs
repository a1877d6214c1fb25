//! The edge: gRPC in, gRPC out. Generated types stop here.

mod agent;
mod app;
mod catalogue;
mod convert;
mod convert_catalogue;
mod convert_federation;
mod convert_resolution;
mod federation;
mod guard;
mod ledger;
mod parse;
mod peer;
mod recipe;
mod recipe_test;
mod resolution;
pub mod roles;
mod secret;

pub use agent::{AgentRpc, StoreFacts};
pub use app::AppRpc;
pub use catalogue::CatalogueRpc;
pub use federation::FederationRpc;
pub use guard::{Refused, RoleGuard};
pub use ledger::LedgerRpc;
pub use peer::{Peer, check_version};
pub use recipe::RecipeRpc;
pub use recipe_test::RecipeTestRpc;
pub use resolution::ResolutionRpc;
pub use secret::SecretRpc;

use allot_proto::status;
use tonic::Status;

use crate::{app::AppError, federation::FederationError};

/// An error as the caller gets it.
fn refuse(error: AppError) -> Status {
    status(error.kind(), error.code(), &error, error.help().as_deref())
}

/// An error of the federation as the caller gets it.
fn refuse_federation(error: FederationError) -> Status {
    status(error.kind(), error.code(), &error, error.help().as_deref())
}
