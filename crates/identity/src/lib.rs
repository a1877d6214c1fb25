//! Who is calling: names in certificates, and the invites that certificates are given for.

mod id;
pub mod invite;
pub mod limits;

pub use id::{AgentId, BadName, SpiffeId};
