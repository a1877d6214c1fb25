//! Who is calling: certificates and the CA that makes them, the TLS that checks them, and the invites that they are
//! given for.
//!
//! A federation's hub has a CA of its own: a root whose key is kept away from the hub, and an issuer that signs
//! certificates of a day for agents and of a week for the hub. Names are SPIFFE ids in the one URI of the subject
//! alternative name. Agents know the root by its SHA-256, which came with the invite and stands in the log.

mod cert;
mod error;
mod id;
pub mod invite;
pub mod limits;
pub mod network;
mod peer;
mod refused;
mod register;
#[cfg(test)]
mod tests;
pub mod tls;

pub use cert::{AgentKey, Certificate, Issuer, Root, renew_at};
pub use error::IdentityError;
pub use id::{AgentId, BadName, SpiffeId};
pub use peer::Peer;
pub use refused::Refused;
pub use register::{Barred, Register};
