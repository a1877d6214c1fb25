//! The one who writes: entries in batches with one `fdatasync` each, and the beat of the signed clock. Both are one
//! task's work, so that no entry can slip in with a time before a clock that was just signed.

use std::{sync::Arc, time::Instant};

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, PublicKey, Slug,
    state::{Event, Refused, Verified},
};
use allot_replica::{Pen, ReplicaError};
use allot_store::JournalError;
use bytes::Bytes;
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Duration, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    Hub,
    error::{HubError, Result},
    time::{Beat, HubTime, second},
};
use crate::limits::{BATCH, FULL_PAUSE};

/// Something to write.
pub(super) struct Job {
    pub(super) what: What,
    pub(super) answer: oneshot::Sender<Result<Taken>>,
}

/// What to write.
pub(super) enum What {
    /// An entry that a collective signed, verified.
    Signed(Box<Verified>, Envelope),
    /// An entry of the hub's own: it is numbered and signed when its turn comes.
    Own(Box<Body>),
}

/// An entry that is in the log, and how to prove it.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its place.
    pub index: u64,
    /// The leaf.
    pub leaf: Bytes,
    /// A checkpoint of a log that has it.
    pub checkpoint: Bytes,
    /// Proof that it does.
    pub proof: Vec<Digest>,
}

/// An entry that is in the book and not yet on disk.
struct Written {
    index: u64,
    leaf: Bytes,
    answer: oneshot::Sender<Result<Taken>>,
}

/// The task.
pub(super) struct Keeper {
    pub(super) hub: Arc<Hub>,
    pub(super) time: HubTime,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) full_until: Option<Instant>,
}

impl Keeper {
    /// Writes until told to stop; what waits then is still written.
    pub(super) async fn run(mut self, every: Duration, stop: CancellationToken) {
        let mut beats = interval(every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                () = stop.cancelled(), if !self.jobs.is_closed() => self.jobs.close(),
                _ = beats.tick() => self.beat().await,
                count = self.jobs.recv_many(&mut batch, BATCH) => match count {
                    0 => return,
                    _ => self.write(&mut batch).await,
                },
            }
        }
    }

    /// Signs the time: lets what is due end, makes the time durable, and then shows it.
    async fn beat(&mut self) {
        match self.try_beat().await {
            Ok(()) => self.hub.trouble.clear(),
            Err(error) => self.hub.trouble.tell(&error),
        }
        self.hub.look_after_certificate();
    }

    async fn try_beat(&mut self) -> Result<()> {
        let hub = Arc::clone(&self.hub);
        let mut pen = hub.replica.pen().await;
        let last = pen.book().state().time();
        let time = second(self.time.now(last)?).max(self.time.signed());
        let events = pen.advance(time);
        let (size, root) = (pen.book().size(), pen.book().root());
        if hold_rights(&events) {
            hub.rights.refresh(pen.book().state());
        }
        let members = pen.book().state().witnesses();
        drop(pen);
        hub.tell(events);
        let (beat, home) = (Beat { time, size, root }, hub.home.clone());
        super::blocking("signing the time", move || beat.write(&home)).await?;
        self.time.sign(time);
        hub.published.publish(size, root, time, Some(members))?;
        Ok(())
    }

    /// Writes a batch. What is refused does not disturb its neighbours; what the disk refuses is refused to all.
    async fn write(&mut self, batch: &mut Vec<Job>) {
        if self.full_until.is_some_and(|until| Instant::now() < until) {
            return refuse_all(batch.drain(..).map(|job| job.answer), || HubError::DiskFull);
        }
        let hub = Arc::clone(&self.hub);
        let mut pen = hub.replica.pen().await;
        let time = match self.time.now(pen.book().state().time()) {
            Ok(time) => time,
            Err(error) => {
                hub.trouble.tell(&error);
                let again = || again(&error);
                return refuse_all(batch.drain(..).map(|job| job.answer), again);
            }
        };
        let mut events = pen.advance(time);
        let mut written = Vec::with_capacity(batch.len());
        for job in batch.drain(..) {
            let index = pen.book().size();
            match take(&hub, &mut pen, job.what, time) {
                Ok((leaf, more)) => {
                    events.extend(more);
                    let answer = job.answer;
                    written.push(Written {
                        index,
                        leaf,
                        answer,
                    });
                }
                Err(error) => {
                    hub.metrics.refused(error.code());
                    // Who has gone away does not want to know.
                    let _ = job.answer.send(Err(error));
                }
            }
        }
        let root = pen.book().root();
        let members = hold_rights(&events).then(|| pen.book().state().witnesses());
        match pen.keep().await {
            Ok(size) => self.acknowledge(written, events, size, root, members).await,
            Err(error) => self.take_back(written, error),
        }
    }

    async fn acknowledge(
        &mut self,
        written: Vec<Written>,
        events: Vec<Event>,
        size: u64,
        root: Digest,
        members: Option<Vec<(Slug, PublicKey)>>,
    ) {
        let hub = &self.hub;
        if written.is_empty() {
            // Everything was refused: nobody is woken up for that.
            if members.is_some() {
                hub.rights.refresh(hub.replica.book().await.state());
            }
            return hub.tell(events);
        }
        hub.metrics.batch(written.len());
        hub.trouble.clear();
        let proofs: Vec<_> = {
            let book = hub.replica.book().await;
            if members.is_some() {
                hub.rights.refresh(book.state());
            }
            let indexes = written.iter().map(|w| w.index);
            indexes.map(|i| book.tree().inclusion(i, size)).collect()
        };
        let shown = hub
            .published
            .publish(size, root, self.time.signed(), members);
        match shown {
            Ok(head) => {
                for (written, proof) in written.into_iter().zip(proofs) {
                    let _ = written.answer.send(Ok(Taken {
                        index: written.index,
                        leaf: written.leaf,
                        checkpoint: head.note.clone(),
                        proof,
                    }));
                }
            }
            // The entries are in the log; agents will find them there.
            Err(error) => {
                hub.trouble.tell(&error);
                refuse_all(written.into_iter().map(|w| w.answer), || again(&error));
            }
        }
        hub.tell(events);
    }

    fn take_back(&mut self, written: Vec<Written>, error: ReplicaError) {
        let error = HubError::from(error);
        self.hub.trouble.tell(&error);
        self.hub.metrics.refused(error.code());
        if matches!(again(&error), HubError::DiskFull) {
            self.full_until = Instant::now().checked_add(FULL_PAUSE);
        }
        refuse_all(written.into_iter().map(|w| w.answer), || again(&error));
    }
}

/// Puts one entry into the book.
fn take(hub: &Hub, pen: &mut Pen<'_>, what: What, time: Timestamp) -> Result<(Bytes, Vec<Event>)> {
    let (verified, envelope) = match what {
        What::Signed(verified, envelope) => (verified, envelope),
        What::Own(body) => {
            let state = pen.book().state();
            // Its key does not count yet (L9), and saying that helps more than that a signature is wrong.
            if let Some(pending) = state.pending_hub() {
                return Err(HubError::Rules(Refused::HubPending {
                    accepted: pending.accepted.len(),
                    needed: state.acceptances_needed(),
                }));
            }
            let entry = Entry {
                federation: state.federation().to_string(),
                author: Author::Hub,
                seq: state.next_seq(&Author::Hub),
                at: time,
                body: *body,
            };
            let envelope = Envelope::sign(&entry, &hub.keys.entries).map_err(Refused::from)?;
            (Box::new(state.verify(&envelope)?), envelope)
        }
    };
    Ok(pen.take(&verified, envelope, time)?)
}

/// The same for another who waits.
fn again(error: &HubError) -> HubError {
    match error {
        HubError::ClockBehind { signed, now } => HubError::ClockBehind {
            signed: *signed,
            now: *now,
        },
        HubError::ClockAhead { now, expected } => HubError::ClockAhead {
            now: *now,
            expected: *expected,
        },
        HubError::Replica(ReplicaError::Journal(JournalError::Full { .. })) => HubError::DiskFull,
        HubError::Replica(_) => HubError::DiskFailed,
        other => HubError::Worker {
            what: other.to_string(),
        },
    }
}

/// Whether somebody's rights changed.
fn hold_rights(events: &[Event]) -> bool {
    events
        .iter()
        .any(|event| matches!(event, Event::RightsChanged { .. }))
}

fn refuse_all(
    answers: impl Iterator<Item = oneshot::Sender<Result<Taken>>>,
    why: impl Fn() -> HubError,
) {
    for answer in answers {
        let _ = answer.send(Err(why()));
    }
}
