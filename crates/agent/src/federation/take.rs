//! Taking a part of the log that the hub sent: believed only when all of it holds, and on disk before anything rests
//! on it.

use std::{path::PathBuf, sync::Arc};

use allot_ledger::{
    Digest, Leaf,
    limits::MAX_LEAF_BYTES,
    log::{Refused, Seen, SignedCheckpoint},
};
use allot_replica::{Book, Pen, Replica, ReplicaError};
use jiff::Timestamp;
use tokio::sync::MutexGuard;

use super::{
    error::{FederationError, Result},
    evidence::prove,
    hub::Stretch,
    member::Member,
    memory::{Memory, Witnessed},
    news::News,
    notices::Notice,
};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// The hub has no more for now.
    pub is_head: bool,
}

impl Member {
    /// Verifies a stretch and keeps it.
    ///
    /// # Errors
    /// It does not hold: then nothing of it is kept, but as evidence. Or the disk says no.
    pub(super) async fn take(&self, stretch: Stretch) -> Result<Taken> {
        let taken = self.try_take(&stretch).await;
        taken.inspect_err(|error| self.has_refused(&stretch, error))
    }

    /// Takes what came another way than over the stream, if it is what comes next; otherwise the stream was quicker, and
    /// there is nothing to hold against the hub.
    ///
    /// # Errors
    /// As [`Member::take`].
    pub(super) async fn take_next(&self, stretch: &Stretch) -> Result<()> {
        check_bounds(stretch).inspect_err(|error| self.has_refused(stretch, error))?;
        let replica = self.log()?;
        // Nothing is added to the log by anybody who does not hold it.
        let memory = self.memory.lock().await;
        if replica.book().await.size() != stretch.first {
            return Ok(());
        }
        let taken = self.take_to(replica, 0, memory, stretch).await;
        taken
            .map(drop)
            .inspect_err(|error| self.has_refused(stretch, error))
    }

    fn has_refused(&self, stretch: &Stretch, error: &FederationError) {
        if error.is_distrust() {
            let evidence = self.evidence.refused(stretch, error, self.clock.now());
            self.tell_of_a_lie(error, evidence);
        }
    }

    /// Tells delegates what the hub showed, also once it shows something better: the status has only what is wrong now.
    /// A freeze is none of it: then nothing was shown, and perhaps it was this machine that slept.
    pub(super) fn tell_of_a_lie(&self, error: &FederationError, evidence: Option<PathBuf>) {
        if matches!(error, FederationError::Log(Refused::Frozen { .. })) {
            return;
        }
        let code = error.code();
        let told = format!("the hub showed what cannot be believed ({code})");
        let place = evidence.map_or(String::new(), |path| {
            format!("; evidence in {}", path.display())
        });
        let notice = Notice {
            time: self.clock.now(),
            text: format!("{told}: {error}{place}"),
        };
        self.notices.add_once(&told, notice);
    }

    async fn try_take(&self, stretch: &Stretch) -> Result<Taken> {
        check_bounds(stretch)?;
        let (replica, is_new) = self.log_for(stretch).await?;
        let memory = self.memory.lock().await;
        // The first entry was kept when the copy was made.
        self.take_to(&replica, usize::from(is_new), memory, stretch)
            .await
    }

    async fn take_to(
        &self,
        replica: &Replica,
        skip: usize,
        mut memory: MutexGuard<'_, Memory>,
        stretch: &Stretch,
    ) -> Result<Taken> {
        let mut pen = replica.pen().await;
        let mut news = News::default();
        self.fold(stretch, skip, &memory, &mut pen, &mut news)?;
        let signed = read_checkpoint(stretch, pen.book())?;
        let now = self.clock.now();
        let next = match self.accept(&memory, pen.book(), &signed, now) {
            Ok(next) => next,
            Err(refused) => {
                self.look_for_proof(&memory, pen.book(), &signed);
                return Err(refused.into());
            }
        };
        if !stretch.leaves.is_empty() {
            self.forget_state();
        }
        let clock = signed.clock(&pen.book().state().serving_hub().clock);
        if let Some(clock) = clock {
            self.note_state(pen.book().state());
            news.passed(self, &pen.advance(clock), clock);
        }
        // What did not reach the disk is taken back, and with it what was noted of it.
        pen.keep().await.inspect_err(|_| self.forget_state())?;
        // The entries are here whatever comes now: who waits for one is not told that it is missing.
        self.tell(news, replica).await;
        self.remember(&mut memory, next, &signed, replica).await?;
        drop(memory);
        self.spread(&signed, clock)?;
        Ok(Taken {
            is_head: clock.is_some(),
        })
    }

    /// The copy that the stretch goes on with. There is none before the first entry came, and that one is known by its
    /// hash.
    async fn log_for(&self, stretch: &Stretch) -> Result<(Arc<Replica>, bool)> {
        if let Some(replica) = self.has_log() {
            return Ok((Arc::clone(replica), false));
        }
        let Some(first) = stretch.leaves.first().filter(|_| stretch.first == 0) else {
            let why = "it has entries, or none, where the first one was asked for".to_owned();
            return Err(FederationError::BadStretch { why });
        };
        let (found, wanted) = (Digest::of(first), self.membership.genesis);
        if found != wanted {
            return Err(FederationError::OtherGenesis { found, wanted });
        }
        let replica = Replica::create(&self.home.ledger(), first.clone()).await?;
        let replica = Arc::new(replica);
        self.set_log(Arc::clone(&replica));
        Ok((replica, true))
    }

    fn fold(
        &self,
        stretch: &Stretch,
        skip: usize,
        memory: &Memory,
        pen: &mut Pen<'_>,
        news: &mut News,
    ) -> Result<()> {
        let (first, wanted) = (stretch.first, pen.book().size());
        if skip == 0 && !stretch.leaves.is_empty() && first != wanted {
            let why = format!("entries from {first} on, where {wanted} was asked for");
            return Err(FederationError::BadStretch { why });
        }
        let (bounds, now) = (self.options.bounds, self.clock.now());
        for leaf in stretch.leaves.iter().skip(skip) {
            let index = pen.book().size();
            let read = Leaf::from_bytes(leaf);
            let read = read.map_err(|source| ReplicaError::Leaf { index, source })?;
            memory.seen.check_time(index, read.time)?;
            bounds.check_come(index, read.time, now)?;
            let events = pen.fold(leaf)?;
            news.folded(self, index, &read, &events);
        }
        Ok(())
    }

    fn accept(
        &self,
        memory: &Memory,
        book: &Book,
        signed: &SignedCheckpoint,
        now: Timestamp,
    ) -> std::result::Result<Seen, Refused> {
        let hub = book.state().serving_hub();
        memory.accept(book.tree(), signed, hub, now, self.options.bounds)
    }

    /// A checkpoint that contradicts one that was believed is proof against the hub, when its leaves are here.
    pub(super) fn look_for_proof(&self, memory: &Memory, book: &Book, signed: &SignedCheckpoint) {
        let hub = book.state().serving_hub();
        let mut known = memory
            .notes()
            .filter_map(|note| SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log).ok());
        let proof = known.find_map(|known| prove(book.tree(), [&known, signed], hub));
        if let Some(proof) = proof
            && let Err(error) = self.evidence.proven(&proof)
        {
            tracing::error!("the hub has signed two histories: {error}\n{proof}");
        }
    }

    /// Writes down what was seen, and what enough members have witnessed.
    async fn remember(
        &self,
        memory: &mut Memory,
        next: Seen,
        signed: &SignedCheckpoint,
        replica: &Replica,
    ) -> Result<()> {
        let mut new = memory.clone();
        let is_newest = signed.checkpoint().size == next.size;
        new.seen = next;
        if is_newest {
            let witnessed = self.witnessed(signed, replica).await;
            let more = |w: &Witnessed| {
                let old = new.witnessed.as_ref();
                old.is_none_or(|old| (old.size, old.time) <= (w.size, w.time))
            };
            if let Some(mut witnessed) = witnessed.filter(more) {
                // What was known to be all at a time stays so: a longer log goes on from there.
                let before = new.witnessed.as_ref().map(|old| old.time);
                witnessed.time = before.map_or(witnessed.time, |old| old.max(witnessed.time));
                new.witnessed = Some(witnessed);
            }
            new.checkpoint = Some(signed.to_string());
        }
        if new != *memory {
            self.write_memory(&new).await?;
            *memory = new;
        }
        Ok(())
    }

    /// The time is when enough members say that they saw it, and not what the hub alone says. Those that are ahead of
    /// the hub's clock count as of that one, which is held against this machine's.
    async fn witnessed(&self, signed: &SignedCheckpoint, replica: &Replica) -> Option<Witnessed> {
        let book = replica.book().await;
        let state = book.state();
        let clock = signed.clock(&state.serving_hub().clock)?;
        let witnesses = signed.witnesses(&state.witnesses());
        let times = witnesses.into_iter().map(|(_, time)| time);
        let time = nth_latest(times, self.witnesses_needed(state), clock)?;
        Some(Witnessed {
            size: signed.checkpoint().size,
            time,
            checkpoint: signed.to_string(),
            needed: self.options.witnesses,
        })
    }

    /// Writes the memory down, away from the threads that others wait for.
    pub(super) async fn write_memory(&self, memory: &Memory) -> Result<()> {
        let (memory, home) = (memory.clone(), self.home.clone());
        let written = tokio::task::spawn_blocking(move || memory.write(&home)).await;
        written.map_err(|error| FederationError::Worker {
            what: error.to_string(),
        })??;
        Ok(())
    }

    /// What others want to know of entries that are on disk.
    async fn tell(&self, news: News, replica: &Replica) {
        if news.key_replaced {
            self.settle_key(replica.book().await.state());
        }
        for (envelope, folded) in news.written {
            self.sent.tell(&envelope, folded);
        }
        self.notices.add(news.notices);
        for (begins, notice) in news.daily {
            self.notices.add_once(&begins, notice);
        }
    }

    /// What others want to know of a checkpoint that is remembered.
    fn spread(&self, signed: &SignedCheckpoint, clock: Option<Timestamp>) -> Result<()> {
        if let Some(clock) = clock {
            self.measure(clock);
            self.has_joined(signed.checkpoint().size)?;
            self.head.send_replace(Some(Arc::new(signed.clone())));
        }
        Ok(())
    }
}

/// The latest time that at least so many of `times` have come to; none is later than `clock`.
fn nth_latest(
    times: impl Iterator<Item = Timestamp>,
    needed: usize,
    clock: Timestamp,
) -> Option<Timestamp> {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    match needed.checked_sub(1) {
        Some(last) => times.get(last).map(|time| clock.min(*time)),
        None => Some(clock),
    }
}

fn check_bounds(stretch: &Stretch) -> Result<()> {
    let too_long = |leaf: &bytes::Bytes| leaf.len() > MAX_LEAF_BYTES;
    if stretch.leaves.iter().any(too_long) {
        let why = format!("an entry of more than {MAX_LEAF_BYTES} bytes");
        return Err(FederationError::BadStretch { why });
    }
    Ok(())
}

/// The checkpoint, signed with the key that counts after these entries: a new hub's first one may be among them.
fn read_checkpoint(stretch: &Stretch, book: &Book) -> Result<SignedCheckpoint> {
    let hub = book.state().serving_hub();
    let signed = SignedCheckpoint::read(&stretch.checkpoint, &hub.origin, &hub.log)?;
    if stretch.leaves.is_empty() && signed.clock(&hub.clock).is_none() {
        let why = "neither entries nor a sign of life".to_owned();
        return Err(FederationError::BadStretch { why });
    }
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_witnessed_time_is_one_that_enough_members_have_come_to() {
        let nth = |times: &[i64], needed| nth_latest(times.iter().copied().map(at), needed, at(50));
        assert_eq!(nth(&[10, 30, 20], 2), Some(at(20)));
        assert_eq!(nth(&[10, 30, 20], 3), Some(at(10)));
        assert_eq!(nth(&[10, 30], 3), None, "too few");
        // One member that says any time moves nothing, and no member is ahead of the clock.
        assert_eq!(nth(&[10, 90, 20], 2), Some(at(20)));
        assert_eq!(nth(&[80, 90, 20], 2), Some(at(50)));
    }
}
