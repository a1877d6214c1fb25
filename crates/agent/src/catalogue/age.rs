//! How old the catalogue is. Whoever keeps news back freezes it: then it is told, and everything goes on from what is here.

use std::time::Duration;

use jiff::Timestamp;

use super::{Catalogue, Result};
use crate::federation::View;

/// How old the catalogue is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Age {
    /// The hub's newest signed clock.
    pub clock: Option<Timestamp>,
    /// How long ago that was.
    pub seconds: i64,
    /// Older than this collective takes for new.
    pub is_expired: bool,
    /// How old that is.
    pub expires_seconds: i64,
}

impl Catalogue {
    /// How old it is.
    ///
    /// # Errors
    /// The agent is in no federation.
    pub async fn age(&self) -> Result<Age> {
        Ok(self.age_at(&self.federation.view().await?))
    }

    /// How old it is as the federation was seen.
    #[must_use]
    pub fn age_at(&self, view: &View) -> Age {
        age(view.clock, self.clock.now(), self.config.expires)
    }
}

pub(super) fn age(clock: Option<Timestamp>, now: Timestamp, expires: Duration) -> Age {
    let expires_seconds = i64::try_from(expires.as_secs()).unwrap_or(i64::MAX);
    let seconds = clock.map_or(i64::MAX, |clock| now.duration_since(clock).as_secs());
    Age {
        clock,
        seconds: if clock.is_some() { seconds } else { 0 },
        is_expired: seconds > expires_seconds,
        expires_seconds,
    }
}

impl Age {
    /// What a reader should know; nothing while it is new.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let days = self.seconds / (24 * 3600);
        match self.clock {
            _ if !self.is_expired => None,
            None => Some("the hub has signed no time that this agent has seen".to_owned()),
            Some(_) => Some(format!(
                "the catalogue is {days} days old: newer versions, and versions that were yanked since, are not known here"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_catalogue_expires_by_the_hubs_signed_clock() {
        let now: Timestamp = "2026-11-26T08:00:00Z".parse().unwrap();
        let week = Duration::from_secs(7 * 24 * 3600);
        let old = |hours| age(Some(now - SignedDuration::from_hours(hours)), now, week);
        assert!(!old(0).is_expired && old(0).warning().is_none());
        assert!(!old(7 * 24).is_expired);
        assert!(old(7 * 24 + 1).is_expired);
        assert!(old(9 * 24).warning().unwrap().contains("9 days old"));
        assert!(age(None, now, week).is_expired, "nothing was ever signed");
    }
}
