//! What the hub may write, and how a new one takes its place (L8, L9).

use super::words::{line, malformed, text};
use crate::{
    entry::{Body, Entry},
    limits::MAX_REASON,
    state::{Refused, State, found},
};

impl State {
    /// L9: while a new hub waits, members accept it and do nothing else.
    pub(super) fn check_pending_hub(&self, entry: &Entry) -> Result<(), Refused> {
        match (&self.pending_hub, &entry.body) {
            (None, _) | (_, Body::AcceptHub { .. } | Body::HubReplaced { .. }) => Ok(()),
            (Some(pending), _) => Err(Refused::HubPending {
                accepted: pending.accepted.len(),
                needed: self.acceptances_needed(),
            }),
        }
    }

    /// L8: all that a federation admin can write.
    pub(super) fn check_hub(&self, body: &Body) -> Result<(), Refused> {
        match body {
            Body::Evict {
                collective,
                agent,
                reason,
            }
            | Body::Ban {
                collective,
                agent,
                reason,
            } => {
                self.known(collective)?;
                line("the agent's name", agent)?;
                text("the reason", reason, MAX_REASON)
            }
            Body::Dues { collective, .. } => self.known(collective).map(drop),
            Body::HubReplaced { hub } => {
                for key in [hub.log, hub.clock, hub.entries] {
                    self.key_is_free(&key)?;
                }
                found::check_hub_keys(hub).map_err(|why| malformed("the new hub's keys", why))
            }
            _ => self.check_seen(body),
        }
    }
}
