//! What happened in a day, and what waits.

use allot_ledger::{
    Slug,
    state::{State, Status, Tally},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    limits::MAX_ITEMS,
    notice::{About, Closed, List, Opened, not_voted, number, open, so_far},
};

/// What happened in a day, and what waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Daily {
    pub(super) date: Date,
    pub(super) since: Timestamp,
    pub(super) opened: List<Opened>,
    pub(super) closed: List<Closed>,
    pub(super) members: List<Movement>,
    pub(super) applied: List<Slug>,
    pub(super) awaiting: List<Awaiting>,
}

/// How a collective's membership, or its application, changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Movement {
    pub(super) collective: Slug,
    pub(super) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    Admitted,
    Suspended,
    Reinstated,
    Left,
    Excluded,
    /// It applied, and was not admitted.
    Declined,
    /// It applied, and nobody proposed to admit it in time.
    Expired,
}

/// A resolution that waits for votes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Awaiting {
    pub(super) resolution: About,
    pub(super) deadline: Timestamp,
    pub(super) not_voted: u32,
    pub(super) tally: Tally,
}

impl Daily {
    pub(super) fn of(
        state: &State,
        now: Timestamp,
        date: Date,
        new: impl Fn(Timestamp) -> bool,
        since: Timestamp,
    ) -> Self {
        let ours = || {
            state
                .resolutions()
                .values()
                .filter(|r| r.imported.is_none())
        };
        let is_new = |time: Option<Timestamp>| time.is_some_and(&new);
        let opened = ours().filter(|r| is_new(r.proposed));
        let opened = opened.filter_map(|r| Opened::of(state, r).map(Opened::in_a_list));
        // What was never open, a draft that was taken back, did not end.
        let closed = ours().filter(|r| r.proposed.is_some() && is_new(r.closed));
        let closed = closed.map(|r| Closed::of(state, r).in_a_list());
        let members = state.collectives().values();
        let moved = members.clone().filter_map(|c| {
            let how = match c.status {
                Status::Member if is_new(c.joined) => How::Admitted,
                Status::Member if new(c.since) => How::Reinstated,
                Status::Suspended if new(c.since) => How::Suspended,
                Status::Left if c.was_member() && new(c.since) => How::Left,
                Status::Excluded if new(c.since) => How::Excluded,
                Status::Declined if new(c.since) => How::Declined,
                Status::Expired if new(c.since) => How::Expired,
                _ => return None,
            };
            let collective = c.slug.clone();
            Some(Movement { collective, how })
        });
        let applied = members.filter(|c| c.status == Status::Applied && new(c.since));
        Self {
            date,
            since,
            opened: List::of(opened, MAX_ITEMS),
            closed: List::of(closed, MAX_ITEMS),
            members: List::of(moved, MAX_ITEMS),
            applied: List::of(applied.map(|c| c.slug.clone()), MAX_ITEMS),
            awaiting: awaiting(state, now),
        }
    }
}

/// What is open and waits for somebody's vote, the next deadline first.
fn awaiting(state: &State, now: Timestamp) -> List<Awaiting> {
    let mut open: Vec<_> = open(state, now).collect();
    open.sort_by_key(|(deadline, r)| (*deadline, r.number));
    let waits = open.into_iter().filter_map(|(deadline, resolution)| {
        let not_voted = number(not_voted(state, resolution).len());
        (not_voted > 0).then(|| Awaiting {
            resolution: About::of(resolution).in_a_list(),
            deadline,
            not_voted,
            tally: so_far(state, resolution),
        })
    });
    List::of(waits, MAX_ITEMS)
}
