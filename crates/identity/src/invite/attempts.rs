//! How often somebody may try an invite. Nobody guesses 256 random bits; what is kept small is the work, and how much of
//! it one caller is.

use std::{net::IpAddr, num::NonZeroU32};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};

use super::{MAX_ADDRESSES, Refused, SITE_TRIES, TRIES_A_SECOND};
use crate::network::{customer, site};

type Now = <DefaultClock as governor::clock::Clock>::Instant;

/// Counts tries by customer and by site, so that who has many addresses keeps nobody else out. All of them together have
/// no budget that could be used up: a right invite waits for a second at the most.
pub struct Attempts {
    customers: Counted,
    sites: Counted,
    all: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Attempts {
    /// So many tries an hour for each customer.
    #[must_use]
    pub fn per_hour(tries: u32) -> Self {
        let tries = NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN);
        Self {
            customers: Counted::per_hour(tries),
            sites: Counted::per_hour(tries.saturating_mul(SITE_TRIES)),
            all: RateLimiter::direct(Quota::per_second(together(tries))),
            clock: DefaultClock::default(),
        }
    }

    /// Takes a try.
    ///
    /// # Errors
    /// It is one too many; and when the next one is looked at.
    pub fn try_take(&self, from: IpAddr) -> Result<(), Refused> {
        let own = self.customers.take(customer(from));
        own.and_then(|()| self.sites.take(site(from)))
            .and_then(|()| self.all.check())
            .map_err(|no| self.later(&no))
    }

    fn later(&self, no: &governor::NotUntil<Now>) -> Refused {
        let seconds = no.wait_time_from(self.clock.now()).as_secs() + 1;
        Refused::TooMany { seconds }
    }
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attempts({} addresses)", self.customers.counts.len())
    }
}

/// Tries a second for all: more where an admin gives each customer a great many an hour, for a hub with the machine for it.
fn together(tries: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(tries.get() / 100).map_or(TRIES_A_SECOND, |many| many.max(TRIES_A_SECOND))
}

/// Tries by where they come from.
struct Counted {
    counts: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    /// Looking through all of them takes a while: not at each call.
    sweeps: DefaultDirectRateLimiter,
}

impl Counted {
    fn per_hour(tries: NonZeroU32) -> Self {
        Self {
            counts: RateLimiter::hashmap(Quota::per_hour(tries)),
            sweeps: RateLimiter::direct(Quota::per_minute(NonZeroU32::MIN)),
        }
    }

    fn take(&self, from: IpAddr) -> Result<(), governor::NotUntil<Now>> {
        if self.counts.len() >= MAX_ADDRESSES && self.sweeps.check().is_ok() {
            self.counts.retain_recent();
            self.counts.shrink_to_fit();
        }
        // Whoever comes from more addresses than are counted has what all have together.
        if self.counts.len() < MAX_ADDRESSES {
            self.counts.check_key(&from)?;
        }
        Ok(())
    }
}
