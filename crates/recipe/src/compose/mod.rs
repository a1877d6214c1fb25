//! A light look into compose files: names, images and variables, and nothing else.
//!
//! What a stack really is, `allot-stack` knows; this crate may not. For a list of what a version holds the names are
//! enough, and a recipe whose compose files no engine would take can still be looked at.

mod definitions;
mod image;
mod interpolate;
mod read;
mod set;

pub(crate) use definitions::Definition;
pub(crate) use image::written;
pub(crate) use interpolate::{expand, references};
pub use read::ComposeError;
pub(crate) use set::{ComposeSet, ServiceFacts, SetError};
