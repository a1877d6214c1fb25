//! A sum over all that the index holds. It is written with every batch, in the same atom, and computed again
//! when the index is opened: sled takes a damaged log for a shorter one, and what it then lacks does not show.

use sha2::{Digest, Sha256};

use crate::seq::Seq;

/// Where the sum lies in sled; no tree has a key this short.
pub(super) const KEY: &[u8] = b"sum";

/// What an index holds, in short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// The last record of the journal that was applied.
    pub applied: Seq,
    /// How many keys there are.
    pub entries: u64,
    /// The sum of the hashes of all keys with their values; the order does not matter.
    pub sum: u128,
}

impl Contents {
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_add(1);
        self.sum = self.sum.wrapping_add(hash(key, value));
    }

    pub fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(hash(key, value));
    }

    pub fn encode(&self) -> Vec<u8> {
        let numbers = [self.applied.0, self.entries].map(u64::to_be_bytes);
        [numbers.as_flattened(), &self.sum.to_be_bytes()].concat()
    }

    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (applied, rest) = bytes.split_first_chunk()?;
        let (entries, rest) = rest.split_first_chunk()?;
        let applied = Seq(u64::from_be_bytes(*applied));
        let sum = u128::from_be_bytes(rest.try_into().ok()?);
        Some(Self {
            applied,
            entries: u64::from_be_bytes(*entries),
            sum,
        })
    }
}

/// The first half of SHA-256 over the key's length, the key and the value.
fn hash(key: &[u8], value: &[u8]) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update((key.len() as u64).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    let hash: [u8; 32] = hasher.finalize().into();
    hash.first_chunk().copied().map_or(0, u128::from_be_bytes)
}
