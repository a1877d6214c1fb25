//! The hub's book of invites.

use std::collections::BTreeMap;

use allot_ledger::Slug;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use super::{LONGEST, MAX_OPEN, Refused, Secret, SecretHash};

/// A fact about an invite, for the hub's private journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Record {
    /// It was made.
    Issued(Issued),
    /// It was spent.
    Used {
        /// Which.
        id: String,
        /// By which agent.
        agent: String,
        /// When.
        at: Timestamp,
    },
    /// It was taken back.
    Revoked {
        /// Which.
        id: String,
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
    },
}

/// An invite, as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// What it is called; says nothing about the secret.
    pub id: String,
    /// For whom.
    pub collective: Slug,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// When it was made.
    pub at: Timestamp,
    /// Until when it can be used.
    pub expires: Timestamp,
    /// Who made it.
    pub by: String,
}

/// What became of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It can be used, until it expires.
    Open,
    /// It was, by this agent.
    Used {
        /// Which agent.
        agent: String,
        /// When.
        at: Timestamp,
    },
    /// It was taken back.
    Revoked,
}

/// All invites.
#[derive(Debug, Default)]
pub struct Book(BTreeMap<String, (Issued, State)>);

impl Book {
    /// Writes down a fact that was decided before.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Issued(issued) => {
                self.0.insert(issued.id.clone(), (issued, State::Open));
            }
            Record::Used { id, agent, at } => self.become_state(&id, State::Used { agent, at }),
            Record::Revoked { id, .. } => self.become_state(&id, State::Revoked),
        }
    }

    fn become_state(&mut self, id: &str, new: State) {
        if let Some((_, state)) = self.0.get_mut(id) {
            *state = new;
        }
    }

    /// Decides on a new invite.
    ///
    /// # Errors
    /// Too many are open, or it would live too long.
    pub fn issue(
        &self,
        id: String,
        collective: Slug,
        secret: &Secret,
        at: Timestamp,
        lifetime: SignedDuration,
        by: String,
    ) -> Result<Record, Refused> {
        if lifetime > LONGEST || lifetime <= SignedDuration::ZERO {
            let days = LONGEST.as_hours() / 24;
            return Err(Refused::TooLong { days });
        }
        let open = |(issued, state): &&(Issued, State)| {
            issued.collective == collective && *state == State::Open && issued.expires > at
        };
        let count = self.0.values().filter(open).count();
        if count >= MAX_OPEN {
            let collective = collective.to_string();
            return Err(Refused::TooManyOpen { collective, count });
        }
        Ok(Record::Issued(Issued {
            id,
            collective,
            hash: secret.hash(),
            at,
            expires: at + lifetime,
            by,
        }))
    }

    /// Decides on a secret that an agent shows. Whoever calls it writes the answer down before anybody else is asked:
    /// an invite is used once.
    ///
    /// # Errors
    /// It is not one, or not one for that collective; it was used, or is too old.
    pub fn redeem(
        &self,
        secret: &Secret,
        collective: &Slug,
        agent: &str,
        now: Timestamp,
    ) -> Result<Record, Refused> {
        let (issued, state) = self.find(&secret.hash()).ok_or(Refused::Unknown)?;
        if issued.collective != *collective {
            tracing::warn!(invite = issued.id, %collective, "an invite of another collective was shown");
            return Err(Refused::Unknown);
        }
        match state {
            State::Used { at, .. } => Err(Refused::Used { at: *at }),
            State::Revoked => Err(Refused::Unknown),
            State::Open if issued.expires <= now => Err(Refused::Expired { at: issued.expires }),
            State::Open => Ok(Record::Used {
                id: issued.id.clone(),
                agent: agent.to_owned(),
                at: now,
            }),
        }
    }

    /// Looks at every invite, whether it has found one or not, so that the time it takes tells nothing.
    fn find(&self, hash: &SecretHash) -> Option<&(Issued, State)> {
        let mut found = u64::MAX;
        for (place, (issued, _)) in (0_u64..).zip(self.0.values()) {
            found.conditional_assign(&place, issued.hash.is(hash));
        }
        if bool::from(found.ct_eq(&u64::MAX)) {
            return None;
        }
        self.0.values().nth(usize::try_from(found).ok()?)
    }

    /// Decides on taking one back.
    ///
    /// # Errors
    /// There is no open one of that name.
    pub fn revoke(&self, id: &str, by: String, at: Timestamp) -> Result<Record, Refused> {
        match self.0.get(id) {
            Some((_, State::Open)) => Ok(Record::Revoked {
                id: id.to_owned(),
                at,
                by,
            }),
            _ => Err(Refused::NoSuch { id: id.to_owned() }),
        }
    }

    /// All of them, by name.
    pub fn list(&self) -> impl Iterator<Item = (&Issued, &State)> {
        self.0.values().map(|(issued, state)| (issued, state))
    }
}
