//! Engine API request bodies, as the docker CLI writes them.
//!
//! These are our own structs and not `bollard-stubs` models for two reasons: the CLI passes on
//! words that only the engine judges (`failure_action`, `condition`, …), which closed enums
//! cannot carry, and cluster volumes are missing there. [`models`] converts to what bollard
//! sends, and says which value no engine knows.

pub mod models;
mod objects;
mod service;

pub use objects::*;
pub use service::*;

/// For `skip_serializing_if`: whether a value is what Go's `omitempty` leaves out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
