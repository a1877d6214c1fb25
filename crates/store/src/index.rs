//! The index: what the journal says, arranged for looking up. sled lies under it and stops here.
//!
//! Nothing rests on the index. Whenever there is doubt about it, it is set aside and an empty one is opened;
//! the caller then folds the journal into it from the beginning.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::IndexError;
use crate::fsx;
use crate::header::StoreId;
use crate::index_state::{Phase, StateFile, boot_id};
use crate::seq::Seq;
use crate::tree::{Batch, Tree};

/// sled's page cache, in bytes. The index is small and the kernel caches its files as well.
const CACHE: u64 = 1024 * 1024;

/// sled's write buffer, in bytes. It holds several of them, and its default is half a MiB each.
const SEGMENT: usize = 64 * 1024;

/// How often sled writes its buffers out. Records that were not, are folded again after a crash.
const FLUSH_EVERY_MS: u64 = 1000;

/// How long sled may take to let go of its files.
const RELEASE: Duration = Duration::from_secs(5);

/// Where the last applied sequence lies; no tree has a key this short.
const APPLIED: &[u8] = b"applied";

/// What an index must fit to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexIdentity {
    /// The caller's format of trees and values; raise it when they change.
    pub format: u32,
    /// The store that the journal belongs to.
    pub store_id: StoreId,
    /// The journal's last record.
    pub journal_last: Seq,
}

/// How far an opened index is. The caller applies the journal from there on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexState {
    /// There was none; it is empty.
    Fresh,
    /// It has applied the records up to and with this one.
    UpTo(Seq),
    /// There was one that cannot be used; it is set aside, and this one is empty.
    Discarded(DiscardReason),
}

/// Why an index was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DiscardReason {
    /// sled did not open it, or could not read all of it.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Nothing says which format and journal it belongs to.
    #[error("its state.json is absent or damaged")]
    Unknown,
    /// It has another format of trees and values.
    #[error("its format is {found}, this program's is {wanted}")]
    OtherFormat {
        /// Its format.
        found: u32,
        /// This program's.
        wanted: u32,
    },
    /// It was made from another journal.
    #[error("it belongs to the store {found}")]
    OtherStore {
        /// That store's id.
        found: StoreId,
    },
    /// It has applied records that the journal does not have.
    #[error("it has applied record {applied}, and the journal ends with {journal_last}")]
    AheadOfJournal {
        /// The last record it applied.
        applied: Seq,
        /// The last record of the journal.
        journal_last: Seq,
    },
    /// The machine went down while it was in use, and its files may miss anything.
    #[error("the machine went down while it was in use")]
    MachineWentDown,
    /// Opening it ended the program the last time.
    #[error("opening it ended the program the last time")]
    OpeningCrashed,
    /// It broke while a program used it.
    #[error("it broke while it was in use")]
    Condemned,
}

/// An index and how far it is.
#[derive(Debug)]
pub struct OpenedIndex {
    /// The index.
    pub index: Index,
    /// How far it is.
    pub state: IndexState,
}

/// An open index. When it is dropped, it is flushed, fsynced and marked as closed.
pub struct Index {
    db: Option<sled::Db>,
    dir: PathBuf,
    state: StateFile,
    applied: AtomicU64,
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
        let state = match usable(dir, identity) {
            Ok(None) => IndexState::Fresh,
            Ok(Some(opened)) => return opened.into_use(),
            Err(reason) => {
                tracing::warn!(dir = %dir.display(), %reason, "the index is set aside and made anew from the journal");
                set_aside(dir).map_err(IndexError::io("set aside", dir))?;
                IndexState::Discarded(reason)
            }
        };
        let index = Self::fresh(dir, identity)?;
        Ok(OpenedIndex { index, state })
    }

    fn fresh(dir: &Path, identity: IndexIdentity) -> Result<Self, IndexError> {
        fsx::create_dir(dir).map_err(IndexError::io("make the directory of", dir))?;
        let state = StateFile::new(identity.format, identity.store_id);
        state.write(dir).map_err(IndexError::io("mark", dir))?;
        let (db, applied) =
            open_and_walk(&state.sled_dir(dir)).map_err(|reason| IndexError::Unusable {
                dir: dir.to_owned(),
                reason,
            })?;
        Opened {
            db,
            applied,
            dir: dir.to_owned(),
            state,
        }
        .into_use()
        .map(|opened| opened.index)
    }

    /// The last record that was applied; [`Seq::ZERO`] when none was.
    #[must_use]
    pub fn applied(&self) -> Seq {
        Seq(self.applied.load(Ordering::Acquire))
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
        let applied = self.applied();
        if up_to < applied {
            return Err(IndexError::Backwards {
                given: up_to,
                applied,
            });
        }
        let mut changes = sled::Batch::default();
        for (key, value) in batch.changes {
            match value {
                Some(value) => changes.insert(key, value),
                None => changes.remove(key),
            }
        }
        changes.insert(APPLIED, &up_to.0.to_be_bytes());
        self.guarded(|db| db.apply_batch(changes))?;
        self.applied.store(up_to.0, Ordering::Release);
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
        self.damage
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    fn damaged(&self, reason: String) -> IndexError {
        IndexError::Damaged {
            dir: self.dir.clone(),
            reason,
        }
    }

    fn condemn(&self, reason: String) -> IndexError {
        tracing::error!(dir = %self.dir.display(), %reason, "the index broke; it is made anew at the next start");
        *self
            .damage
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(reason.clone());
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
            return caught(move || {
                drop(db);
                Ok(())
            });
        }
        caught(move || {
            db.flush()?;
            drop(db);
            Ok(())
        })?;
        await_release(&self.state.sled_dir(&self.dir))?;
        sync_files(&self.dir)
            .and_then(|()| self.state.with_phase(Phase::Closed).write(&self.dir))
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

/// An index that sled has opened and we have read once.
struct Opened {
    db: sled::Db,
    applied: Seq,
    dir: PathBuf,
    state: StateFile,
}

impl Opened {
    fn into_use(self) -> Result<OpenedIndex, IndexError> {
        let Self {
            db,
            applied,
            dir,
            state,
        } = self;
        let state = state.with_phase(Phase::InUse);
        state.write(&dir).map_err(IndexError::io("mark", &dir))?;
        let applied_now = AtomicU64::new(applied.0);
        let index = Index {
            db: Some(db),
            dir,
            state,
            applied: applied_now,
            damage: Mutex::new(None),
        };
        Ok(OpenedIndex {
            index,
            state: IndexState::UpTo(applied),
        })
    }
}

/// Opens what is in the directory if it can be trusted. `None`: there is nothing.
fn usable(dir: &Path, identity: IndexIdentity) -> Result<Option<Opened>, DiscardReason> {
    if fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none()) {
        return Ok(None);
    }
    let found = StateFile::read(dir).ok_or(DiscardReason::Unknown)?;
    trustworthy(&found, identity)?;
    let state = StateFile {
        phase: Phase::Opening,
        boot: boot_id(),
        ..found
    };
    state
        .write(dir)
        .map_err(|cause| DiscardReason::Damaged(cause.to_string()))?;
    let (db, applied) = open_and_walk(&state.sled_dir(dir)).map_err(DiscardReason::Damaged)?;
    if applied > identity.journal_last {
        return Err(DiscardReason::AheadOfJournal {
            applied,
            journal_last: identity.journal_last,
        });
    }
    Ok(Some(Opened {
        db,
        applied,
        dir: dir.to_owned(),
        state,
    }))
}

/// Whether what `state.json` says allows the index to be opened at all.
pub(crate) fn trustworthy(found: &StateFile, identity: IndexIdentity) -> Result<(), DiscardReason> {
    if found.format != identity.format {
        return Err(DiscardReason::OtherFormat {
            found: found.format,
            wanted: identity.format,
        });
    }
    if found.store != identity.store_id {
        return Err(DiscardReason::OtherStore { found: found.store });
    }
    match found.phase {
        Phase::Closed => Ok(()),
        Phase::InUse if found.boot == boot_id() => Ok(()),
        Phase::InUse => Err(DiscardReason::MachineWentDown),
        Phase::Opening => Err(DiscardReason::OpeningCrashed),
        Phase::Condemned => Err(DiscardReason::Condemned),
    }
}

/// Opens sled and reads everything once: sled notices damage only when it reads.
pub(crate) fn open_and_walk(sled_dir: &Path) -> Result<(sled::Db, Seq), String> {
    caught(|| {
        let config = sled::Config::new()
            .path(sled_dir)
            .cache_capacity(CACHE)
            .segment_size(SEGMENT);
        let db = config
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .open()?;
        for pair in db.iter() {
            pair?;
        }
        let applied = db.get(APPLIED)?;
        Ok((db, applied))
    })
    .and_then(|(db, applied)| match applied {
        None => Ok((db, Seq::ZERO)),
        Some(bytes) => match bytes.as_ref().try_into() {
            Ok(bytes) => Ok((db, Seq(u64::from_be_bytes(bytes)))),
            Err(_) => Err("the applied sequence has not 8 bytes".to_owned()),
        },
    })
}

/// Runs what asks sled; its errors and panics become text.
fn caught<T>(ask: impl FnOnce() -> sled::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(format!("sled panicked: {text}"))
        }
    }
}

/// Moves an index away, so that a person can look at it. Only the last one is kept.
pub(crate) fn set_aside(dir: &Path) -> io::Result<PathBuf> {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".discarded");
    let aside = dir.with_file_name(name);
    match fs::remove_dir_all(&aside) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => fs::rename(dir, &aside)?,
    }
    fsx::sync_dir(fsx::parent(dir))?;
    Ok(aside)
}

/// Waits until sled has let go of its files: its threads live a little longer than the last handle.
fn await_release(sled_dir: &Path) -> Result<(), String> {
    let path = sled_dir.join("db");
    let begun = Instant::now();
    loop {
        let file = fs::File::open(&path).map_err(|cause| cause.to_string())?;
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(_) if begun.elapsed() < RELEASE => std::thread::sleep(RELEASE / 1000),
            Err(cause) => {
                return Err(format!(
                    "sled does not let go of {}: {cause}",
                    path.display()
                ));
            }
        }
    }
}

/// fsyncs every file of the index, which sled does not.
fn sync_files(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_files(&path)?;
        } else {
            fs::File::open(&path)?.sync_all()?;
        }
    }
    fsx::sync_dir(dir)
}
