//! The first entry.

use std::collections::{BTreeMap, BTreeSet};

use super::{Collective, Refused, State, Status};
use crate::{
    entry::{Author, Body, Founder, Genesis, HubKeys, Leaf, Profile},
    ids::Digest,
    limits::{MAX_FOUNDERS, MAX_LINE},
};

impl State {
    /// Begins a federation with its first leaf. The leaf's SHA-256 names the federation for ever (L1): invites carry
    /// it, and so does every later entry.
    ///
    /// # Errors
    /// It is not a genesis, or one that nothing could follow.
    pub fn found(leaf: &Leaf, bytes: &[u8]) -> Result<Self, Refused> {
        let bad = |why: String| Refused::BadGenesis { why };
        let entry = leaf.envelope.entry()?;
        let Body::Genesis(genesis) = entry.body else {
            return Err(bad(format!("it is of the kind `{}`", entry.body.kind())));
        };
        leaf.envelope.verify(&genesis.hub.entries)?;
        if entry.author != Author::Hub || entry.seq != 1 {
            return Err(bad("it is not the hub's first entry".to_owned()));
        }
        if entry.federation != genesis.name.as_str() {
            return Err(bad("it names two federations".to_owned()));
        }
        check(&genesis).map_err(bad)?;
        let mut keys: BTreeMap<_, _> = genesis
            .founders
            .iter()
            .map(|f| (f.key, Author::Collective(f.slug.clone())))
            .collect();
        for key in [genesis.hub.log, genesis.hub.clock, genesis.hub.entries] {
            keys.insert(key, Author::Hub);
        }
        let founder = |f: &Founder| {
            let collective = Collective {
                slug: f.slug.clone(),
                key: f.key,
                status: Status::Member,
                since: leaf.time,
                joined: Some(leaf.time),
                profile: Profile {
                    name: f.slug.to_string(),
                    website: None,
                },
                application: None,
                paid_until: None,
                waiver: None,
            };
            (f.slug.clone(), collective)
        };
        Ok(Self {
            federation: Digest::of(bytes),
            rules: genesis.rules.clone(),
            hub: genesis.hub.clone(),
            pending_hub: None,
            size: 1,
            time: leaf.time,
            written: leaf.time,
            seqs: BTreeMap::from([(Author::Hub, 1)]),
            waiting: BTreeSet::new(),
            collectives: genesis.founders.iter().map(founder).collect(),
            keys,
            resolutions: BTreeMap::new(),
            open: BTreeSet::new(),
            drafts: BTreeSet::new(),
            begun: BTreeMap::new(),
            large: Vec::new(),
            budgets: BTreeMap::new(),
            stewards: BTreeMap::new(),
            recipes: Default::default(),
            barred: BTreeMap::new(),
            genesis: *genesis,
        })
    }
}

fn check(genesis: &Genesis) -> Result<(), String> {
    let founders = &genesis.founders;
    if founders.is_empty() || founders.len() > MAX_FOUNDERS {
        return Err(format!("it needs 1 to {MAX_FOUNDERS} founders"));
    }
    let slugs: BTreeSet<_> = founders.iter().map(|f| &f.slug).collect();
    let keys: BTreeSet<_> = founders.iter().map(|f| f.key).collect();
    if slugs.len() != founders.len() || keys.len() != founders.len() {
        return Err("two founders have the same name or the same key".to_owned());
    }
    let hub = &genesis.hub;
    check_hub_keys(hub)?;
    if [hub.log, hub.clock, hub.entries]
        .iter()
        .any(|key| keys.contains(key))
    {
        return Err("a founder's key is the hub's too".to_owned());
    }
    genesis
        .rules
        .problem()
        .map_or(Ok(()), |problem| Err(problem.to_owned()))
}

/// A key has one purpose, and the log's name is one that keys and checkpoints can have.
pub(super) fn check_hub_keys(hub: &HubKeys) -> Result<(), String> {
    if BTreeSet::from([hub.log, hub.clock, hub.entries]).len() != 3 {
        return Err("a key has two purposes".to_owned());
    }
    let strange = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if hub.origin.is_empty() || hub.origin.len() > MAX_LINE || hub.origin.contains(strange) {
        return Err("the log's origin is no name that a checkpoint can have".to_owned());
    }
    Ok(())
}
