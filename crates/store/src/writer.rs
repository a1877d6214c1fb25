//! The one thread that writes a journal. What waits is written as one group with one `fdatasync`, and only
//! then is anybody told.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::JournalError;
use crate::fsx;
use crate::header::StoreId;
use crate::limits::{MAX_GROUP_BYTES, MAX_GROUP_REQUESTS};
use crate::medium::Medium;
use crate::record::{self, FRAME_LEN};
use crate::scan::Extent;
use crate::seq::Seq;

/// What somebody wants to have appended.
pub(crate) struct Request {
    /// At least one, all within the limits.
    pub payloads: Vec<Bytes>,
    /// Gets the sequence of the first one.
    pub reply: oneshot::Sender<Result<Seq, JournalError>>,
}

impl Request {
    fn bytes(&self) -> usize {
        self.payloads.iter().map(Bytes::len).sum()
    }
}

/// What the writer and the journal's other faces know together.
pub(crate) struct Shared {
    pub path: PathBuf,
    pub store: StoreId,
    pub extent: RwLock<Extent>,
    /// The last durable record, for those who follow the journal.
    pub durable: watch::Sender<Seq>,
    pub counters: Counters,
    failure: Mutex<Option<io::Error>>,
}

/// Counted since the journal was opened.
#[derive(Default)]
pub(crate) struct Counters {
    pub appended: AtomicU64,
    pub syncs: AtomicU64,
    pub last_sync_micros: AtomicU64,
    pub refused_for_space: AtomicU64,
    pub failed: AtomicBool,
}

impl Shared {
    pub fn new(path: PathBuf, store: StoreId, extent: Extent) -> Self {
        let durable = watch::Sender::new(extent.last);
        let counters = Counters::default();
        Self {
            path,
            store,
            extent: RwLock::new(extent),
            durable,
            counters,
            failure: Mutex::new(None),
        }
    }

    /// The durable part, locked for reading. A poisoned lock is taken all the same: its holders only assign.
    pub fn extent(&self) -> std::sync::RwLockReadGuard<'_, Extent> {
        self.extent.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a journal that has failed, if it has.
    pub fn failed(&self) -> Option<JournalError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let source = failure.as_ref().map(fsx::same)?;
        Some(JournalError::Failed {
            path: self.path.clone(),
            source,
        })
    }

    fn fail(&self, cause: &io::Error) {
        tracing::error!(path = %self.path.display(), %cause, "the journal has failed and takes no more appends");
        self.counters.failed.store(true, Ordering::Relaxed);
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert_with(|| fsx::same(cause));
    }
}

/// Why a group was not written.
enum Refusal {
    Full(io::Error),
    Failed,
}

/// Writes groups until the last sender is gone.
pub(crate) struct Writer<M> {
    pub medium: M,
    pub shared: Arc<Shared>,
    pub requests: mpsc::Receiver<Request>,
}

impl<M: Medium> Writer<M> {
    /// The body of the writer's thread.
    pub fn run(mut self) {
        let mut buffer = Vec::new();
        while let Some(first) = self.requests.blocking_recv() {
            let group = self.gather(first);
            self.commit(group, &mut buffer);
            if buffer.capacity() > MAX_GROUP_BYTES {
                buffer = Vec::new();
            }
        }
    }

    /// Takes what else waits, up to the limits of a group.
    fn gather(&mut self, first: Request) -> Vec<Request> {
        let mut bytes = first.bytes();
        let mut group = vec![first];
        while bytes < MAX_GROUP_BYTES && group.len() < MAX_GROUP_REQUESTS {
            let Ok(next) = self.requests.try_recv() else {
                break;
            };
            bytes += next.bytes();
            group.push(next);
        }
        group
    }

    fn commit(&self, group: Vec<Request>, buffer: &mut Vec<u8>) {
        let outcome = match self.shared.failed() {
            Some(_) => Err(Refusal::Failed),
            None => self.write(&group, buffer),
        };
        match outcome {
            Ok(first) => acknowledge(group, first),
            Err(refusal) => self.refuse(group, &refusal),
        }
    }

    /// Writes and syncs a group; returns its first sequence.
    fn write(&self, group: &[Request], buffer: &mut Vec<u8>) -> Result<Seq, Refusal> {
        let (first, end) = {
            let extent = self.shared.extent();
            (extent.last.next(), extent.end)
        };
        self.encode(group, first, end, buffer);
        if let Err(cause) = self.medium.write_at(buffer, end) {
            return Err(self.undo(end, cause));
        }
        self.sync(end)?;
        self.publish(group);
        Ok(first)
    }

    /// Fills `buffer` with the group's records.
    fn encode(&self, group: &[Request], first: Seq, end: u64, buffer: &mut Vec<u8>) {
        buffer.clear();
        for (back, payload) in (0..).zip(payloads(group)) {
            let (seq, offset) = (Seq(first.0 + u64::from(back)), end + buffer.len() as u64);
            record::encode(buffer, self.shared.store, offset, seq, back, payload);
        }
    }

    /// Lets readers see a group that is durable.
    fn publish(&self, group: &[Request]) {
        let mut extent = self
            .shared
            .extent
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let before = extent.last;
        for payload in payloads(group) {
            let seq = extent.last.next();
            extent.grow(seq, (FRAME_LEN + payload.len()) as u64);
        }
        self.shared
            .counters
            .appended
            .fetch_add(extent.last.0 - before.0, Ordering::Relaxed);
        self.shared.durable.send_replace(extent.last);
    }

    /// After a failed `fdatasync` the kernel may have thrown the pages away and call the next one a success,
    /// so there is no second try: the journal fails.
    fn sync(&self, end: u64) -> Result<(), Refusal> {
        let begun = Instant::now();
        let synced = self.medium.sync();
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.shared.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.shared
            .counters
            .last_sync_micros
            .store(micros, Ordering::Relaxed);
        let Err(cause) = synced else { return Ok(()) };
        self.shared.fail(&cause);
        // What may not be on disk should not look like a record when the journal is opened again.
        if let Err(cause) = self.medium.truncate(end) {
            tracing::warn!(%cause, "cannot take back what was not synced");
        }
        Err(Refusal::Failed)
    }

    /// Takes a partial write back. No room is no failure: later appends may find some.
    fn undo(&self, end: u64, cause: io::Error) -> Refusal {
        let undone = self.medium.truncate(end);
        match undone {
            Ok(()) if fsx::is_no_space(&cause) => {
                self.shared
                    .counters
                    .refused_for_space
                    .fetch_add(1, Ordering::Relaxed);
                Refusal::Full(cause)
            }
            Ok(()) => {
                self.shared.fail(&cause);
                Refusal::Failed
            }
            Err(worse) => {
                self.shared.fail(&worse);
                Refusal::Failed
            }
        }
    }

    fn refuse(&self, group: Vec<Request>, refusal: &Refusal) {
        for request in group {
            let path = self.shared.path.clone();
            let error = match refusal {
                Refusal::Full(cause) => JournalError::Full {
                    path,
                    source: fsx::same(cause),
                },
                Refusal::Failed => self
                    .shared
                    .failed()
                    .unwrap_or(JournalError::Closed { path }),
            };
            // The caller may have gone away; then nobody wants to know.
            let _ = request.reply.send(Err(error));
        }
    }
}

fn payloads(group: &[Request]) -> impl Iterator<Item = &Bytes> {
    group.iter().flat_map(|request| &request.payloads)
}

/// Tells everybody, in the order of the records.
fn acknowledge(group: Vec<Request>, first: Seq) {
    let mut seq = first;
    for request in group {
        let records = request.payloads.len() as u64;
        // The caller may have gone away; its records are in the journal all the same.
        let _ = request.reply.send(Ok(seq));
        seq = Seq(seq.0 + records);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A disk that does what the test says, each time it is asked.
    struct Disk {
        /// Gets every call.
        calls: Sender<Call>,
        /// Gives every answer.
        answers: Mutex<Receiver<io::Result<()>>>,
    }

    #[derive(Debug, PartialEq)]
    enum Call {
        Write { offset: u64, len: usize },
        Sync,
        Truncate(u64),
    }

    impl Disk {
        fn ask(&self, call: Call) -> io::Result<()> {
            self.calls.send(call).unwrap();
            self.answers.lock().unwrap().recv().unwrap()
        }
    }

    impl Medium for Disk {
        fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
            self.ask(Call::Write {
                offset,
                len: bytes.len(),
            })
        }
        fn sync(&self) -> io::Result<()> {
            self.ask(Call::Sync)
        }
        fn truncate(&self, len: u64) -> io::Result<()> {
            self.ask(Call::Truncate(len))
        }
    }

    /// A writer on such a disk, and the other ends of everything.
    struct Bench {
        calls: Receiver<Call>,
        answers: Sender<io::Result<()>>,
        requests: mpsc::Sender<Request>,
        shared: Arc<Shared>,
    }

    fn bench() -> Bench {
        let ((calls, seen), (answers, given)) = (channel(), channel());
        let (requests, inbox) = mpsc::channel(8);
        let store = StoreId::from_bytes([7; 16]);
        let shared = Arc::new(Shared::new("/journal".into(), store, Extent::new()));
        let medium = Disk {
            calls,
            answers: Mutex::new(given),
        };
        let writer = Writer {
            medium,
            shared: Arc::clone(&shared),
            requests: inbox,
        };
        std::thread::spawn(|| writer.run());
        Bench {
            calls: seen,
            answers,
            requests,
            shared,
        }
    }

    impl Bench {
        fn append(&self, payload: &'static str) -> oneshot::Receiver<Result<Seq, JournalError>> {
            let (reply, answer) = oneshot::channel();
            let request = Request {
                payloads: vec![payload.into()],
                reply,
            };
            assert!(self.requests.try_send(request).is_ok());
            answer
        }

        /// Waits for the writer to make a call, and answers it.
        fn expect(&self, call: &Call, answer: io::Result<()>) {
            assert_eq!(&self.calls.recv().unwrap(), call);
            self.answers.send(answer).unwrap();
        }
    }

    const ONE: Call = Call::Write {
        offset: 32,
        len: FRAME_LEN + 3,
    };

    fn error(code: i32) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(code))
    }

    const EIO: i32 = 5;
    const ENOSPC: i32 = 28;

    #[test]
    fn nobody_is_told_before_the_sync_is_done() {
        let bench = bench();
        let mut answer = bench.append("one");
        bench.expect(&ONE, Ok(()));
        assert_eq!(bench.calls.recv().unwrap(), Call::Sync);
        assert!(answer.try_recv().is_err(), "the sync is still running");
        assert_eq!(
            bench.shared.extent().last,
            Seq::ZERO,
            "readers do not see it either"
        );
        bench.answers.send(Ok(())).unwrap();
        assert_eq!(answer.blocking_recv().unwrap().unwrap(), Seq(1));
        assert_eq!(bench.shared.extent().last, Seq(1));
    }

    #[test]
    fn what_waits_during_a_sync_is_one_group() {
        let bench = bench();
        let first = bench.append("one");
        bench.expect(&ONE, Ok(()));
        assert_eq!(bench.calls.recv().unwrap(), Call::Sync);
        let (second, third) = (bench.append("two"), bench.append("three"));
        bench.answers.send(Ok(())).unwrap();
        bench.expect(
            &Call::Write {
                offset: 55,
                len: 2 * FRAME_LEN + 8,
            },
            Ok(()),
        );
        bench.expect(&Call::Sync, Ok(()));
        let seqs = [first, second, third].map(|answer| answer.blocking_recv().unwrap().unwrap());
        assert_eq!(seqs, [Seq(1), Seq(2), Seq(3)]);
    }

    #[test]
    fn a_failed_sync_is_never_tried_again_and_the_journal_refuses() {
        let bench = bench();
        let answer = bench.append("one");
        bench.expect(&ONE, Ok(()));
        bench.expect(&Call::Sync, error(EIO));
        bench.expect(&Call::Truncate(32), Ok(()));
        let refused = answer.blocking_recv().unwrap().unwrap_err();
        assert_eq!(refused.code(), "AL-3009", "{refused}");
        let later = bench.append("two").blocking_recv().unwrap().unwrap_err();
        assert!(
            matches!(&later, JournalError::Failed { source, .. } if source.raw_os_error() == Some(EIO)),
            "{later}"
        );
        assert!(
            bench.calls.try_recv().is_err(),
            "the disk is not touched again"
        );
        assert!(bench.shared.counters.failed.load(Ordering::Relaxed));
    }

    #[test]
    fn no_room_is_taken_back_and_later_appends_work() {
        let bench = bench();
        let answer = bench.append("one");
        bench.expect(&ONE, error(ENOSPC));
        bench.expect(&Call::Truncate(32), Ok(()));
        assert_eq!(
            answer.blocking_recv().unwrap().unwrap_err().code(),
            "AL-3008"
        );
        let answer = bench.append("two");
        bench.expect(&ONE, Ok(()));
        bench.expect(&Call::Sync, Ok(()));
        assert_eq!(answer.blocking_recv().unwrap().unwrap(), Seq(1));
    }

    #[test]
    fn a_partial_write_that_cannot_be_taken_back_fails_the_journal() {
        for (write, truncate) in [(ENOSPC, error(EIO)), (EIO, Ok(()))] {
            let bench = bench();
            let answer = bench.append("one");
            bench.expect(&ONE, error(write));
            bench.expect(&Call::Truncate(32), truncate);
            assert_eq!(
                answer.blocking_recv().unwrap().unwrap_err().code(),
                "AL-3009"
            );
        }
    }
}
