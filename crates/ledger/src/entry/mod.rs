//! What an author signs: an [`Entry`], as JSON, in a DSSE [`Envelope`]; and the [`Leaf`] that the hub makes of it.

mod batches;
mod body;
mod decision;
mod envelope;
mod genesis;
mod imported;
mod leaf;
mod recipe;
mod text;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

pub use body::{Application, Body, Profile, is_contact};
pub use decision::{Budget, Choice, Content, Kind, Money, Number, Size};
pub use envelope::{BadEnvelope, Envelope, PAYLOAD_TYPE};
pub use genesis::{Founder, Genesis, HubKeys, More, RuleChange, Rules};
pub use imported::{Imported, ImportedState};
pub use leaf::{BadLeaf, Leaf};
pub use recipe::{DocumentRef, Release, ReviewVerdict, Seen, TestReport, UpgradeVerdict};
pub use text::Text;

use crate::ids::{HUB, Slug};

/// Who wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Author {
    /// The hub, for what a federation admin may do.
    Hub,
    /// A collective, whoever of its delegates pressed.
    Collective(Slug),
}

impl TryFrom<String> for Author {
    type Error = crate::BadSlug;

    fn try_from(text: String) -> Result<Self, crate::BadSlug> {
        if text == HUB {
            return Ok(Self::Hub);
        }
        text.parse().map(Self::Collective)
    }
}

impl From<Author> for String {
    fn from(author: Author) -> Self {
        author.to_string()
    }
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hub => f.write_str(HUB),
            Self::Collective(slug) => f.write_str(slug.as_str()),
        }
    }
}

/// What is signed. Federation, author and sequence number are part of it, so that an envelope counts once, here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The federation: the genesis hash in hexadecimal; in the genesis itself, the federation's name.
    pub federation: String,
    /// Who wrote it.
    pub author: Author,
    /// The author's own count, from 1, without gaps.
    pub seq: u64,
    /// The author's clock when it was signed. Nothing is decided by it: the leaf's time counts.
    pub at: Timestamp,
    /// What it says.
    pub body: Body,
}

/// Reads what says all that it has to say by its name. Serde lets everything pass there, and this version would come to
/// another state than one that knows what is meant (L7).
fn nothing_more<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(from).map(|Nothing {}| ())
}

#[cfg(test)]
mod recipe_tests;
#[cfg(test)]
mod tests;
