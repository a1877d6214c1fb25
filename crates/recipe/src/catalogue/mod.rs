//! What the federation's catalogue holds about a recipe and about each version of it.
//!
//! Two documents, both JSON: [`About`] says what is known of a recipe as a whole, [`VersionDocument`] what one version
//! holds. The ledger names them by their SHA-256, so the same recipe must give the same bytes: keys are in order, there
//! are no floats, and an absent value is left out. Fields that a reader does not know are ignored; `format` says when
//! that is not enough.
//!
//! [`recipes_json`] is the same knowledge in the format of abra's catalogue.

mod about;
mod document;
mod error;
pub mod recipes_json;
mod remarks;
mod version;

pub use crate::compose::ComposeError;
pub use about::{About, AboutFacts, Problem};
pub use error::CatalogueError;
pub use version::{ServiceImage, VersionDocument, VersionFacts};

/// The format of the documents that this crate writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

#[cfg(test)]
mod tests;
