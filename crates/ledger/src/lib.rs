//! What the federation knows.
//!
//! Members sign entries; the hub puts them in order in an RFC 6962 Merkle log and signs checkpoints of it (C2SP
//! `tlog-checkpoint`); everybody folds the same entries into the same state. This crate has the formats, the
//! mathematics and the rules, and does no I/O: no clock, no randomness, no network, no files.

pub mod entry;
#[cfg(test)]
mod fed;
mod ids;
mod key;
pub mod limits;
pub mod log;
pub mod markdown;
pub mod state;

pub use entry::{Author, Body, Entry, Envelope, Leaf};
pub use ids::{BadDigest, BadName, BadSlug, Digest, HUB, ObjectId, RecipeName, Slug, Version};
pub use key::{BadKey, PublicKey, SecretKey};
