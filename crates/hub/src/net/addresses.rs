//! How many connections there are, and from where.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts connections: all, and by address. IPv6 is counted by the /64 that a customer has.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    counts: Arc<Mutex<Counts>>,
    most: usize,
    each: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A connection's place; given up when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    addresses: Addresses,
    network: IpAddr,
}

impl Addresses {
    pub(super) fn new(most: usize, each: usize) -> Self {
        Self {
            counts: Arc::default(),
            most,
            each,
        }
    }

    /// A place for a connection from an address; none when there are too many.
    pub(super) fn place(&self, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut counts = self.counts();
        if counts.all >= self.most {
            return None;
        }
        let own = counts.by.entry(network).or_default();
        if *own >= self.each {
            return None;
        }
        *own += 1;
        counts.all += 1;
        drop(counts);
        let addresses = self.clone();
        Some(Place { addresses, network })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts();
        counts.all = counts.all.saturating_sub(1);
        if let Some(own) = counts.by.get_mut(&self.network) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                counts.by.remove(&self.network);
            }
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_places_than_there_are_for_one_address() {
        let addresses = Addresses::new(4, 2);
        let from = |text: &str| addresses.place(text.parse().unwrap());
        let first = from("192.0.2.1").unwrap();
        let _second = from("::ffff:192.0.2.1").unwrap();
        assert!(
            from("192.0.2.1").is_none(),
            "the same address, written in two ways"
        );
        let _third = from("2001:db8::1").unwrap();
        let _fourth = from("2001:db8::2").unwrap();
        assert!(from("2001:db8::3").is_none(), "one customer's network");
        assert!(from("198.51.100.1").is_none(), "all are taken");
        drop(first);
        assert!(from("192.0.2.1").is_some());
        assert_eq!(addresses.counts().by.len(), 2);
    }
}
