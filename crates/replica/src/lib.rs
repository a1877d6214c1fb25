//! A federation's log on disk, and what follows from it in memory: its tree and its state.
//!
//! The hub's log and the agents' copies of it are the same thing, kept the same way: a journal whose record `n` is the
//! leaf of index `n - 1`, and long texts beside it by their hash. Whoever opens one reads it once and has the Merkle tree and the
//! folded state; whoever extends it has a [`Pen`], which takes back what did not reach the disk.

mod book;
mod error;
mod export;
mod import;
pub mod limits;
mod pen;
mod replica;
#[cfg(test)]
mod tests;

pub use book::Book;
pub use error::ReplicaError;
pub use export::Export;
pub use import::{Imported, rebuild};
pub use pen::{NotTaken, Pen};
pub use replica::{JOURNAL_DIR, Replica, TEXTS_DIR};
