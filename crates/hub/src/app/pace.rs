//! How often somebody may ask for something.

use std::hash::Hash;

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};
use std::num::NonZeroU32;

use super::error::{HubError, Result};

/// Counts by caller. Callers are agents and collectives that the log knows, so there are not many.
pub struct Pace<K: Hash + Eq + Clone>(RateLimiter<K, HashMapStateStore<K>, DefaultClock>);

impl<K: Hash + Eq + Clone + ToString> Pace<K> {
    /// So many in a minute.
    #[must_use]
    pub fn per_minute(count: u32) -> Self {
        Self(RateLimiter::hashmap(Quota::per_minute(some(count))))
    }

    /// So many in an hour.
    #[must_use]
    pub fn per_hour(count: u32) -> Self {
        Self(RateLimiter::hashmap(Quota::per_hour(some(count))))
    }

    /// Takes one.
    ///
    /// # Errors
    /// It is one too many, and when it would be none.
    pub fn take(&self, who: &K) -> Result<()> {
        self.0.check_key(who).map_err(|no| {
            let wait = no.wait_time_from(DefaultClock::default().now());
            HubError::TooOften {
                who: who.to_string(),
                seconds: wait.as_secs() + 1,
            }
        })
    }
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Pace<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pace({} callers)", self.0.len())
    }
}

fn some(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}
