//! An agent that is in a federation: what its tasks share.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use allot_identity::{renew_at, tls::AgentIdentity};
use allot_ledger::{Digest, entry::HubKeys, log::SignedCheckpoint, state::State};
use allot_replica::Replica;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    credential::Credential,
    error::{FederationError, Result},
    evidence::Evidence,
    home::Home,
    hub::{Hub, Target},
    keys::{CollectiveKey, KeyError, Keys},
    membership::Membership,
    memory::Memory,
    notices::Notices,
    options::Options,
    sent::Sent,
    told::Told,
};
use crate::clock::Clock;

/// Measurements of the hub's clock that are looked at.
const OFFSETS: usize = 8;

/// Seconds between two beats of a hub.
const HUB_BEATS_EVERY: i64 = 10;

/// The connection to the hub.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// The connection, while there is one.
    pub hub: Option<Hub>,
    /// Since when there is one, or when there was one last.
    pub since: Option<Timestamp>,
    /// Why there is none.
    pub problem: Option<Told>,
    /// The own copy had all that the hub had, since the connection was made.
    pub at_head: bool,
}

/// A certificate's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Until when it counts.
    pub not_after: Timestamp,
    /// When it is renewed.
    pub renews_at: Timestamp,
}

/// What the tasks of a membership share.
pub struct Member {
    pub(super) home: Home,
    pub(super) keys: Keys,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Options,
    pub(super) membership: Membership,
    pub(super) identity: Arc<AgentIdentity>,
    pub(super) memory: tokio::sync::Mutex<Memory>,
    pub(super) link: watch::Sender<Link>,
    pub(super) notices: Notices,
    pub(super) sent: Sent,
    pub(super) evidence: Evidence,
    /// Held while an entry is written.
    pub(super) writing: tokio::sync::Mutex<()>,
    /// The newest head of the log, to be cosigned.
    pub(super) head: watch::Sender<Option<Arc<SignedCheckpoint>>>,
    pub(super) stop: CancellationToken,
    joined_at: AtomicU64,
    replica: OnceLock<Arc<Replica>>,
    span: Mutex<Option<Span>>,
    problem: Mutex<Option<Told>>,
    problems: Mutex<BTreeMap<String, u64>>,
    offsets: Mutex<VecDeque<i64>>,
    /// Of the state right after the newest entry, which is the same for all; later, time has passed in it.
    digest: Mutex<Option<Digest>>,
}

impl Member {
    /// One that has opened nothing yet.
    pub(super) fn new(
        home: Home,
        clock: Arc<dyn Clock>,
        options: Options,
        membership: Membership,
        stop: CancellationToken,
    ) -> Result<Self> {
        let mut memory = Memory::read(&home)?.unwrap_or_else(Memory::nothing);
        memory.count_witnesses_anew(options.witnesses);
        let member = Self {
            keys: Keys::of(home.clone()),
            notices: Notices::open(home.clone()),
            sent: Sent::open(home.clone()),
            evidence: Evidence::of(home.clone()),
            memory: tokio::sync::Mutex::new(memory),
            joined_at: AtomicU64::new(membership.joined_at),
            home,
            clock,
            options,
            membership,
            identity: Arc::default(),
            link: watch::Sender::default(),
            writing: tokio::sync::Mutex::default(),
            head: watch::Sender::default(),
            stop,
            replica: OnceLock::new(),
            span: Mutex::default(),
            problem: Mutex::default(),
            problems: Mutex::default(),
            offsets: Mutex::default(),
            digest: Mutex::default(),
        };
        if let Some(credential) = Credential::read(&member.home)? {
            member.show(&credential)?;
        }
        Ok(member)
    }

    /// Shows a certificate with the next connection.
    pub(super) fn show(&self, credential: &Credential) -> Result<()> {
        credential.show(&self.identity)?;
        let (not_before, not_after) = credential.span();
        let renews_at = renew_at(not_before, not_after, rand::random());
        *lock(&self.span) = Some(Span {
            not_after,
            renews_at,
        });
        Ok(())
    }

    /// The certificate's times, when there is one.
    pub(super) fn span(&self) -> Option<Span> {
        *lock(&self.span)
    }

    /// Where the hub is.
    pub(super) fn target(&self) -> Target {
        let clock = Arc::clone(&self.clock);
        Target {
            federation: self.membership.federation.clone(),
            ca: self.membership.ca,
            address: self.membership.hub.clone(),
            now: Arc::new(move || clock.now()),
        }
    }

    /// The own copy of the log.
    pub(super) fn log(&self) -> Result<&Arc<Replica>> {
        let why = "it is being read, or was not fetched so far";
        self.replica.get().ok_or(FederationError::NoLogYet { why })
    }

    /// The own copy, once it is open.
    pub(super) fn has_log(&self) -> Option<&Arc<Replica>> {
        self.replica.get()
    }

    /// From now on there is one.
    pub(super) fn set_log(&self, replica: Arc<Replica>) {
        // It is set once: by the task that opens it, or that made it.
        let _ = self.replica.set(replica);
    }

    /// How many entries there are here.
    pub(super) fn size(&self) -> u64 {
        self.replica
            .get()
            .map_or(0, |replica| *replica.size().borrow())
    }

    /// The connection to the hub.
    pub(super) fn hub(&self) -> Result<Hub> {
        let hub = self.link.borrow().hub.clone();
        hub.ok_or_else(|| FederationError::HubAway {
            address: self.membership.hub.clone(),
        })
    }

    /// The key that signs for the collective, as the log says it is.
    pub(super) fn signing_key(&self, state: &State) -> Result<CollectiveKey> {
        let collective = &self.membership.collective;
        let counts = match state.collective(collective) {
            Some(known) => known.key,
            // An applicant's is the one that it applies with.
            None => return Ok(self.keys.load()?.ok_or(KeyError::Missing)?),
        };
        Ok(self.keys.settle(collective, counts)?)
    }

    /// Entries before this one are no news.
    pub(super) fn joined_at(&self) -> Option<u64> {
        Some(self.joined_at.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// The copy is whole for the first time: later entries are news.
    pub(super) fn has_joined(&self, size: u64) -> Result<()> {
        if self.joined_at().is_some() {
            return Ok(());
        }
        let membership = Membership {
            joined_at: size,
            ..self.membership.clone()
        };
        membership.write(&self.home)?;
        self.joined_at.store(size, Ordering::Relaxed);
        Ok(())
    }

    /// Something that cannot be believed, or is wrong here: it stays to be told until the log is good again.
    pub(super) fn is_wrong(&self, error: &FederationError) {
        if error.is_distrust() {
            self.tell_of_a_lie(error, None);
        }
        let told = Told::of(error);
        *lock(&self.problems).entry(told.code.clone()).or_default() += 1;
        let mut problem = lock(&self.problem);
        // It is met again with each connection, and said once.
        if problem.as_ref() != Some(&told) {
            tracing::error!(code = told.code, "the federation's log: {}", told.message);
        }
        *problem = Some(told);
    }

    /// The log is good.
    pub(super) fn is_well(&self) {
        if let Some(was) = lock(&self.problem).take() {
            tracing::info!(code = was.code, "the federation's log is good again");
        }
    }

    /// What is wrong with the log: what a hub did and was proven, what was refused last, or that nothing new comes.
    pub(super) fn problem(&self, memory: &Memory, hub: Option<&HubKeys>) -> Option<Told> {
        if let Some(proof) = hub.and_then(|hub| self.evidence.against(hub)) {
            return Some(Told::of(&FederationError::Equivocated { proof }));
        }
        if let Some(problem) = lock(&self.problem).clone() {
            return Some(problem);
        }
        let fresh = memory
            .seen
            .check_fresh(self.clock.now(), self.options.bounds);
        fresh.err().map(|frozen| Told::of(&frozen.into()))
    }

    /// How often each problem was met since the start.
    pub(super) fn problems(&self) -> BTreeMap<String, u64> {
        lock(&self.problems).clone()
    }

    /// Notes what the hub's clock said just now.
    pub(super) fn measure(&self, theirs: Timestamp) {
        self.measured(self.clock.now().duration_since(theirs).as_secs());
    }

    /// Notes by how many seconds this machine's clock is ahead.
    pub(super) fn measured(&self, seconds: i64) {
        let mut offsets = lock(&self.offsets);
        offsets.push_back(seconds);
        if offsets.len() > OFFSETS {
            offsets.pop_front();
        }
    }

    /// How far this machine's clock is ahead of the hub's, seconds; `None` until it can be told.
    pub(super) fn offset(&self) -> Option<i64> {
        ahead(&lock(&self.offsets))
    }

    /// The digest of the state right after the newest entry.
    pub(super) fn state_digest(&self) -> Option<Digest> {
        *lock(&self.digest)
    }

    /// Notes it before time passes in the state, once for each newest entry: it takes the whole state to make.
    pub(super) fn note_state(&self, state: &State) {
        lock(&self.digest).get_or_insert_with(|| state.digest());
    }

    /// There are newer entries.
    pub(super) fn forget_state(&self) {
        *lock(&self.digest) = None;
    }
}

/// What measurements say together. A beat is signed before it comes, so the smallest is nearest to the truth, and in whole
/// seconds, so that one second is none. The first beat of a stream may be as old as the hub's pause between two: alone it
/// tells nothing when it is no older than that.
fn ahead(offsets: &VecDeque<i64>) -> Option<i64> {
    let nearest = offsets.iter().min().copied()?;
    match nearest {
        1 => Some(0),
        2..=HUB_BEATS_EVERY if offsets.len() == 1 => None,
        seconds => Some(seconds),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_beat_that_may_just_be_old_says_nothing_of_the_clock() {
        assert_eq!(ahead(&[].into()), None);
        assert_eq!(ahead(&[8].into()), None);
        assert_eq!(ahead(&[8, 0].into()), Some(0));
        assert_eq!(ahead(&[9, 8].into()), Some(8));
        assert_eq!(ahead(&[600].into()), Some(600));
        assert_eq!(ahead(&[-600].into()), Some(-600));
        assert_eq!(ahead(&[1].into()), Some(0));
    }
}
