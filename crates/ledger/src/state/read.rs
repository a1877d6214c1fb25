//! What others ask of the state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Barred, Collective, OpenedBudget, PendingHub, Phase, Resolution, State};
use crate::{
    entry::{Author, Genesis, HubKeys, Number, Rules},
    ids::{Digest, Slug},
    key::PublicKey,
};

/// How much a member took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participation {
    /// Large decisions that it voted on.
    pub voted: usize,
    /// Of how many that it could.
    pub decisions: usize,
}

impl State {
    /// The first leaf's SHA-256: which federation this is.
    #[must_use]
    pub fn federation(&self) -> Digest {
        self.federation
    }

    /// How it began.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &Slug {
        &self.genesis.name
    }

    /// The rules now.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The hub that members have accepted.
    #[must_use]
    pub fn hub(&self) -> &HubKeys {
        &self.hub
    }

    /// A hub that waits to be accepted.
    #[must_use]
    pub fn pending_hub(&self) -> Option<&PendingHub> {
        self.pending_hub.as_ref()
    }

    /// The hub whose checkpoints the log's newest part has: the pending one, if there is one.
    #[must_use]
    pub fn serving_hub(&self) -> &HubKeys {
        self.pending_hub.as_ref().map_or(&self.hub, |p| &p.keys)
    }

    /// Members that must accept a new hub (L9): as many as must witness an entry.
    #[must_use]
    pub fn acceptances_needed(&self) -> usize {
        self.witnesses_needed()
    }

    /// Members that must have witnessed an entry before a careful member acts on it (L6).
    #[must_use]
    pub fn witnesses_needed(&self) -> usize {
        self.rules.witnesses.needed(self.members().count())
    }

    /// How many entries were folded.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The time that the state is of.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// The number that an author's next entry has.
    #[must_use]
    pub fn next_seq(&self, author: &Author) -> u64 {
        self.seqs.get(author).copied().unwrap_or(0) + 1
    }

    /// All collectives that the log knows, by name.
    #[must_use]
    pub fn collectives(&self) -> &BTreeMap<Slug, Collective> {
        &self.collectives
    }

    /// A collective.
    #[must_use]
    pub fn collective(&self, slug: &Slug) -> Option<&Collective> {
        self.collectives.get(slug)
    }

    /// Collectives that have a vote.
    pub fn members(&self) -> impl Iterator<Item = &Collective> {
        self.collectives.values().filter(|c| c.is_voting())
    }

    /// Whether a collective has a vote.
    #[must_use]
    pub fn is_voting(&self, slug: &Slug) -> bool {
        let found = self.collectives.get(slug);
        found.is_some_and(Collective::is_voting)
    }

    /// Who can witness: the members, with their keys.
    #[must_use]
    pub fn witnesses(&self) -> Vec<(Slug, PublicKey)> {
        self.members().map(|c| (c.slug.clone(), c.key)).collect()
    }

    /// All resolutions, by number.
    #[must_use]
    pub fn resolutions(&self) -> &BTreeMap<Number, Resolution> {
        &self.resolutions
    }

    /// A resolution.
    #[must_use]
    pub fn resolution(&self, number: Number) -> Option<&Resolution> {
        self.resolutions.get(&number)
    }

    /// Open resolutions that a collective can vote on and has not, the next deadline first.
    pub fn awaiting_vote(&self, slug: &Slug) -> impl Iterator<Item = &Resolution> {
        let open = self
            .open
            .iter()
            .filter_map(|(_, n)| self.resolutions.get(n));
        open.filter(move |r| self.awaits_vote(r, slug))
    }

    /// Whether a resolution is open for a collective that can vote on it and has not: not for one that has left, nor while
    /// its rights rest (M1).
    #[must_use]
    pub fn awaits_vote(&self, resolution: &Resolution, slug: &Slug) -> bool {
        resolution.is_open()
            && resolution.electorate.contains(slug)
            && !resolution.ballots.contains_key(slug)
            && self.is_voting(slug)
    }

    /// Budgets, by their number.
    #[must_use]
    pub fn budgets(&self) -> &BTreeMap<u32, OpenedBudget> {
        &self.budgets
    }

    /// Stewards of recipes, by the recipe's name.
    #[must_use]
    pub fn stewards(&self) -> &BTreeMap<String, BTreeSet<Slug>> {
        &self.stewards
    }

    /// Agents whose certificates do not count, by collective and name.
    #[must_use]
    pub fn barred(&self) -> &BTreeMap<Slug, BTreeMap<String, Barred>> {
        &self.barred
    }

    /// How much a collective took part in the last large decisions that it could vote on (M6).
    #[must_use]
    pub fn participation(&self, slug: &Slug) -> Participation {
        let window = usize::try_from(self.rules.participation_window).unwrap_or(usize::MAX);
        let last = self
            .large
            .iter()
            .rev()
            .filter_map(|n| self.resolutions.get(n));
        let mut taken = Participation {
            voted: 0,
            decisions: 0,
        };
        for resolution in last.filter(|r| r.electorate.contains(slug)).take(window) {
            taken.decisions += 1;
            taken.voted += usize::from(resolution.ballots.contains_key(slug));
        }
        taken
    }

    /// How many resolutions are in a phase.
    #[must_use]
    pub fn count(&self, phase: Phase) -> usize {
        self.resolutions
            .values()
            .filter(|r| r.phase == phase)
            .count()
    }
}
