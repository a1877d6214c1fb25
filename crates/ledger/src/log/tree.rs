//! The Merkle tree of RFC 6962; the mathematics are `tlog_tiles`'.

use tlog_tiles::{
    EMPTY_HASH, Hash, HashReader, check_record, check_tree, prove_record, prove_tree, record_hash,
    stored_hashes_for_record_hash, tree_hash,
};

use super::Refused;
use crate::ids::Digest;

/// A tree that grows. It holds its hashes, about 64 bytes a leaf, and no leaves.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    hashes: Vec<Hash>,
    size: u64,
}

/// The hashes in the order in which they are stored.
struct Stored<'t>(&'t [Hash]);

impl HashReader for Stored<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let read = |index: &u64| {
            let found = usize::try_from(*index).ok().and_then(|i| self.0.get(i));
            found.copied().ok_or(tlog_tiles::Error::IndexesNotInTree)
        };
        indexes.iter().map(read).collect()
    }
}

/// The hash of a leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest(record_hash(leaf).0)
}

impl Tree {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        let hash = record_hash(leaf);
        // The hashes that this needs are always there: they were stored with the leaves before.
        if let Ok(new) = stored_hashes_for_record_hash(self.size, hash, &Stored(&self.hashes)) {
            self.hashes.extend(new);
            self.size += 1;
        }
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root now.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.root_at(self.size).unwrap_or(Digest(EMPTY_HASH.0))
    }

    /// The root that the tree had with its first `size` leaves; nothing when it never had as many.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        if size > self.size {
            return None;
        }
        let root = tree_hash(size, &Stored(&self.hashes)).ok()?;
        Some(Digest(root.0))
    }

    /// Proof that the leaf at `index` is in the tree of `size`; empty when there is none.
    #[must_use]
    pub fn inclusion(&self, index: u64, size: u64) -> Vec<Digest> {
        if size > self.size || index >= size {
            return Vec::new();
        }
        digests(prove_record(size, index, &Stored(&self.hashes)))
    }

    /// Proof that the tree of `new` leaves begins with that of `old`; empty when there is none.
    #[must_use]
    pub fn consistency(&self, old: u64, new: u64) -> Vec<Digest> {
        if new > self.size || old == 0 || old > new {
            return Vec::new();
        }
        digests(prove_tree(new, old, &Stored(&self.hashes)))
    }

    /// The hashes of a tile.
    pub(super) fn tile(&self, tile: &tlog_tiles::Tile) -> Option<Vec<u8>> {
        tile.read_data(&Stored(&self.hashes)).ok()
    }
}

fn digests(proof: Result<Vec<Hash>, tlog_tiles::Error>) -> Vec<Digest> {
    let proof = proof.unwrap_or_default();
    proof.into_iter().map(|hash| Digest(hash.0)).collect()
}

fn hashes(proof: &[Digest]) -> Vec<Hash> {
    proof.iter().map(|digest| Hash(digest.0)).collect()
}

/// Whether `leaf` is at `index` in the tree of `size` leaves with that root.
///
/// # Errors
/// The proof does not show it.
pub fn verify_inclusion(
    proof: &[Digest],
    leaf: &[u8],
    index: u64,
    size: u64,
    root: Digest,
) -> Result<(), Refused> {
    let leaf = record_hash(leaf);
    check_record(&hashes(proof), size, Hash(root.0), index, leaf)
        .map_err(|_| Refused::NotIncluded { index, size })
}

/// Whether the tree of `new` leaves begins with the tree of `old`.
///
/// # Errors
/// The proof does not show it.
pub fn verify_consistency(
    proof: &[Digest],
    old: (u64, Digest),
    new: (u64, Digest),
) -> Result<(), Refused> {
    check_tree(&hashes(proof), new.0, Hash(new.1.0), old.0, Hash(old.1.0)).map_err(|_| {
        Refused::Inconsistent {
            old: old.0,
            new: new.0,
        }
    })
}
