//! A log as files: the layout of C2SP `tlog-tiles`, with the long texts beside it.

use std::sync::Arc;

use allot_ledger::{
    Digest, Leaf,
    log::{Resource, paths},
};
use bytes::Bytes;

use crate::{error::ReplicaError, replica::Replica};

/// Where texts are, in an export.
pub(crate) const TEXTS: &str = "texts";

/// An export under way: file after file, each small enough to be held at once.
pub struct Export {
    replica: Arc<Replica>,
    checkpoint: Option<String>,
    paths: std::vec::IntoIter<String>,
    texts: Vec<Digest>,
}

impl Export {
    /// Begins an export of the log as `checkpoint`, a signed note, says it is at `size`.
    #[must_use]
    pub fn new(replica: Arc<Replica>, checkpoint: String, size: u64) -> Self {
        Self {
            replica,
            checkpoint: Some(checkpoint),
            paths: paths(size).into_iter(),
            texts: Vec::new(),
        }
    }

    /// The next file: its relative path and content; nothing when that was all. Texts that are not here are left out.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn next(&mut self) -> Result<Option<(String, Bytes)>, ReplicaError> {
        if let Some(checkpoint) = self.checkpoint.take() {
            return Ok(Some(("checkpoint".to_owned(), Bytes::from(checkpoint))));
        }
        if let Some(path) = self.paths.next() {
            let resource = Resource::of(&path);
            let content = match &resource {
                Some(resource) => self.replica.resource(resource).await?,
                None => None,
            };
            let why = "is not in the log".to_owned();
            let content = content.ok_or(ReplicaError::BadExport {
                path: (&path).into(),
                why,
            })?;
            if let Some(Resource::Entries { .. }) = resource {
                self.texts.extend(named(&content));
            }
            return Ok(Some((path, Bytes::from(content))));
        }
        while let Some(sha256) = self.texts.pop() {
            if let Some(text) = self.replica.text(sha256)? {
                return Ok(Some((format!("{TEXTS}/{sha256}"), text)));
            }
        }
        Ok(None)
    }
}

/// Hashes of the texts that a bundle's entries name.
fn named(bundle: &[u8]) -> Vec<Digest> {
    let leaves = allot_ledger::log::read_bundle(bundle).unwrap_or_default();
    leaves.into_iter().flat_map(stored_texts).collect()
}

/// Hashes of the texts that a leaf names.
pub(crate) fn stored_texts(leaf: &[u8]) -> Vec<Digest> {
    let Ok(leaf) = Leaf::from_bytes(leaf) else {
        return Vec::new();
    };
    let Ok(entry) = leaf.envelope.entry() else {
        return Vec::new();
    };
    let texts = entry.body.stored_texts().into_iter();
    texts.map(|(sha256, _)| sha256).collect()
}
