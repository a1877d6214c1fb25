//! See the crate's description in its Cargo.toml.
pub mod spec;
