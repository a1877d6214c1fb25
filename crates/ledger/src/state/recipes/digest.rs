//! What a state's digest has of the catalogue: of each recipe a digest, which is made once for each change of it. Else
//! every agent would hash tens of thousands of versions for each entry.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::{Catalogue, Recipe};
use crate::ids::Digest;

/// A digest that is made when it is asked for. It is no part of what it is a digest of.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(OnceLock<Digest>);

impl PartialEq for Kept {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Kept {}

impl Recipe {
    fn digest(&self) -> Digest {
        *self.digest.0.get_or_init(|| {
            let mut hash = Sha256::new();
            // It always has a JSON form, as the state has.
            let _ = serde_json::to_writer(&mut hash, self);
            Digest(hash.finalize().into())
        })
    }
}

impl Catalogue {
    /// Equal where the same was said about the same recipes. All else in a catalogue follows from that. None where nothing
    /// was said: a federation without recipes has the digest that it always had.
    pub(in crate::state) fn digest(&self) -> Option<Digest> {
        if self.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        for (name, recipe) in self.iter() {
            hash.update(name.as_str());
            // No name has it, so that no two catalogues are the same bytes.
            hash.update([0]);
            hash.update(recipe.digest().0);
        }
        Some(Digest(hash.finalize().into()))
    }
}
