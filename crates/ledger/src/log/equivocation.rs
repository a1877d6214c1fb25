//! Proof that a hub has signed two histories. Anybody who has the log's key can check it, and needs nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Refused, SignedCheckpoint, Tree, verify_consistency};
use crate::{entry::HubKeys, ids::Digest, key::PublicKey};

/// Two checkpoints, signed with the same key, that cannot both be true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivocation {
    /// The log's name.
    pub origin: String,
    /// The log's key.
    pub key: PublicKey,
    /// The checkpoint with fewer entries, a signed note.
    pub smaller: String,
    /// The one with more, or as many.
    pub larger: String,
    /// Root of the larger one's tree at the smaller one's size.
    pub root: Digest,
    /// RFC 6962 consistency proof from that root to the larger checkpoint's; empty when both are of the same size.
    pub proof: Vec<Digest>,
}

impl Equivocation {
    /// Proves that `theirs` contradicts `ours`, of which `tree` has all leaves. `theirs` is not larger.
    ///
    /// # Errors
    /// It does not, or is larger: then nothing can be said yet.
    pub fn prove(
        tree: &Tree,
        ours: &SignedCheckpoint,
        theirs: &SignedCheckpoint,
        hub: &HubKeys,
    ) -> Result<Self, Refused> {
        let (small, large) = (theirs.checkpoint(), ours.checkpoint());
        let root = tree.root_at(small.size).ok_or(Refused::NoContradiction)?;
        let found = Self {
            origin: hub.origin.clone(),
            key: hub.log,
            smaller: theirs.to_string(),
            larger: ours.to_string(),
            root,
            proof: tree.consistency(small.size, large.size),
        };
        found.verify()?;
        Ok(found)
    }

    /// Checks it, trusting nobody.
    ///
    /// # Errors
    /// It proves nothing.
    pub fn verify(&self) -> Result<(), Refused> {
        let read = |note: &str| SignedCheckpoint::read(note.as_bytes(), &self.origin, &self.key);
        let (smaller, larger) = (read(&self.smaller)?, read(&self.larger)?);
        let (small, large) = (smaller.checkpoint(), larger.checkpoint());
        if small.root == self.root || small.size == 0 {
            return Err(Refused::NoContradiction);
        }
        let (old, new) = ((small.size, self.root), (large.size, large.root));
        if small.size == large.size {
            return if self.root == large.root {
                Ok(())
            } else {
                Err(Refused::NoContradiction)
            };
        }
        verify_consistency(&self.proof, old, new)
    }
}

impl fmt::Display for Equivocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "The hub of the log {} has signed two histories.",
            self.origin
        )?;
        writeln!(
            f,
            "\nOne:\n\n{}\nThe other:\n\n{}",
            self.smaller, self.larger
        )?;
        write!(
            f,
            "Both are signed with {}. At the size of the first, the second one's tree has the root {}.",
            self.key, self.root
        )
    }
}
