//! Who follows the log now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use allot_identity::Peer;
use jiff::Timestamp;

use super::error::{HubError, Result};
use crate::limits::{MAX_VERSION, SEATS_PER_AGENT};

/// Everybody who follows the log. Cheap to clone: all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Seats(Arc<Mutex<Rows>>);

#[derive(Debug, Default)]
struct Rows {
    next: u64,
    taken: BTreeMap<u64, Row>,
}

/// Somebody who follows the log.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose agent.
    pub collective: String,
    /// Which.
    pub agent: String,
    /// Since when.
    pub since: Timestamp,
    /// The version that it says it is.
    pub version: String,
}

/// A place; given up when it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    number: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.rows().taken.remove(&self.number);
    }
}

impl Seats {
    /// Takes a place.
    ///
    /// # Errors
    /// The agent has too many already.
    pub fn take(&self, peer: &Peer, version: &str, since: Timestamp) -> Result<Seat> {
        let row = Row {
            collective: peer.collective().to_string(),
            agent: peer.agent().to_string(),
            since,
            version: version.chars().take(MAX_VERSION).collect(),
        };
        let mut rows = self.rows();
        let same =
            |other: &&Row| (&other.collective, &other.agent) == (&row.collective, &row.agent);
        let count = rows.taken.values().filter(same).count();
        if count >= SEATS_PER_AGENT {
            let agent = peer.to_string();
            return Err(HubError::TooManySeats { agent, count });
        }
        rows.next += 1;
        let number = rows.next;
        rows.taken.insert(number, row);
        drop(rows);
        let seats = self.clone();
        Ok(Seat { seats, number })
    }

    /// Everybody, each agent once: since when, and as what it came last.
    #[must_use]
    pub fn list(&self) -> Vec<Row> {
        let mut agents: BTreeMap<(String, String), Row> = BTreeMap::new();
        for row in self.rows().taken.values() {
            let key = (row.collective.clone(), row.agent.clone());
            let since = agents.get(&key).map_or(row.since, |known| known.since);
            agents.insert(
                key,
                Row {
                    since,
                    ..row.clone()
                },
            );
        }
        agents.into_values().collect()
    }

    /// How many streams there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows().taken.len()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
