//! Which federation the agent is in, as its invite said.

use allot_identity::{AgentId, invite::Invite};
use allot_ledger::{Digest, Slug};
use serde::{Deserialize, Serialize};

use super::home::{FileError, Home};

const FILE: &str = "membership.json";

/// What an agent knows of its federation without a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// What the federation is called.
    pub federation: Slug,
    /// SHA-256 of its first entry: which federation it is.
    pub genesis: Digest,
    /// Whose agent this is.
    pub collective: Slug,
    /// What it is called.
    pub agent: AgentId,
    /// Host and port of the hub.
    pub hub: String,
    /// SHA-256 of the root of the hub's CA.
    pub ca: Digest,
    /// Entries that the log had when the agent joined: what the collective wrote before is no news to it.
    #[serde(default)]
    pub joined_at: u64,
}

impl Membership {
    /// What an invite says.
    #[must_use]
    pub fn by(invite: &Invite, agent: AgentId) -> Self {
        Self {
            federation: invite.federation.clone(),
            genesis: invite.genesis,
            collective: invite.collective.clone(),
            agent,
            hub: invite.address.clone(),
            ca: invite.ca,
            joined_at: 0,
        }
    }

    /// The one in `home`, if the agent is in a federation.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(home: &Home) -> Result<Option<Self>, FileError> {
        home.read_json(FILE)
    }

    /// Writes it down.
    ///
    /// # Errors
    /// The disk says no.
    pub fn write(&self, home: &Home) -> Result<(), FileError> {
        home.write_json(FILE, self)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The disk says no.
    pub fn remove(home: &Home) -> Result<(), FileError> {
        home.remove(FILE)
    }
}
