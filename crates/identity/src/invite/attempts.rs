//! How often somebody may try an invite.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};

use super::{MAX_ADDRESSES, Refused};

/// All addresses together may try as often as this many of them alone.
const TOGETHER: u32 = 50;

/// Counts tries by address: IPv4 one by one, IPv6 by the /64 that a customer has.
pub struct Attempts {
    each: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    all: DefaultDirectRateLimiter,
    /// Looking through all addresses takes a while: not at each call.
    sweeps: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Attempts {
    /// So many tries an hour for each address.
    #[must_use]
    pub fn per_hour(tries: u32) -> Self {
        let tries = NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN);
        let all = tries.saturating_mul(NonZeroU32::MIN.saturating_add(TOGETHER - 1));
        Self {
            each: RateLimiter::hashmap(Quota::per_hour(tries)),
            all: RateLimiter::direct(Quota::per_hour(all)),
            sweeps: RateLimiter::direct(Quota::per_minute(NonZeroU32::MIN)),
            clock: DefaultClock::default(),
        }
    }

    /// Takes a try.
    ///
    /// # Errors
    /// It is one too many; and when the next one is looked at.
    pub fn try_take(&self, from: IpAddr) -> Result<(), Refused> {
        if self.each.len() >= MAX_ADDRESSES && self.sweeps.check().is_ok() {
            self.each.retain_recent();
            self.each.shrink_to_fit();
        }
        let key = network(from);
        // Whoever comes from more addresses than are counted shares what all have together.
        if self.each.len() < MAX_ADDRESSES {
            self.each.check_key(&key).map_err(|no| self.later(&no))?;
        }
        self.all.check().map_err(|no| self.later(&no))
    }

    fn later(
        &self,
        no: &governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>,
    ) -> Refused {
        let seconds = no.wait_time_from(self.clock.now()).as_secs() + 1;
        Refused::TooMany { seconds }
    }
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attempts({} addresses)", self.each.len())
    }
}

fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
