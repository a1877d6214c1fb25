//! What there is to be told, as JSON has it. Only what the log says, and the log is public.

use std::collections::BTreeSet;

use allot_ledger::{
    Digest, Slug,
    entry::{Choice, Number, Size},
    state::{Ballot, Effect, Phase, Resolution, State, Tally},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Serialize;

use super::{
    config::Topic,
    daily::Daily,
    limits::{MAX_ITEMS, MAX_NAMES, QUOTED_REASON, TITLE_IN_LIST},
    text::one_line,
};

/// The version of the JSON. Fields may be added to it; one that means something else makes another version.
const VERSION: u32 = 1;

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Notice {
    version: u32,
    /// The same for the same thing, however often it is sent.
    pub(super) id: String,
    pub(super) federation: Federation,
    time: Timestamp,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Federation {
    pub(super) name: Slug,
    genesis: Digest,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum What {
    Opened(Opened),
    Closed(Closed),
    Reminder(Reminder),
    Digest(Daily),
}

/// Which resolution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct About {
    pub(super) number: Number,
    pub(super) title: String,
    pub(super) size: Option<Size>,
    pub(super) kind: &'static str,
    pub(super) proposer: Slug,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Opened {
    pub(super) resolution: About,
    pub(super) deadline: Timestamp,
    pub(super) short_notice: bool,
    pub(super) needed: u32,
    pub(super) electorate: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Closed {
    pub(super) resolution: About,
    pub(super) outcome: Phase,
    pub(super) tally: Option<Tally>,
    pub(super) blocks: List<Block>,
    pub(super) withdrawn_because: Option<String>,
    pub(super) without_effect: Option<String>,
}

/// A vote against, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Block {
    pub(super) collective: Slug,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Reminder {
    pub(super) resolution: About,
    pub(super) deadline: Timestamp,
    pub(super) hours_before: u32,
    pub(super) not_voted: List<Slug>,
    pub(super) tally: Tally,
}

/// The first few of something, and how many more there are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) more: usize,
}

impl<T> List<T> {
    pub(super) fn of(all: impl Iterator<Item = T>, most: usize) -> Self {
        let mut all = all;
        let items = all.by_ref().take(most).collect();
        Self {
            items,
            more: all.count(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.items.len() + self.more
    }
}

impl Notice {
    /// `what` names the thing, in the federation: `opened-42`.
    fn new(state: &State, time: Timestamp, name: &str, what: What) -> Self {
        let genesis = state.federation();
        let federation: String = genesis.to_string().chars().take(16).collect();
        Self {
            version: VERSION,
            id: format!("{federation}-{name}"),
            federation: Federation {
                name: state.name().clone(),
                genesis,
            },
            time,
            what,
        }
    }

    /// That votes are asked for.
    pub(super) fn opened(state: &State, now: Timestamp, resolution: &Resolution) -> Option<Self> {
        let what = What::Opened(Opened::of(state, resolution)?);
        let name = format!("opened-{}", resolution.number);
        Some(Self::new(state, now, &name, what))
    }

    /// That a resolution ended.
    pub(super) fn closed(state: &State, now: Timestamp, resolution: &Resolution) -> Self {
        let what = What::Closed(Closed::of(state, resolution));
        let name = format!("closed-{}", resolution.number);
        Self::new(state, now, &name, what)
    }

    /// That a deadline comes; nothing when everybody has voted.
    pub(super) fn reminder(
        state: &State,
        now: Timestamp,
        resolution: &Resolution,
        hours_before: u32,
    ) -> Option<Self> {
        let silent = not_voted(state, resolution);
        if silent.is_empty() {
            return None;
        }
        let what = What::Reminder(Reminder {
            resolution: About::of(resolution),
            deadline: resolution.deadline?,
            hours_before,
            not_voted: List::of(silent.into_iter(), MAX_NAMES),
            tally: so_far(state, resolution),
        });
        let name = format!("reminder-{}-{hours_before}h", resolution.number);
        Some(Self::new(state, now, &name, what))
    }

    /// What happened from `since` on and before `until`, and what waits; nothing when there is nothing.
    pub(super) fn digest(
        state: &State,
        now: Timestamp,
        date: Date,
        (since, until): (Timestamp, Timestamp),
    ) -> Option<Self> {
        let daily = Daily::of(
            state,
            now,
            date,
            |time| since <= time && time < until,
            since,
        );
        let something = !(daily.opened.is_empty()
            && daily.closed.is_empty()
            && daily.members.is_empty()
            && daily.applied.is_empty()
            && daily.awaiting.is_empty());
        let name = format!("digest-{date}");
        something.then(|| Self::new(state, now, &name, What::Digest(daily)))
    }

    /// Who wants to know.
    pub(super) fn topic(&self) -> Topic {
        match self.what {
            What::Opened(_) => Topic::Opened,
            What::Closed(_) => Topic::Closed,
            What::Reminder(_) => Topic::Reminder,
            What::Digest(_) => Topic::Digest,
        }
    }

    /// When it is of no use any more.
    pub(super) fn useless_from(&self) -> Option<Timestamp> {
        match &self.what {
            What::Opened(opened) => Some(opened.deadline),
            What::Reminder(reminder) => Some(reminder.deadline),
            What::Digest(_) => self.time.checked_add(SignedDuration::from_hours(24)).ok(),
            What::Closed(_) => None,
        }
    }
}

impl About {
    pub(super) fn of(resolution: &Resolution) -> Self {
        Self {
            number: resolution.number,
            title: one_line(&resolution.title, usize::MAX),
            size: resolution.size,
            kind: resolution.kind.name(),
            proposer: resolution.proposer.clone(),
        }
    }

    pub(super) fn in_a_list(mut self) -> Self {
        self.title = one_line(&self.title, TITLE_IN_LIST);
        self
    }
}

impl Opened {
    pub(super) fn of(state: &State, resolution: &Resolution) -> Option<Self> {
        let (proposed, deadline) = (resolution.proposed?, resolution.deadline?);
        let usual = SignedDuration::from_hours(24 * i64::from(state.rules().days_open));
        Some(Self {
            resolution: About::of(resolution),
            deadline,
            short_notice: deadline.duration_since(proposed) < usual,
            needed: resolution.needed(),
            electorate: number(resolution.electorate.len()),
        })
    }

    pub(super) fn in_a_list(mut self) -> Self {
        self.resolution = self.resolution.in_a_list();
        self
    }
}

impl Closed {
    pub(super) fn of(state: &State, resolution: &Resolution) -> Self {
        let against = |(slug, ballot): (&Slug, &Ballot)| {
            let counts = ballot.choice == Choice::Against && votes(state, slug);
            counts.then(|| Block {
                collective: slug.clone(),
                reason: ballot.reason.as_deref().map(quoted),
            })
        };
        let blocks = resolution.ballots.iter().filter_map(against);
        Self {
            resolution: About::of(resolution),
            outcome: resolution.phase,
            tally: resolution.result,
            blocks: List::of(blocks, MAX_ITEMS),
            withdrawn_because: resolution.withdrawn.as_deref().map(quoted),
            without_effect: match &resolution.effect {
                Some(Effect::None { why }) => Some(quoted(why)),
                _ => None,
            },
        }
    }

    /// Why it was blocked is told when it ends, and not once more.
    pub(super) fn in_a_list(mut self) -> Self {
        self.resolution = self.resolution.in_a_list();
        self.blocks.more = self.blocks.count();
        self.blocks.items.clear();
        self.withdrawn_because = None;
        self.without_effect = None;
        self
    }
}

/// What is open, with its deadline.
pub(super) fn open(
    state: &State,
    now: Timestamp,
) -> impl Iterator<Item = (Timestamp, &Resolution)> {
    let open = state.resolutions().values().filter(|r| r.is_open());
    let dated = open.filter_map(|r| Some((r.deadline?, r)));
    dated.filter(move |(deadline, _)| *deadline > now)
}

/// Who could vote, still may, and has not.
pub(super) fn not_voted(state: &State, resolution: &Resolution) -> BTreeSet<Slug> {
    let could = resolution.electorate.iter();
    let silent = could.filter(|slug| !resolution.ballots.contains_key(*slug));
    silent.filter(|slug| votes(state, slug)).cloned().collect()
}

/// D4: who is no member any more does not count.
pub(super) fn so_far(state: &State, resolution: &Resolution) -> Tally {
    resolution.tally(|slug| votes(state, slug))
}

fn votes(state: &State, slug: &Slug) -> bool {
    state.collective(slug).is_some_and(|c| c.is_voting())
}

fn quoted(reason: &str) -> String {
    one_line(reason, QUOTED_REASON)
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
