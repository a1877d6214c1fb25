//! What lies in the index: typed trees, and batches that change several of them at once.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::IndexError;
use crate::limits::{MAX_INDEX_KEY, MAX_INDEX_VALUE};

/// A named part of the index whose values are `V`, kept as JSON. A tree is only a name; declare it as a
/// constant: `const APPS: Tree<App> = Tree::new("apps");`
#[derive(Debug)]
pub struct Tree<V> {
    name: &'static str,
    values: PhantomData<fn() -> V>,
}

impl<V> Tree<V> {
    /// A tree of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            values: PhantomData,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The key in sled: the name, its length before it so that no tree is inside another, then the key.
    pub(super) fn full_key(&self, key: &[u8]) -> Vec<u8> {
        let mut full = Vec::with_capacity(8 + self.name.len() + key.len());
        full.extend_from_slice(&(self.name.len() as u64).to_be_bytes());
        full.extend_from_slice(self.name.as_bytes());
        full.extend_from_slice(key);
        full
    }

    /// Takes the tree's part off a key of sled.
    pub(super) fn own_key<'k>(&self, full: &'k [u8]) -> &'k [u8] {
        full.get(8 + self.name.len()..).unwrap_or_default()
    }
}

impl<V: DeserializeOwned> Tree<V> {
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<V, IndexError> {
        serde_json::from_slice(bytes).map_err(|source| IndexError::Value {
            doing: "decode",
            tree: self.name,
            source,
        })
    }
}

/// Changes to the index that are made all or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    /// `None` removes. The last change of a key counts.
    pub(super) changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// A batch that changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value.
    ///
    /// # Errors
    /// The key or the JSON of the value is over its limit, or the value has no JSON.
    pub fn put<V: Serialize>(
        &mut self,
        tree: &Tree<V>,
        key: impl AsRef<[u8]>,
        value: &V,
    ) -> Result<(), IndexError> {
        let (tree_name, key) = (tree.name, key.as_ref());
        if key.len() > MAX_INDEX_KEY {
            return Err(IndexError::KeyTooLarge {
                tree: tree_name,
                size: key.len(),
            });
        }
        let value = serde_json::to_vec(value).map_err(|source| IndexError::Value {
            doing: "encode",
            tree: tree_name,
            source,
        })?;
        if value.len() >= MAX_INDEX_VALUE {
            return Err(IndexError::ValueTooLarge {
                tree: tree_name,
                size: value.len(),
            });
        }
        self.changes.insert(tree.full_key(key), Some(value));
        Ok(())
    }

    /// Removes a value; it need not be there.
    pub fn remove<V>(&mut self, tree: &Tree<V>, key: impl AsRef<[u8]>) {
        self.changes.insert(tree.full_key(key.as_ref()), None);
    }
}
