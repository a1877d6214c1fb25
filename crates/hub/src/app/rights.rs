//! Who may call, as the log has it: read at each handshake and call, replaced whole when the log changes it.

use std::{collections::BTreeSet, sync::Arc};

use allot_identity::{Barred, Peer, Refused, Register};
use allot_ledger::{
    Slug,
    state::{State, Status},
};
use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::watch;

/// Who may call.
#[derive(Debug)]
pub struct Rights {
    register: Arc<ArcSwap<Register>>,
    voters: ArcSwap<BTreeSet<Slug>>,
    changes: watch::Sender<u64>,
}

impl Rights {
    /// Those of a log.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let (register, voters) = read(state);
        Self {
            register: Arc::new(ArcSwap::from_pointee(register)),
            voters: ArcSwap::from_pointee(voters),
            changes: watch::Sender::new(0),
        }
    }

    /// What the handshake asks.
    #[must_use]
    pub fn register(&self) -> Arc<ArcSwap<Register>> {
        Arc::clone(&self.register)
    }

    /// Follows changes: streams look again whether they may go on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Reads them anew.
    pub fn refresh(&self, state: &State) {
        let (register, voters) = read(state);
        self.register.store(Arc::new(register));
        self.voters.store(Arc::new(voters));
        self.changes.send_modify(|count| *count += 1);
    }

    /// Whether an agent may call now.
    ///
    /// # Errors
    /// It may not, and why.
    pub fn check(&self, peer: &Peer, now: Timestamp) -> Result<(), Refused> {
        self.register.load().check(peer, now)
    }

    /// Whether a collective has a vote.
    #[must_use]
    pub fn is_voter(&self, collective: &Slug) -> bool {
        self.voters.load().contains(collective)
    }
}

/// Whether an agent may call as of a log, whatever was read of it before.
///
/// # Errors
/// It may not, and why.
pub(super) fn check(state: &State, peer: &Peer, now: Timestamp) -> Result<(), Refused> {
    read(state).0.check(peer, now)
}

fn read(state: &State) -> (Register, BTreeSet<Slug>) {
    // A suspended member's agents go on reading, and it may leave.
    let lets_in = |status| matches!(status, Status::Member | Status::Suspended);
    let collectives = state.collectives().values();
    let collectives = collectives.filter(|c| lets_in(c.status));
    let barred = state.barred().iter().map(|(slug, agents)| {
        let agents = agents.iter().map(|(agent, barred)| {
            let (since, for_good) = (barred.since, barred.for_good);
            (agent.clone(), Barred { since, for_good })
        });
        (slug.clone(), agents.collect())
    });
    let register = Register {
        collectives: collectives.map(|c| c.slug.clone()).collect(),
        barred: barred.collect(),
    };
    let voters = state.members().map(|c| c.slug.clone()).collect();
    (register, voters)
}
