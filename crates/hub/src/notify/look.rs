//! What is new since the last look. It is read from the state and not from the events that led there, so nothing is
//! missed when the hub was down or busy, and nothing is told twice.

use std::collections::{BTreeMap, BTreeSet};

use allot_ledger::{
    entry::Number,
    state::{Phase, Resolution, State},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{
    limits::NEWS_HOURS,
    notice::{Notice, open},
};

/// When what comes by the clock is due.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) digest_at: Time,
    /// Hours before a deadline.
    pub(super) remind: Vec<u32>,
}

/// What was seen, and so told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The highest number of a resolution.
    highest: Number,
    /// Resolutions that had not ended, and how they stood.
    unfinished: BTreeMap<Number, Stood>,
    /// Reminders of deadlines that are still to come: number, and hours before.
    reminded: BTreeSet<(Number, u32)>,
    /// The day of the newest digest.
    digest: Date,
    /// What happened before this was in a digest.
    digest_until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stood {
    Draft,
    Open,
}

impl Seen {
    /// Takes all that there is for told: whoever begins to listen does not want the history.
    pub(super) fn everything(state: &State, now: Timestamp, plan: &Plan) -> Self {
        let mut seen = Self {
            highest: 0,
            unfinished: BTreeMap::new(),
            reminded: BTreeSet::new(),
            digest: plan.digest_day(now),
            // After what happened just now: founders, of a federation that is being founded.
            digest_until: state
                .time()
                .saturating_add(SignedDuration::from_millis(1))
                .unwrap_or(now),
        };
        for resolution in state.resolutions().values() {
            seen.note(resolution);
        }
        seen
    }

    /// What is to be told now; after this, it counts as told.
    pub(super) fn look(&mut self, state: &State, now: Timestamp, plan: &Plan) -> Vec<Notice> {
        let mut notices = self.resolutions(state, now);
        notices.extend(self.reminders(state, now, plan));
        notices.extend(self.digest(state, now, plan));
        notices
    }

    fn resolutions(&mut self, state: &State, now: Timestamp) -> Vec<Notice> {
        let known = self.unfinished.keys();
        let known = known.filter_map(|number| state.resolution(*number));
        let first_new = self.highest.saturating_add(1);
        let new = state.resolutions().range(first_new..).map(|(_, r)| r);
        let mut notices = Vec::new();
        let mut looked_at = Vec::new();
        for resolution in known.chain(new) {
            notices.extend(self.news(state, now, resolution));
            looked_at.push(resolution);
        }
        for resolution in looked_at {
            self.note(resolution);
        }
        notices
    }

    /// What is new of a resolution.
    fn news(&self, state: &State, now: Timestamp, resolution: &Resolution) -> Option<Notice> {
        if resolution.imported.is_some() {
            return None;
        }
        let stood = self.unfinished.get(&resolution.number);
        match resolution.phase {
            Phase::Draft => None,
            Phase::Open if stood == Some(&Stood::Open) => None,
            Phase::Open => {
                let news = is_news(resolution.proposed, now);
                news.then(|| Notice::opened(state, now, resolution))?
            }
            // A draft that was taken back was nobody else's concern.
            _ if resolution.proposed.is_none() => None,
            _ => is_news(resolution.closed, now).then(|| Notice::closed(state, now, resolution)),
        }
    }

    fn note(&mut self, resolution: &Resolution) {
        let number = resolution.number;
        self.highest = self.highest.max(number);
        let stands = match resolution.phase {
            _ if resolution.imported.is_some() => None,
            Phase::Draft => Some(Stood::Draft),
            Phase::Open => Some(Stood::Open),
            _ => None,
        };
        match stands {
            Some(stands) => drop(self.unfinished.insert(number, stands)),
            None => drop(self.unfinished.remove(&number)),
        }
    }

    /// Of several that are due for one deadline, only the last: it says the same and more.
    fn reminders(&mut self, state: &State, now: Timestamp, plan: &Plan) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut still_open = BTreeSet::new();
        for (deadline, resolution) in open(state, now) {
            let number = resolution.number;
            still_open.insert(number);
            let due = plan.reminders_due(resolution.proposed, deadline, now);
            let last = due.iter().min().copied();
            let new = last.filter(|hours| !self.reminded.contains(&(number, *hours)));
            self.reminded.extend(due.into_iter().map(|h| (number, h)));
            let notice = new.and_then(|h| Notice::reminder(state, now, resolution, h));
            notices.extend(notice);
        }
        self.reminded
            .retain(|(number, _)| still_open.contains(number));
        notices
    }

    /// The newest digest, if it was not made yet; those that were missed are in it.
    fn digest(&mut self, state: &State, now: Timestamp, plan: &Plan) -> Option<Notice> {
        let day = plan.digest_day(now);
        if day <= self.digest {
            return None;
        }
        // The log's time never goes back, so nothing can still happen before it.
        let window = (self.digest_until, state.time());
        self.digest = day;
        self.digest_until = window.1;
        Notice::digest(state, now, day, window)
    }
}

impl Plan {
    /// The day of the newest moment at which a digest was due.
    fn digest_day(&self, now: Timestamp) -> Date {
        let now = TimeZone::UTC.to_datetime(now);
        if now.time() >= self.digest_at {
            return now.date();
        }
        now.date().yesterday().unwrap_or(Date::MIN)
    }

    /// Which reminders of a deadline are due. A vote that is shorter than a reminder was just announced.
    fn reminders_due(
        &self,
        proposed: Option<Timestamp>,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Vec<u32> {
        let due = |hours: &&u32| {
            let before = SignedDuration::from_hours(i64::from(**hours));
            let moment = deadline.checked_sub(before).unwrap_or(Timestamp::MIN);
            moment <= now && proposed.is_none_or(|proposed| proposed < moment)
        };
        self.remind.iter().filter(due).copied().collect()
    }
}

fn is_news(time: Option<Timestamp>, now: Timestamp) -> bool {
    let news = SignedDuration::from_hours(NEWS_HOURS);
    time.is_some_and(|time| now.duration_since(time) < news)
}
