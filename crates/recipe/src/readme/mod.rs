//! What a recipe's README says: prose for people, a metadata block for programs, and who looks after it (reference 3.8).
//!
//! Written by hand over six years, so every shape is accepted and nothing here can fail. What is not understood stays as
//! text, or is left out where a guess would be worse than nothing.

mod blocks;
mod contact;
mod maintainers;
mod metadata;
mod prose;

pub use contact::Contact;
pub use maintainers::Maintainer;
pub use metadata::{Image, Metadata};

use crate::limits::Limits;
use crate::recipe::README;
use crate::tree::{RecipeTree, TreeError, read_optional};

/// A README, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readme {
    /// The first paragraph after the title, without markup. Badges, bare addresses and the sentence of the template are none.
    pub description: Option<String>,
    /// The address that stands alone in a paragraph at the top, or in the metadata.
    pub website: Option<String>,
    /// The address of an icon, when the metadata has one.
    pub icon: Option<String>,
    /// The metadata block.
    pub metadata: Option<Metadata>,
    /// Who looks after the recipe, in the order of the README.
    pub maintainers: Vec<Maintainer>,
    /// Whether the file held bytes that are no UTF-8; they are replaced.
    pub lossy: bool,
}

impl Readme {
    /// Reads a README.
    pub fn parse(text: &str) -> Self {
        let metadata = Metadata::parse(text);
        let blocks = blocks::blocks(text);
        let prose = prose::prose(&blocks);
        let named = |keys| metadata.as_ref().and_then(|m| m.address(keys));
        Self {
            description: prose.description,
            website: named(&["website", "homepage", "url"]).or(prose.website),
            icon: named(&["icon", "logo"]),
            maintainers: maintainers::maintainers(&blocks),
            metadata,
            lossy: false,
        }
    }

    /// Reads a README from bytes.
    pub fn parse_bytes(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        Self {
            lossy: matches!(text, std::borrow::Cow::Owned(_)),
            ..Self::parse(&text)
        }
    }

    /// Reads the README of a recipe; `None` when it has none.
    ///
    /// # Errors
    /// The file is too large, leads out of the recipe, or its store fails.
    pub fn read(tree: &dyn RecipeTree, limits: &Limits) -> Result<Option<Self>, TreeError> {
        let bytes = read_optional(tree, README, limits.max_text_bytes)?;
        Ok(bytes.map(|bytes| Self::parse_bytes(&bytes)))
    }
}

#[cfg(test)]
mod tests;
