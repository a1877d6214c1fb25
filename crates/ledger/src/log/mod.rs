//! The log: an RFC 6962 tree, signed checkpoints, and what whoever looks at it remembers.
//!
//! Formats are C2SP's, so that standard tools can audit a federation: `tlog-checkpoint`, `signed-note`,
//! `tlog-cosignature`, `tlog-tiles`.

mod checkpoint;
mod equivocation;
mod refused;
mod seen;
#[cfg(test)]
mod tests;
mod tiles;
mod tree;

pub use checkpoint::{Checkpoint, SignedCheckpoint, clock_name, witness_name};
pub use equivocation::Equivocation;
pub use refused::Refused;
pub use seen::{Bounds, Seen};
pub use tiles::{Resource, bundle, paths, read_bundle};
pub use tree::{Tree, leaf_hash, verify_consistency, verify_inclusion};
