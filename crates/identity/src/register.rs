//! Whom the hub lets in, as the log has it.

use std::collections::{BTreeMap, BTreeSet};

use allot_ledger::Slug;
use jiff::{SignedDuration, Timestamp};

use crate::{error::Refused, limits::BACKDATED, peer::Peer};

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
    /// Whether an agent may call now.
    ///
    /// # Errors
    /// Its certificate has ended, it was evicted or banned, or its collective is not in the federation.
    pub fn check(&self, peer: &Peer, now: Timestamp) -> Result<(), Refused> {
        if now > peer.not_after() {
            let at = peer.not_after();
            return Err(Refused::Expired { at });
        }
        if now + SignedDuration::from_secs(1) < peer.not_before() {
            let at = peer.not_before();
            return Err(Refused::NotYet { at });
        }
        if !self.collectives.contains(peer.collective()) {
            let collective = peer.collective().clone();
            return Err(Refused::NotAdmitted { collective });
        }
        let own = self.barred.get(peer.collective());
        match own.and_then(|agents| agents.get(peer.agent().as_str())) {
            Some(barred) if barred.for_good => Err(Refused::Banned {
                peer: peer.to_string(),
            }),
            // A certificate begins some minutes before it was made.
            Some(barred) if peer.not_before() + BACKDATED <= barred.since => Err(Refused::Evicted {
                peer: peer.to_string(),
                since: barred.since,
            }),
            _ => Ok(()),
        }
    }
}
