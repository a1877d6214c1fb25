//! Reading an export, and making a log of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use allot_ledger::{
    Digest,
    log::{SignedCheckpoint, read_bundle},
};
use allot_store::{Blobs, Journal, JournalOptions};
use bytes::Bytes;

use crate::{
    book::Book,
    error::ReplicaError,
    export::{TEXTS, stored_texts},
    limits::MAX_LEAVES,
    replica::{JOURNAL_DIR, TEXTS_DIR},
};

/// Largest file of an export: a bundle of 256 entries of 64 KiB each.
const MAX_FILE: u64 = 256 * (65_535 + 2);

/// Leaves that are written at once: the journal takes 8 MiB, and a leaf has up to 64 KiB.
const AT_ONCE: usize = 64;

/// Leaves in a full bundle.
const BUNDLE: u64 = 256;

/// A log that was read from an export, and verified whole.
pub struct Imported {
    /// Where it is.
    pub dir: PathBuf,
    /// The leaves.
    pub leaves: Vec<Bytes>,
    /// What follows from them.
    pub book: Book,
    /// The checkpoint that came with them, signed by the log's key as the log itself names it.
    pub checkpoint: SignedCheckpoint,
}

impl Imported {
    /// Reads and verifies an export: each entry's signature and the rules, and that they make the tree that the
    /// checkpoint signs.
    ///
    /// # Errors
    /// A file is missing or something else, the federation is not `federation`, or what is in it does not hold.
    pub fn read(dir: &Path, federation: Option<Digest>) -> Result<Self, ReplicaError> {
        let note = file(dir, "checkpoint")?;
        let size = claimed_size(dir, &note)?;
        let leaves = read_leaves(dir, size)?;
        let bad = |why: &str| ReplicaError::BadExport {
            path: dir.join("checkpoint"),
            why: why.to_owned(),
        };
        let mut all = leaves.iter();
        let first = all.next().ok_or_else(|| bad("is of an empty log"))?;
        let found = Digest::of(first);
        if let Some(wanted) = federation.filter(|wanted| *wanted != found) {
            return Err(ReplicaError::OtherFederation { found, wanted });
        }
        let mut book = Book::found(first)?;
        for leaf in all {
            book.fold(leaf)?;
        }
        let hub = book.state().serving_hub();
        let checkpoint = SignedCheckpoint::read(&note, &hub.origin, &hub.log)?;
        if checkpoint.checkpoint().root != book.root() {
            return Err(bad("does not sign these entries"));
        }
        Ok(Self {
            dir: dir.to_owned(),
            leaves,
            book,
            checkpoint,
        })
    }

    /// Writes it down as a log in `to`, where there is none.
    ///
    /// # Errors
    /// There is one, or the disk says no.
    pub fn write(&self, to: &Path) -> Result<(), ReplicaError> {
        let (journal, _) = Journal::open(&to.join(JOURNAL_DIR), &JournalOptions::default())?;
        if journal.last().0 != 0 {
            let dir = to.to_owned();
            return Err(ReplicaError::Exists { dir });
        }
        write_leaves(&journal, &self.leaves)?;
        let texts = Blobs::open(&to.join(TEXTS_DIR))?;
        for sha256 in self.leaves.iter().flat_map(|leaf| stored_texts(leaf)) {
            match file(&self.dir, &format!("{TEXTS}/{sha256}")) {
                Ok(text) if Digest::of(&text) == sha256 => drop(texts.put(&text)?),
                // A text may be missing where it was exported; another member has it.
                _ => tracing::warn!(%sha256, "a text is not in the export"),
            }
        }
        Ok(())
    }
}

fn write_leaves(journal: &Journal, leaves: &[Bytes]) -> Result<(), ReplicaError> {
    for part in leaves.chunks(AT_ONCE) {
        pollster::block_on(journal.append_batch(part.to_vec()))?;
    }
    Ok(())
}

/// Puts the log of an export in the place of a damaged one, which is kept beside it. `good` are the leaves that can still
/// be read here, by index and in its order: the export must have each of them, or end before them. What can be read here
/// after its end, without a gap, is kept: it may have been acknowledged and have come to no member yet.
///
/// # Errors
/// The export has something else, or less than would be lost.
pub fn rebuild(
    dir: &Path,
    from: &Imported,
    good: impl IntoIterator<Item = (u64, Bytes)>,
) -> Result<PathBuf, ReplicaError> {
    let leaves = joined(from, good)?;
    let damaged = dir.join(JOURNAL_DIR);
    let aside = free_name(dir);
    let fresh = dir.join("journal.new");
    let moved = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| ReplicaError::Io {
            doing,
            path,
            source,
        }
    };
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(moved("remove", &fresh))?;
    }
    let (journal, _) = Journal::open(&fresh, &JournalOptions::default())?;
    write_leaves(&journal, &leaves)?;
    drop(journal);
    fs::rename(&damaged, &aside).map_err(moved("set aside", &damaged))?;
    fs::rename(&fresh, &damaged).map_err(moved("put in place", &fresh))?;
    allot_store::sync_dir(dir).map_err(moved("sync", dir))?;
    Ok(aside)
}

/// The leaves of an export, and those of `good` that follow them.
fn joined(
    from: &Imported,
    good: impl IntoIterator<Item = (u64, Bytes)>,
) -> Result<Vec<Bytes>, ReplicaError> {
    let mut leaves = from.leaves.clone();
    let mut book = None;
    for (index, leaf) in good {
        match usize::try_from(index).ok().and_then(|i| leaves.get(i)) {
            Some(theirs) if *theirs == leaf => {}
            Some(_) => return Err(ReplicaError::Differs { index }),
            None if u64::try_from(leaves.len()) == Ok(index) => {
                let book = match &mut book {
                    Some(book) => book,
                    none => none.insert(book_of(&leaves)?),
                };
                book.fold(&leaf)?;
                leaves.push(leaf);
            }
            None => {
                let theirs = from.book.size();
                let ours = index.saturating_add(1);
                return Err(ReplicaError::Shorter { theirs, ours });
            }
        }
    }
    Ok(leaves)
}

/// What follows from leaves that were verified before.
fn book_of(leaves: &[Bytes]) -> Result<Book, ReplicaError> {
    let dir = PathBuf::new();
    let (first, rest) = leaves.split_first().ok_or(ReplicaError::Empty { dir })?;
    let mut book = Book::found(first)?;
    rest.iter().try_for_each(|leaf| book.fold_own(leaf))?;
    Ok(book)
}

fn free_name(dir: &Path) -> PathBuf {
    let names = (1_u32..).map(|n| dir.join(format!("journal.damaged-{n}")));
    let mut free = names.filter(|path| !path.exists());
    free.next().unwrap_or_else(|| dir.join("journal.damaged"))
}

/// The size that a checkpoint claims, before anybody can say whether it is signed: whose key counts is in the log.
fn claimed_size(dir: &Path, note: &[u8]) -> Result<u64, ReplicaError> {
    let text = std::str::from_utf8(note).ok();
    let line = text.and_then(|t| t.lines().nth(1));
    match line.and_then(|l| l.parse().ok()) {
        Some(size) if size <= MAX_LEAVES => Ok(size),
        _ => Err(ReplicaError::BadExport {
            path: dir.join("checkpoint"),
            why: "is no checkpoint of a log that can be read".to_owned(),
        }),
    }
}

fn read_leaves(dir: &Path, size: u64) -> Result<Vec<Bytes>, ReplicaError> {
    let mut leaves = Vec::new();
    let bundles = allot_ledger::log::paths(size);
    let bundles = bundles
        .into_iter()
        .filter(|p| p.starts_with("tile/entries/"));
    for (path, first) in bundles.zip((0_u64..).map(|n| n * BUNDLE)) {
        let bytes = file(dir, &path)?;
        let bad = |why: &str| ReplicaError::BadExport {
            path: dir.join(&path),
            why: why.to_owned(),
        };
        let bundle = read_bundle(&bytes).ok_or_else(|| bad("is cut short"))?;
        let wanted = size.saturating_sub(first).min(BUNDLE);
        if u64::try_from(bundle.len()) != Ok(wanted) {
            return Err(bad("has another number of entries than its name says"));
        }
        leaves.extend(bundle.into_iter().map(Bytes::copy_from_slice));
    }
    Ok(leaves)
}

fn file(dir: &Path, path: &str) -> Result<Vec<u8>, ReplicaError> {
    let path = dir.join(path);
    let read = || {
        if fs::metadata(&path)?.len() > MAX_FILE {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        fs::read(&path)
    };
    read().map_err(|source| ReplicaError::Export {
        path: path.clone(),
        source,
    })
}
