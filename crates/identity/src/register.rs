//! Whom the hub lets in, as the log has it.

use std::collections::{BTreeMap, BTreeSet};

use allot_ledger::Slug;
use jiff::{SignedDuration, Timestamp};

use crate::{id::AgentId, limits::BACKDATED, peer::Peer, refused::Refused};

/// An agent whose certificates no longer count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Barred {
    /// Certificates from before this moment do not count.
    pub since: Timestamp,
    /// Later ones do not either.
    pub for_good: bool,
}

/// Who may call. Swapped whole whenever the log changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// Collectives whose agents may connect; with a vote or without.
    pub collectives: BTreeSet<Slug>,
    /// Agents that may not.
    pub barred: BTreeMap<Slug, BTreeMap<String, Barred>>,
}

impl Register {
    /// Whether an agent may call now. Asked at the handshake and again at each call: a stream outlives what was true
    /// when it began.
    ///
    /// # Errors
    /// Its certificate has ended, it was evicted or banned, or its collective is not in the federation.
    pub fn check(&self, peer: &Peer, now: Timestamp) -> Result<(), Refused> {
        if now > peer.not_after() {
            let at = peer.not_after();
            return Err(Refused::Expired { at });
        }
        if now < peer.not_before() {
            let at = peer.not_before();
            return Err(Refused::NotYet { at });
        }
        if !self.collectives.contains(peer.collective()) {
            let collective = peer.collective().clone();
            return Err(Refused::NotAdmitted { collective });
        }
        match self.barred(peer.collective(), peer.agent()) {
            Some(barred) if barred.for_good => Err(Refused::Banned {
                peer: peer.to_string(),
            }),
            Some(barred) if made_at(peer) <= barred.since => Err(Refused::Evicted {
                peer: peer.to_string(),
                since: barred.since,
            }),
            _ => Ok(()),
        }
    }

    /// The time for the certificate of an agent that has just spent a new invite: now, and later than its eviction in
    /// whole seconds, which is what certificates count in. Without it, an agent that comes back within the second stays
    /// out for a day.
    ///
    /// Not for renewals: those are made at the time at which [`Register::check`] let the agent in, so that an eviction
    /// in between counts for the new certificate too.
    #[must_use]
    pub fn issue_at(&self, collective: &Slug, agent: &AgentId, now: Timestamp) -> Timestamp {
        let second = SignedDuration::from_secs(1);
        let after = |barred: &Barred| barred.since.checked_add(second).unwrap_or(Timestamp::MAX);
        self.barred(collective, agent)
            .map_or(now, |barred| now.max(after(barred)))
    }

    fn barred(&self, collective: &Slug, agent: &AgentId) -> Option<&Barred> {
        self.barred.get(collective)?.get(agent.as_str())
    }
}

/// A certificate begins some minutes before it was made.
fn made_at(peer: &Peer) -> Timestamp {
    let at = peer.not_before().checked_add(BACKDATED);
    at.unwrap_or(Timestamp::MAX)
}
