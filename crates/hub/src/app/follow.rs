//! Following the log: entries as they come, and the hub's signed clock.
//!
//! A follower pulls: it is woken by the newest checkpoint and reads from the log what it does not have. There is no queue
//! for it, so who reads slowly is late and costs nothing.

use std::sync::Arc;

use allot_identity::Peer;
use allot_proto::hub::Stretch;
use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Duration, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    Head, Hub, Seat,
    error::{HubError, Result},
    frames::frame,
};
use crate::limits::{STRETCH_BYTES, STRETCH_LEAVES};

/// An agent that follows the log.
pub struct Follower {
    hub: Arc<Hub>,
    peer: Peer,
    next: u64,
    head: watch::Receiver<Arc<Head>>,
    rights: watch::Receiver<u64>,
    stop: CancellationToken,
    /// The newest checkpoint that it has.
    told: Option<Arc<Head>>,
    ended: bool,
    _seat: Seat,
}

impl Follower {
    /// Begins after the first `from` entries.
    ///
    /// # Errors
    /// The agent has too many streams already.
    pub fn new(
        hub: &Arc<Hub>,
        peer: Peer,
        version: &str,
        from: u64,
        stop: CancellationToken,
    ) -> Result<Self> {
        Ok(Self {
            _seat: hub.seats.take(&peer, version, hub.now())?,
            head: hub.published.follow(),
            rights: hub.rights.changes(),
            hub: Arc::clone(hub),
            next: from,
            told: None,
            ended: false,
            peer,
            stop,
        })
    }

    /// The next message as it goes over the wire, as soon as there is one; nothing after an error.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        if self.ended {
            return None;
        }
        let next = self.wait().await;
        self.ended = next.is_err();
        Some(next)
    }

    async fn wait(&mut self) -> Result<Bytes> {
        loop {
            self.rights.borrow_and_update();
            self.hub.rights.check(&self.peer, self.hub.now())?;
            let head = Arc::clone(&self.head.borrow_and_update());
            if self.next < head.size {
                return self.stretch(head).await;
            }
            let fresh = self
                .told
                .as_ref()
                .is_none_or(|told| !Arc::ptr_eq(told, &head));
            if fresh {
                return Ok(self.beat(head));
            }
            if self.next > head.size {
                let (ours, theirs) = (head.size, self.next);
                return Err(HubError::Ahead { ours, theirs });
            }
            let left = self.peer.not_after().duration_since(self.hub.now());
            let left = Duration::try_from(left).unwrap_or_default();
            tokio::select! {
                changed = self.head.changed() => changed.map_err(|_| HubError::Stopping)?,
                changed = self.rights.changed() => changed.map_err(|_| HubError::Stopping)?,
                () = self.stop.cancelled() => return Err(HubError::Stopping),
                // It counts up to and with that second.
                () = sleep(left + Duration::from_secs(1)) => {}
            }
        }
    }

    /// The newest checkpoint, and no entries. Who has more entries than the hub gets it too: it is the proof.
    fn beat(&mut self, head: Arc<Head>) -> Bytes {
        let first = head.size;
        let frame = head.frames.get(first).unwrap_or_else(|| {
            let made = frame(&Stretch {
                first,
                leaves: Vec::new(),
                checkpoint: head.note.to_vec(),
            });
            head.frames.keep(first, &made);
            made
        });
        self.told = Some(head);
        frame
    }

    /// Entries from where the follower is, with a checkpoint of the log up to the last of them.
    async fn stretch(&mut self, head: Arc<Head>) -> Result<Bytes> {
        let first = self.next;
        if let Some(made) = head.frames.get(first) {
            self.next = head.size;
            self.told = Some(head);
            return Ok(made);
        }
        let end = head.size.min(first.saturating_add(STRETCH_LEAVES));
        let leaves = self.hub.replica.leaves_up_to(first, end).await?;
        let leaves = bounded(leaves);
        if leaves.is_empty() {
            return Err(HubError::NoCheckpoint { size: end });
        }
        let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        self.next = first.saturating_add(count);
        let whole = self.next == head.size;
        let checkpoint = match whole {
            true => head.note.clone(),
            false => self.passed(self.next).await?,
        };
        let made = frame(&Stretch {
            first,
            leaves,
            checkpoint: checkpoint.to_vec(),
        });
        if whole {
            head.frames.keep(first, &made);
            self.told = Some(head);
        }
        Ok(made)
    }

    async fn passed(&self, size: u64) -> Result<Bytes> {
        let root = self.hub.replica.book().await.tree().root_at(size);
        let root = root.ok_or(HubError::NoCheckpoint { size })?;
        self.hub.published.passed(size, root)
    }
}

/// As many as one message has, at least one.
fn bounded(leaves: Vec<Bytes>) -> Vec<Vec<u8>> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    for leaf in leaves {
        bytes += leaf.len();
        if bytes > STRETCH_BYTES && !taken.is_empty() {
            break;
        }
        taken.push(leaf.to_vec());
    }
    taken
}
