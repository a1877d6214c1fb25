//! The append-only journal: the truth of a daemon.

use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::JournalError;
use crate::fsx;
use crate::header::{self, HEADER_LEN, HeaderFault, StoreId};
use crate::limits;
use crate::lock::{DirLock, LockFault};
use crate::reader::{Reader, Span};
use crate::recovery::{self, Recovery};
use crate::seq::Seq;
use crate::writer::{Request, Shared, Writer};

/// The journal's file in its directory.
pub(crate) const JOURNAL: &str = "journal";
/// The copy of its header.
pub(crate) const HEADER: &str = "HEADER";

/// How a journal is opened.
#[derive(Debug, Clone, Default)]
pub struct JournalOptions {
    /// The id that a new journal gets; one is made when this is `None`. A journal that exists keeps its own.
    pub store_id: Option<StoreId>,
}

/// An open journal. It has one writer thread, which ends when the journal is dropped; what waits is written
/// before. Share it with an `Arc`.
pub struct Journal {
    shared: Arc<Shared>,
    file: Arc<File>,
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    _lock: DirLock,
}

/// How a journal is doing, for metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalHealth {
    /// Durable records.
    pub records: u64,
    /// Bytes of the durable part of the file, header included.
    pub bytes: u64,
    /// Records appended since the journal was opened.
    pub appended: u64,
    /// `fdatasync` calls of the writer since the journal was opened.
    pub syncs: u64,
    /// How long the last of them took, in microseconds.
    pub last_sync_micros: u64,
    /// Groups refused because there was no room, since the journal was opened.
    pub refused_for_space: u64,
    /// Requests that wait for the writer.
    pub waiting: usize,
    /// The disk failed and the journal takes no more appends.
    pub failed: bool,
}

impl Journal {
    /// Opens the journal in a directory, or makes a new one there (directory 0700, files 0600). A torn tail is
    /// saved beside and cut off; the caller tells a person about [`Recovery::cut`]. Reads the whole file once.
    ///
    /// # Errors
    /// In use by another process, damaged in the middle, out of order, header damaged, of a newer format,
    /// missing where there was one, or the operating system's refusal.
    pub fn open(dir: &Path, options: &JournalOptions) -> Result<(Self, Recovery), JournalError> {
        fsx::create_dir(dir).map_err(JournalError::io("make the directory", dir))?;
        let lock = DirLock::acquire(dir).map_err(|fault| lock_error(dir, fault))?;
        fsx::remove_leftovers(dir).map_err(JournalError::io("tidy", dir))?;
        let path = dir.join(JOURNAL);
        if !path.exists() {
            create(
                dir,
                &path,
                options.store_id.unwrap_or_else(StoreId::generate),
            )?;
        }
        let file =
            fsx::open_private(&path, false).map_err(JournalError::io("open the journal", &path))?;
        let store = read_header(&file, &path)?;
        keep_header_copy(dir, store)?;
        let (extent, recovery) = recovery::recover(&file, &path, store)?;
        let file = Arc::new(file);
        let shared = Arc::new(Shared::new(path, store, extent));
        let (requests, writer) = start(Arc::clone(&file), &shared)?;
        Ok((
            Self {
                shared,
                file,
                requests: Some(requests),
                writer: Some(writer),
                _lock: lock,
            },
            recovery,
        ))
    }

    /// Appends one record and returns its sequence once it is durable. When the future is dropped before it
    /// is done, the record may be appended all the same.
    ///
    /// # Errors
    /// Too large; no room ([`JournalError::Full`], nothing was appended, try again later); the disk failed
    /// ([`JournalError::Failed`], until the journal is opened again).
    pub async fn append(&self, payload: impl Into<Bytes>) -> Result<Seq, JournalError> {
        self.submit(vec![payload.into()]).await
    }

    /// Appends records that follow each other without a stranger in between, and returns their sequences once
    /// all are durable. A crash before that may leave the first few of them.
    ///
    /// # Errors
    /// As [`Journal::append`]; none of the records was appended then.
    pub async fn append_batch(
        &self,
        payloads: Vec<Bytes>,
    ) -> Result<RangeInclusive<Seq>, JournalError> {
        let more = payloads.len().saturating_sub(1) as u64;
        let first = self.submit(payloads).await?;
        Ok(first..=Seq(first.0 + more))
    }

    /// [`Journal::append`] for a thread that may wait.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_blocking(&self, payload: impl Into<Bytes>) -> Result<Seq, JournalError> {
        pollster::block_on(self.append(payload))
    }

    async fn submit(&self, payloads: Vec<Bytes>) -> Result<Seq, JournalError> {
        admit(&payloads)?;
        let closed = || {
            self.shared
                .failed()
                .unwrap_or_else(|| JournalError::Closed {
                    path: self.shared.path.clone(),
                })
        };
        let requests = self.requests.as_ref().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        requests
            .send(Request { payloads, reply })
            .await
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Streams the durable records from a sequence on, up to the last one of this moment.
    #[must_use]
    pub fn read_from(&self, from: Seq) -> Reader {
        let extent = self.shared.extent();
        let mark = extent.before(from);
        let span = Span {
            first: mark.seq,
            offset: mark.offset,
            end: extent.end,
        };
        Reader::new(
            Arc::clone(&self.file),
            self.shared.path.clone(),
            self.shared.store,
            &span,
            from,
        )
    }

    /// The last durable record; [`Seq::ZERO`] when there is none.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.shared.extent().last
    }

    /// Follows the last durable record, to wait for new ones.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<Seq> {
        self.shared.durable.subscribe()
    }

    /// The id of the store.
    #[must_use]
    pub fn store_id(&self) -> StoreId {
        self.shared.store
    }

    /// How the journal is doing.
    #[must_use]
    pub fn health(&self) -> JournalHealth {
        let (records, bytes) = {
            let extent = self.shared.extent();
            (extent.last.0, extent.end)
        };
        let counters = &self.shared.counters;
        JournalHealth {
            records,
            bytes,
            appended: counters.appended.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            last_sync_micros: counters.last_sync_micros.load(Ordering::Relaxed),
            refused_for_space: counters.refused_for_space.load(Ordering::Relaxed),
            waiting: self
                .requests
                .as_ref()
                .map_or(0, |requests| requests.max_capacity() - requests.capacity()),
            failed: counters.failed.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!(path = %self.shared.path.display(), "the journal's writer died of a panic");
        }
    }
}

fn start(
    file: Arc<File>,
    shared: &Arc<Shared>,
) -> Result<(mpsc::Sender<Request>, JoinHandle<()>), JournalError> {
    let (requests, inbox) = mpsc::channel(limits::QUEUE);
    let writer = Writer {
        medium: file,
        shared: Arc::clone(shared),
        requests: inbox,
    };
    let thread = std::thread::Builder::new().name("journal".to_owned());
    let handle = thread
        .spawn(|| writer.run())
        .map_err(JournalError::io("start the writer of", &shared.path))?;
    Ok((requests, handle))
}

/// Refuses what is over a limit.
fn admit(payloads: &[Bytes]) -> Result<(), JournalError> {
    let within = |size, unit, limit| match size <= limit {
        true => Ok(()),
        false => Err(JournalError::TooLarge { size, unit, limit }),
    };
    if payloads.is_empty() {
        return Err(JournalError::EmptyBatch);
    }
    within(payloads.len(), "records", limits::MAX_BATCH_RECORDS)?;
    for payload in payloads {
        within(payload.len(), "bytes", limits::MAX_PAYLOAD)?;
    }
    within(
        payloads.iter().map(Bytes::len).sum(),
        "bytes",
        limits::MAX_BATCH_BYTES,
    )
}

/// Makes a new journal, unless something shows that there was one before.
fn create(dir: &Path, path: &Path, store: StoreId) -> Result<(), JournalError> {
    let trace = dir.join(HEADER);
    if trace.exists() {
        return Err(JournalError::Missing {
            path: path.to_owned(),
            trace,
        });
    }
    fsx::write_atomic(path, &header::encode(store))
        .map_err(JournalError::io("make the journal", path))
}

/// Reads the id of the store out of the journal's first bytes.
pub(crate) fn read_header(file: &File, path: &Path) -> Result<StoreId, JournalError> {
    let bytes = first_bytes(file).map_err(JournalError::io("read the journal", path))?;
    header::decode(&bytes).map_err(|fault| {
        let (path, reason) = (path.to_owned(), fault.to_string());
        match fault {
            HeaderFault::Newer(_) => JournalError::NewerFormat { path, reason },
            _ => JournalError::Header { path, reason },
        }
    })
}

fn first_bytes(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEADER_LEN);
    crate::reader::Part {
        file,
        at: 0,
        end: HEADER_LEN as u64,
    }
    .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes the copy of the header if it is absent or differs.
fn keep_header_copy(dir: &Path, store: StoreId) -> Result<(), JournalError> {
    let (path, wanted) = (dir.join(HEADER), header::encode(store));
    match std::fs::read(&path) {
        Ok(found) if found == wanted => Ok(()),
        _ => fsx::write_atomic(&path, &wanted)
            .map_err(JournalError::io("write the copy of the header", &path)),
    }
}

pub(crate) fn lock_error(dir: &Path, fault: LockFault) -> JournalError {
    match fault {
        LockFault::Held(pid) => JournalError::InUse {
            dir: dir.to_owned(),
            pid,
        },
        LockFault::Io(source) => JournalError::Io {
            doing: "lock",
            path: dir.join(crate::lock::LOCK),
            source,
        },
    }
}

/// The journal's file in the journal's directory.
pub(crate) fn file_in(dir: &Path) -> PathBuf {
    dir.join(JOURNAL)
}
