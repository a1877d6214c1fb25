//! The index: what the journal says, arranged for looking up. sled lies under it and stops here.
//!
//! Nothing rests on the index. Whenever there is doubt about it, it is set aside and an empty one is opened;
//! the caller then folds the journal into it from the beginning.

mod contents;
mod open;
mod outcome;
mod sled_files;
mod state_file;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use self::contents::Contents;
pub(crate) use self::open::{applied_read_only, set_aside};
pub use self::outcome::{DiscardReason, IndexIdentity, IndexState, OpenedIndex};
use self::sled_files::caught;
use self::state_file::{Phase, StateFile};
pub use self::tree::{Batch, Tree};
use crate::error::IndexError;
use crate::seq::Seq;

/// An open index. When it is dropped, it is flushed, fsynced and marked as closed.
pub struct Index {
    db: Option<sled::Db>,
    dir: PathBuf,
    state: StateFile,
    contents: Mutex<Contents>,
    damage: Mutex<Option<String>>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("dir", &self.dir)
            .field("applied", &self.applied())
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index in a directory. One that does not fit or cannot be read in whole is set aside as
    /// `DIR.discarded` (the one that was there goes), with a warning in the log, and an empty one is opened.
    ///
    /// # Errors
    /// The operating system refuses, or not even an empty index opens.
    pub fn open(dir: &Path, identity: IndexIdentity) -> Result<OpenedIndex, IndexError> {
        open::open(dir, identity)
    }

    /// The last record that was applied; [`Seq::ZERO`] when none was.
    #[must_use]
    pub fn applied(&self) -> Seq {
        locked(&self.contents).applied
    }

    /// The value of a key.
    ///
    /// # Errors
    /// The index is damaged, or the value does not turn back from JSON.
    pub fn get<V: DeserializeOwned>(
        &self,
        tree: &Tree<V>,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<V>, IndexError> {
        let found = self.guarded(|db| db.get(tree.full_key(key.as_ref())))?;
        found.map(|bytes| tree.decode(&bytes)).transpose()
    }

    /// The keys that begin with `prefix`, and their values, ascending by key. An empty prefix means all.
    pub fn scan<'i, V: DeserializeOwned>(
        &'i self,
        tree: &'i Tree<V>,
        prefix: impl AsRef<[u8]>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, V), IndexError>> + 'i {
        let begun = self.guarded(|db| Ok(db.scan_prefix(tree.full_key(prefix.as_ref()))));
        let (mut pairs, mut refused) = match begun {
            Ok(pairs) => (Some(pairs), None),
            Err(error) => (None, Some(error)),
        };
        std::iter::from_fn(move || {
            if let Some(error) = refused.take() {
                return Some(Err(error));
            }
            let step = self.guarded(|_| pairs.as_mut().and_then(Iterator::next).transpose());
            if step.is_err() {
                pairs = None;
            }
            let (key, value) = match step.transpose()? {
                Ok(pair) => pair,
                Err(error) => return Some(Err(error)),
            };
            Some(
                tree.decode(&value)
                    .map(|value| (tree.own_key(&key).to_vec(), value)),
            )
        })
    }

    /// Makes the changes of a batch, and notes that the journal is applied up to `up_to`: all of it or nothing.
    ///
    /// # Errors
    /// The index is damaged, or `up_to` is before what was applied.
    pub fn apply(&self, batch: Batch, up_to: Seq) -> Result<(), IndexError> {
        let mut contents = locked(&self.contents);
        if up_to < contents.applied {
            return Err(IndexError::Backwards {
                given: up_to,
                applied: contents.applied,
            });
        }
        let after = self.guarded(|db| {
            write(
                db,
                batch,
                Contents {
                    applied: up_to,
                    ..*contents
                },
            )
        })?;
        *contents = after;
        Ok(())
    }

    /// Bytes of the index on disk, for metrics.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn size_on_disk(&self) -> Result<u64, IndexError> {
        self.guarded(|db| db.size_on_disk())
    }

    /// Asks sled, and turns what it says, panics included, into our errors. After the first one the index is
    /// condemned: it answers nothing more, and the next open makes it anew.
    fn guarded<T>(&self, ask: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, IndexError> {
        if let Some(reason) = self.damage() {
            return Err(self.damaged(reason));
        }
        let Some(db) = &self.db else {
            return Err(self.damaged("it is closed".to_owned()));
        };
        caught(|| ask(db)).map_err(|reason| self.condemn(reason))
    }

    fn damage(&self) -> Option<String> {
        locked(&self.damage).clone()
    }

    fn damaged(&self, reason: String) -> IndexError {
        IndexError::Damaged {
            dir: self.dir.clone(),
            reason,
        }
    }

    fn condemn(&self, reason: String) -> IndexError {
        tracing::error!(dir = %self.dir.display(), %reason, "the index broke; it is made anew at the next start");
        *locked(&self.damage) = Some(reason.clone());
        if let Err(cause) = self.state.with_phase(Phase::Condemned).write(&self.dir) {
            tracing::error!(%cause, "cannot mark the index as broken");
        }
        self.damaged(reason)
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(db) = self.db.take() else {
            return Ok(());
        };
        if self.damage().is_some() {
            // Dropping a sled that failed to write waits for ever for what it will never write. Its memory and
            // threads stay until the process ends; a new index has files of its own.
            std::mem::forget(db);
            return Ok(());
        }
        sled_files::let_go(db)?;
        sled_files::make_durable(&self.dir, &self.state.sled_dir(&self.dir))?;
        self.state
            .with_phase(Phase::Closed)
            .write(&self.dir)
            .map_err(|cause| cause.to_string())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        if let Err(reason) = self.close() {
            tracing::warn!(dir = %self.dir.display(), reason, "the index was not closed cleanly");
        }
    }
}

/// Writes a batch and the sum of what the index then holds, as one atom. The caller keeps others from writing.
fn write(db: &sled::Db, batch: Batch, mut contents: Contents) -> sled::Result<Contents> {
    let mut changes = sled::Batch::default();
    for (key, value) in batch.changes {
        if let Some(old) = db.get(&key)? {
            contents.remove(&key, &old);
        }
        match value {
            Some(value) => {
                contents.add(&key, &value);
                changes.insert(key, value);
            }
            None => changes.remove(key),
        }
    }
    changes.insert(contents::KEY, contents.encode());
    db.apply_batch(changes)?;
    Ok(contents)
}

/// A poisoned lock is taken all the same: its holders only assign whole values.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
