//! How many connections there are, from where and whose; and who makes room for whom.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use allot_identity::network::customer;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Counts connections: all, by network, and by agent. Who has shown no certificate, or not yet, is a stranger. Strangers
/// have half of the places at the most. When there are too many of them, the network that most of them are in gives up
/// its oldest: who means it is no stranger for long, and who does not fills its own network's places.
#[derive(Debug, Clone)]
pub(super) struct Places {
    taken: Arc<Mutex<Taken>>,
    most: usize,
    each: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    strangers: usize,
    /// The next one's number: they are in the order in which they came.
    next: u64,
    networks: HashMap<IpAddr, Network>,
    agents: HashMap<String, usize>,
}

#[derive(Debug, Default)]
struct Network {
    all: usize,
    strangers: BTreeMap<u64, CancellationToken>,
}

/// A connection's place; given up when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    number: u64,
    network: IpAddr,
    /// Whose it is, once that is known.
    agent: Option<String>,
    lost: CancellationToken,
}

impl Places {
    pub(super) fn new(most: usize, each: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
            each,
        }
    }

    /// A place for a connection from an address, a stranger's at first; none when there are too many and nobody makes
    /// room.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let network = customer(address);
        let mut taken = self.taken();
        if taken.of(network) >= self.each {
            taken.make_room(network)?;
        } else if taken.all >= self.most || taken.strangers >= self.most.div_ceil(2) {
            let busiest = taken.busiest()?;
            taken.make_room(busiest)?;
        }
        let (number, lost) = taken.add(network);
        drop(taken);
        Some(Place {
            places: self.clone(),
            number,
            network,
            agent: None,
            lost,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The caller has shown whose agent it is: it makes room for nobody from now on. `false` when it has lost its place
    /// just now, or that agent has enough of them.
    pub(super) fn keep(&mut self, agent: String) -> bool {
        let mut taken = self.places.taken();
        let own = taken.agents.get(&agent).copied().unwrap_or_default();
        if own >= self.places.each || !taken.is_no_stranger(self.network, self.number) {
            return false;
        }
        taken.agents.insert(agent.clone(), own + 1);
        drop(taken);
        self.agent = Some(agent);
        true
    }

    /// Resolves when the place is lost to somebody else.
    pub(super) fn lost(&self) -> WaitForCancellationFuture<'_> {
        self.lost.cancelled()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match self.agent.take() {
            Some(agent) => taken.remove_agent(self.network, agent),
            // Not there when it was lost: then it was counted out.
            None => drop(taken.remove_stranger(self.network, self.number)),
        }
    }
}

impl Taken {
    fn of(&self, network: IpAddr) -> usize {
        self.networks.get(&network).map_or(0, |own| own.all)
    }

    fn add(&mut self, network: IpAddr) -> (u64, CancellationToken) {
        let (number, lost) = (self.next, CancellationToken::new());
        self.next += 1;
        self.all += 1;
        self.strangers += 1;
        let own = self.networks.entry(network).or_default();
        own.all += 1;
        own.strangers.insert(number, lost.clone());
        (number, lost)
    }

    /// The network that most strangers are in; among equals the one that has waited longest.
    fn busiest(&self) -> Option<IpAddr> {
        let crowd = |own: &Network| {
            let (oldest, _) = own.strangers.first_key_value()?;
            Some((own.strangers.len(), Reverse(*oldest)))
        };
        let crowds = self.networks.iter().filter_map(|(n, own)| {
            let crowd = crowd(own)?;
            Some((crowd, *n))
        });
        crowds.max().map(|(_, network)| network)
    }

    /// A network's oldest stranger has to go, if it has one.
    fn make_room(&mut self, network: IpAddr) -> Option<()> {
        let (oldest, _) = self.networks.get(&network)?.strangers.first_key_value()?;
        let oldest = *oldest;
        self.remove_stranger(network, oldest)?.cancel();
        Some(())
    }

    fn remove_stranger(&mut self, network: IpAddr, number: u64) -> Option<CancellationToken> {
        let own = self.networks.get_mut(&network)?;
        let lost = own.strangers.remove(&number)?;
        self.strangers = self.strangers.saturating_sub(1);
        self.leave(network);
        Some(lost)
    }

    /// From a stranger to an agent; `false` when there is no such stranger any more.
    fn is_no_stranger(&mut self, network: IpAddr, number: u64) -> bool {
        let own = self.networks.get_mut(&network);
        let there = own.is_some_and(|own| own.strangers.remove(&number).is_some());
        self.strangers -= usize::from(there);
        there
    }

    fn remove_agent(&mut self, network: IpAddr, agent: String) {
        if let Some(own) = self.agents.get_mut(&agent) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                self.agents.remove(&agent);
            }
        }
        self.leave(network);
    }

    fn leave(&mut self, network: IpAddr) {
        self.all = self.all.saturating_sub(1);
        if let Some(own) = self.networks.get_mut(&network) {
            own.all = own.all.saturating_sub(1);
            if own.all == 0 {
                self.networks.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(places: &Places, address: &str) -> Option<Place> {
        places.take(address.parse().unwrap())
    }

    fn agent(places: &Places, address: &str, name: &str) -> Place {
        let mut place = from(places, address).unwrap();
        assert!(place.keep(name.to_owned()));
        place
    }

    fn is_lost(place: &Place) -> bool {
        place.lost.is_cancelled()
    }

    #[test]
    fn nobody_takes_more_places_than_there_are_for_one_network() {
        let places = Places::new(100, 2);
        let first = agent(&places, "192.0.2.1", "a");
        let _second = agent(&places, "::ffff:192.0.2.1", "b");
        assert!(
            from(&places, "192.0.2.1").is_none(),
            "the same address, written in two ways"
        );
        let _third = agent(&places, "2001:db8::1", "c");
        let _fourth = agent(&places, "2001:db8::2", "d");
        assert!(
            from(&places, "2001:db8::3").is_none(),
            "one customer's network"
        );
        drop(first);
        assert!(from(&places, "192.0.2.1").is_some());
        let taken = places.taken();
        assert_eq!((taken.all, taken.networks.len()), (3, 2));
        assert_eq!((taken.strangers, taken.agents.len()), (0, 3));
    }

    #[test]
    fn nobody_takes_more_places_than_there_are_for_one_agent() {
        let places = Places::new(100, 2);
        let _first = agent(&places, "192.0.2.1", "a");
        let second = agent(&places, "192.0.2.2", "a");
        let mut third = from(&places, "192.0.2.3").unwrap();
        assert!(!third.keep("a".to_owned()));
        drop(second);
        assert!(third.keep("a".to_owned()));
    }

    #[test]
    fn who_is_known_makes_room_for_nobody() {
        let places = Places::new(3, 3);
        let known: Vec<_> = (1..=3)
            .map(|n| agent(&places, &format!("192.0.2.{n}"), &format!("agent-{n}")))
            .collect();
        assert!(from(&places, "198.51.100.1").is_none(), "all are taken");
        assert!(!known.iter().any(is_lost));
    }

    #[test]
    fn the_busiest_network_loses_its_oldest_stranger() {
        let places = Places::new(8, 8);
        let honest = from(&places, "198.51.100.1").unwrap();
        let crowd: Vec<_> = (0..3)
            .map(|_| from(&places, "192.0.2.1").unwrap())
            .collect();
        // Half of all places are strangers' now.
        let next = from(&places, "203.0.113.1").unwrap();
        assert_eq!(
            crowd.iter().map(is_lost).collect::<Vec<_>>(),
            [true, false, false]
        );
        assert!(!is_lost(&honest) && !is_lost(&next));
        assert_eq!(places.taken().strangers, 4);
        // To go is not to be counted out twice.
        drop(crowd);
        let taken = places.taken();
        assert_eq!((taken.all, taken.strangers), (2, 2));
    }

    #[test]
    fn a_full_network_makes_room_itself() {
        let places = Places::new(100, 2);
        let mut first = from(&places, "192.0.2.1").unwrap();
        let second = agent(&places, "192.0.2.1", "a");
        let other = from(&places, "198.51.100.1").unwrap();
        let third = from(&places, "192.0.2.1").unwrap();
        assert!(is_lost(&first) && !is_lost(&second));
        assert!(!is_lost(&other) && !is_lost(&third));
        assert!(!first.keep("b".to_owned()), "it came too late");
        drop((first, second, third, other));
        let taken = places.taken();
        assert_eq!((taken.all, taken.strangers), (0, 0));
        assert!(taken.networks.is_empty() && taken.agents.is_empty());
    }
}
