//! Reading the own copy of the log.

use std::sync::Arc;

use allot_ledger::{
    Digest, Leaf,
    log::{Refused, SignedCheckpoint, leaf_hash},
};
use allot_replica::{Export, Replica};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::RwLockReadGuard;

use super::{
    Federation,
    error::{FederationError, Result},
    member::Member,
    summary::summary,
};
use crate::limits::{MAX_ENTRIES, MAX_ENTRIES_BYTES};

/// Entries when nobody says how many.
const DEFAULT_ENTRIES: u32 = 50;

/// Leaves that are looked through at once, from the newest back.
const BACK: u64 = 256;

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct EntryQuery {
    /// From this index on; the newest ones when absent.
    pub from: Option<u64>,
    /// At most so many.
    pub limit: u32,
    /// Only this author's, unless empty.
    pub author: String,
    /// Only this kind, unless empty.
    pub kind: String,
}

/// An entry, readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Where it is.
    pub index: u64,
    /// When the hub took it.
    pub time: Timestamp,
    /// Who wrote it.
    pub author: String,
    /// Its author's count.
    pub seq: u64,
    /// Such as `vote`.
    pub kind: &'static str,
    /// One line for people.
    pub summary: String,
    /// What was signed, JSON.
    pub json: String,
    /// RFC 6962 leaf hash.
    pub hash: Digest,
}

impl Federation {
    /// The own copy of the log, for whoever reads it whole.
    ///
    /// # Errors
    /// There is none.
    pub fn log(&self) -> Result<Arc<Replica>> {
        Ok(Arc::clone(self.member()?.log()?))
    }

    /// Entries, oldest first, and how many the log has.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn entries(&self, query: &EntryQuery) -> Result<(Vec<EntryRow>, u64)> {
        let member = self.member()?;
        let log = member.log()?;
        let size = log.book().await.size();
        let rows = match query.from {
            Some(from) => forward(log, from, size, query).await?,
            None => back(log, size, query).await?,
        };
        Ok((rows, size))
    }

    /// Begins an export of the log up to the newest checkpoint.
    ///
    /// # Errors
    /// There is no log.
    pub async fn export(&self) -> Result<Export> {
        let member = self.member()?;
        let checkpoint = member.memory.lock().await.checkpoint.clone();
        let log = Arc::clone(member.log()?);
        let (note, size) = {
            let book = log.book().await;
            let hub = book.state().serving_hub();
            let why = "no checkpoint has come so far";
            let note = checkpoint.ok_or(FederationError::NoLogYet { why })?;
            let signed = SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log)?;
            (note, signed.checkpoint().size)
        };
        Ok(Export::new(log, note, size))
    }

    /// Reads the whole copy again and proves it: signatures, order, rules, tree, and that the hub has signed it.
    /// `progress` is told how many entries were read. Takes long; call it on a thread that may block.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, mut progress: impl FnMut(u64)) -> Result<Verified> {
        let member = self.member()?;
        let log = member.log()?;
        let memory = member.memory.blocking_lock().clone();
        let book = log.verify(&mut progress)?;
        let hub = book.state().serving_hub();
        if let Some(size) = memory.contradicted_by(book.tree()) {
            return Err(Refused::Fork { size }.into());
        }
        let note = memory.checkpoint.unwrap_or_default();
        let signed = SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log)?;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        if book.tree().root_at(size) != Some(root) {
            return Err(Refused::Mixed { size }.into());
        }
        Ok(Verified {
            size: book.size(),
            root: book.root(),
            state: book.state().digest(),
        })
    }
}

/// A log that was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Digest,
    /// Digest of the state right after the newest.
    pub state: Digest,
}

impl Member {
    /// What the log says.
    pub(super) async fn book(&self) -> Result<RwLockReadGuard<'_, allot_replica::Book>> {
        Ok(self.log()?.book().await)
    }
}

async fn forward(log: &Replica, from: u64, size: u64, query: &EntryQuery) -> Result<Vec<EntryRow>> {
    let mut found = Found::new(query);
    let mut next = from;
    while next < size && !found.is_full() {
        tokio::task::yield_now().await;
        let leaves = log.leaves_up_to(next, size).await?;
        if leaves.is_empty() {
            break;
        }
        for (index, leaf) in (next..).zip(&leaves) {
            if !found.add(row(index, leaf)?) {
                break;
            }
        }
        next += count(&leaves);
    }
    Ok(found.rows)
}

async fn back(log: &Replica, size: u64, query: &EntryQuery) -> Result<Vec<EntryRow>> {
    let mut found = Found::new(query);
    let mut end = size;
    while end > 0 && !found.is_full() {
        // A filter may have all of a long log looked through.
        tokio::task::yield_now().await;
        let first = end.saturating_sub(BACK);
        let mut part = Vec::new();
        while first + count(&part) < end {
            let more = log.leaves_up_to(first + count(&part), end).await?;
            if more.is_empty() {
                break;
            }
            part.extend(more);
        }
        for (index, leaf) in (first..).zip(&part).collect::<Vec<_>>().into_iter().rev() {
            if !found.add(row(index, leaf)?) {
                break;
            }
        }
        end = first;
    }
    found.rows.reverse();
    Ok(found.rows)
}

fn count(leaves: &[Bytes]) -> u64 {
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}

/// Entries that were asked for, within bounds.
struct Found<'q> {
    query: &'q EntryQuery,
    rows: Vec<EntryRow>,
    most: usize,
    bytes: usize,
}

impl<'q> Found<'q> {
    fn new(query: &'q EntryQuery) -> Self {
        let most = match query.limit {
            0 => DEFAULT_ENTRIES,
            limit => limit.min(MAX_ENTRIES),
        };
        Self {
            query,
            rows: Vec::new(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            bytes: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.most || self.bytes >= MAX_ENTRIES_BYTES
    }

    /// Takes a row if it was asked for, and says whether there is room for more.
    fn add(&mut self, row: EntryRow) -> bool {
        let (author, kind) = (&self.query.author, &self.query.kind);
        let wanted =
            (author.is_empty() || *author == row.author) && (kind.is_empty() || kind == row.kind);
        if wanted {
            self.bytes += row.json.len() + row.summary.len();
            self.rows.push(row);
        }
        !self.is_full()
    }
}

fn row(index: u64, bytes: &Bytes) -> Result<EntryRow> {
    let leaf = Leaf::from_bytes(bytes)?;
    let entry = leaf.envelope.entry()?;
    Ok(EntryRow {
        index,
        time: leaf.time,
        author: entry.author.to_string(),
        seq: entry.seq,
        kind: entry.body.kind(),
        summary: summary(&entry.body),
        // What was read from JSON has a JSON form.
        json: serde_json::to_string_pretty(&entry).unwrap_or_default(),
        hash: leaf_hash(bytes),
    })
}
