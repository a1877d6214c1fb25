//! A log in a directory.

use std::path::{Path, PathBuf};

use allot_ledger::{Digest, log::Resource};
use allot_store::{
    BlobError, BlobId, Blobs, Journal, JournalHealth, JournalOptions, Recovery, Seq,
};
use bytes::Bytes;
use tokio::sync::{RwLock, RwLockReadGuard, watch};

use crate::{
    book::Book,
    error::ReplicaError,
    limits::{STRETCH_BYTES, STRETCH_LEAVES},
    pen::Pen,
};

/// The leaves, in a replica's directory.
pub const JOURNAL_DIR: &str = "journal";

/// Long texts, in a replica's directory.
pub const TEXTS_DIR: &str = "blobs";

/// A log on disk with its tree and state. Share it with an `Arc`.
pub struct Replica {
    dir: PathBuf,
    pub(crate) journal: Journal,
    texts: Blobs,
    book: RwLock<Book>,
    pub(crate) size: watch::Sender<u64>,
}

impl Replica {
    /// Makes a new log in `dir`, with its first leaf on disk when this returns.
    ///
    /// # Errors
    /// There is one already, the leaf is no genesis, or the disk says no.
    pub async fn create(dir: &Path, first: Bytes) -> Result<Self, ReplicaError> {
        let book = Book::found(&first)?;
        let (journal, _) = Journal::open(&dir.join(JOURNAL_DIR), &JournalOptions::default())?;
        if journal.last() != Seq::ZERO {
            let dir = dir.to_owned();
            return Err(ReplicaError::Exists { dir });
        }
        journal.append(first).await?;
        Self::with(dir, journal, book)
    }

    /// Whether `dir` holds a log.
    #[must_use]
    pub fn is_there(dir: &Path) -> bool {
        dir.join(JOURNAL_DIR).exists()
    }

    /// Opens the log in `dir`, and reads all of it once. The caller tells a person about a torn tail that was cut off.
    ///
    /// # Errors
    /// There is none, it is damaged, or an entry cannot be read by this version.
    pub fn open(dir: &Path) -> Result<(Self, Recovery), ReplicaError> {
        if !Self::is_there(dir) {
            let dir = dir.to_owned();
            return Err(ReplicaError::Empty { dir });
        }
        let (journal, recovery) =
            Journal::open(&dir.join(JOURNAL_DIR), &JournalOptions::default())?;
        let book = fold_all(&journal, dir)?;
        Ok((Self::with(dir, journal, book)?, recovery))
    }

    fn with(dir: &Path, journal: Journal, book: Book) -> Result<Self, ReplicaError> {
        Ok(Self {
            texts: Blobs::open(&dir.join(TEXTS_DIR))?,
            dir: dir.to_owned(),
            journal,
            size: watch::Sender::new(book.size()),
            book: RwLock::new(book),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How the journal is doing.
    #[must_use]
    pub fn health(&self) -> JournalHealth {
        self.journal.health()
    }

    /// What the log says. All of it is on disk. Do not hold it over an `await` that may take long: writers wait.
    pub async fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().await
    }

    /// Waits its turn to extend the log.
    pub async fn pen(&self) -> Pen<'_> {
        Pen::new(self, self.book.write().await)
    }

    /// Follows how many leaves are on disk.
    #[must_use]
    pub fn size(&self) -> watch::Receiver<u64> {
        self.size.subscribe()
    }

    /// Leaves from `from` on: as many as are handed out at once, none when there are no more.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn leaves(&self, from: u64) -> Result<Vec<Bytes>, ReplicaError> {
        self.leaves_up_to(from, u64::MAX).await
    }

    /// As [`Replica::leaves`], at most up to the leaf before `end`.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn leaves_up_to(&self, from: u64, end: u64) -> Result<Vec<Bytes>, ReplicaError> {
        let most = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
        if let Some(recent) = self.book.read().await.recent(from) {
            return bounded(recent.cloned().map(Ok), most);
        }
        // At most a stretch and the 256 KiB before it are read: short enough for the thread at hand.
        let records = self.journal.read_from(Seq(from + 1));
        Ok(bounded(records.map(|r| r.map(|r| r.payload)), most)?)
    }

    /// The leaf at `index`.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn leaf(&self, index: u64) -> Result<Option<Bytes>, ReplicaError> {
        let found = self.leaves_up_to(index, index.saturating_add(1)).await?;
        Ok(found.into_iter().next())
    }

    /// A tile of hashes, or a bundle of entries, of the log as it is now; nothing when it has not as many.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn resource(&self, resource: &Resource) -> Result<Option<Vec<u8>>, ReplicaError> {
        let Resource::Entries { first, count } = *resource else {
            return Ok(resource.hashes(self.book.read().await.tree()));
        };
        let end = first.saturating_add(count);
        if end > *self.size.borrow() {
            return Ok(None);
        }
        let mut leaves = Vec::new();
        let mut next = first;
        while next < end {
            let more = self.leaves_up_to(next, end).await?;
            if more.is_empty() {
                return Ok(None);
            }
            next += u64::try_from(more.len()).unwrap_or(u64::MAX);
            leaves.extend(more);
        }
        let bundle = allot_ledger::log::bundle(leaves.iter().map(|leaf| &leaf[..]));
        Ok(Some(bundle))
    }

    /// Keeps a text that an entry names by its hash.
    ///
    /// # Errors
    /// The disk says no.
    pub fn put_text(&self, text: &[u8]) -> Result<Digest, ReplicaError> {
        self.texts.put(text)?;
        Ok(Digest::of(text))
    }

    /// Keeps many texts as one does: that costs little more than one of them.
    ///
    /// # Errors
    /// The disk says no; then some of them may be kept.
    pub fn put_texts<T: AsRef<[u8]>>(&self, texts: &[T]) -> Result<(), ReplicaError> {
        self.texts.put_all(texts)?;
        Ok(())
    }

    /// A text by its hash; nothing when it is not here.
    ///
    /// # Errors
    /// It is damaged, or the disk says no.
    pub fn text(&self, sha256: Digest) -> Result<Option<Bytes>, ReplicaError> {
        let Ok(id) = sha256.to_string().parse::<BlobId>() else {
            return Ok(None);
        };
        match self.texts.get(id) {
            Ok(text) => Ok(Some(text)),
            Err(BlobError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How many bytes a text has; nothing when it is not here. It is not read.
    ///
    /// # Errors
    /// The disk says no.
    pub fn text_size(&self, sha256: Digest) -> Result<Option<u64>, ReplicaError> {
        match sha256.to_string().parse::<BlobId>() {
            Ok(id) => Ok(self.texts.size(id)?),
            Err(_) => Ok(None),
        }
    }

    /// Reads the whole log again and checks everything: signatures, order, rules. `progress` is told how many entries
    /// were read, now and then. Takes long; call it on a thread that may block.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, mut progress: impl FnMut(u64)) -> Result<Book, ReplicaError> {
        let mut book = None;
        for record in self.journal.read_from(Seq(1)) {
            let leaf = record?.payload;
            match &mut book {
                None => book = Some(Book::found(&leaf)?),
                Some(book) => drop(book.fold(&leaf)?),
            }
            let size = book.as_ref().map_or(0, Book::size);
            if size.is_multiple_of(1_024) {
                progress(size);
            }
        }
        book.ok_or_else(|| ReplicaError::Empty {
            dir: self.dir.clone(),
        })
    }

    /// The state and tree of what is on disk, made anew.
    pub(crate) fn refold(&self) -> Result<Book, ReplicaError> {
        fold_all(&self.journal, &self.dir)
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replica({})", self.dir.display())
    }
}

fn fold_all(journal: &Journal, dir: &Path) -> Result<Book, ReplicaError> {
    let mut records = journal.read_from(Seq(1));
    let Some(first) = records.next() else {
        let dir = dir.to_owned();
        return Err(ReplicaError::Empty { dir });
    };
    let mut book = Book::found(&first?.payload)?;
    for record in records {
        book.fold_own(&record?.payload)?;
    }
    Ok(book)
}

/// As many as are handed out at once, at least one.
fn bounded<E>(
    leaves: impl Iterator<Item = Result<Bytes, E>>,
    most: usize,
) -> Result<Vec<Bytes>, E> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    for leaf in leaves.take(most.min(STRETCH_LEAVES)) {
        let leaf = leaf?;
        bytes += leaf.len();
        if bytes > STRETCH_BYTES && !taken.is_empty() {
            break;
        }
        taken.push(leaf);
    }
    Ok(taken)
}
