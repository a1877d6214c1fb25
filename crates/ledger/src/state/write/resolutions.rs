//! Drafts, proposals and votes, and what happens when a vote ends.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    entry::{Choice, Content, Kind, Number, Size},
    ids::Slug,
    state::{
        Ballot, Begun, Effect, Event, Phase, Resolution, Source, State, Tally,
        resolution::Threshold,
    },
};

impl State {
    /// Writes a draft, or changes it.
    pub(super) fn draft(
        &mut self,
        number: Number,
        slug: &Slug,
        content: &Content,
        events: &mut Vec<Event>,
    ) {
        let draft = self.drafted(number, slug, content);
        self.resolutions.insert(number, draft);
        self.drafts.insert(number);
        events.push(Event::Drafted {
            resolution: number,
            proposer: slug.clone(),
        });
    }

    pub(super) fn drafted(&self, number: Number, slug: &Slug, content: &Content) -> Resolution {
        Resolution {
            number,
            title: content.title.clone(),
            size: Some(content.size),
            kind: content.kind.clone(),
            source: Source {
                entry: self.size,
                item: 0,
            },
            proposer: slug.clone(),
            phase: Phase::Draft,
            imported: None,
            proposed: None,
            deadline: None,
            closed: None,
            electorate: Default::default(),
            threshold: Threshold::of(&self.rules),
            ballots: Default::default(),
            result: None,
            escalated: None,
            withdrawn: None,
            effect: None,
        }
    }

    pub(super) fn propose(
        &mut self,
        mut resolution: Resolution,
        deadline: Timestamp,
        events: &mut Vec<Event>,
    ) {
        let (number, size) = (resolution.number, resolution.size.unwrap_or(Size::Large));
        resolution.proposed = Some(self.time);
        self.drafts.remove(&number);
        if size == Size::Small {
            // D1: "get on and do a thing" is written down, not voted on.
            resolution.phase = Phase::Passed;
            resolution.closed = Some(self.time);
            events.push(closed(&resolution, None));
            self.resolutions.insert(number, resolution);
            return;
        }
        let usual = self.usual_days();
        resolution.phase = Phase::Open;
        resolution.deadline = Some(deadline);
        resolution.electorate = self.members().map(|c| c.slug.clone()).collect();
        events.push(Event::Opened {
            resolution: number,
            title: resolution.title.clone(),
            size,
            proposer: resolution.proposer.clone(),
            deadline,
            short_notice: deadline.duration_since(self.time) < usual,
        });
        self.open.insert((deadline, number));
        self.resolutions.insert(number, resolution);
    }

    /// D6: how long a vote is open unless its proposer says otherwise.
    pub(in crate::state) fn usual_days(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.rules.days_open))
    }

    /// D16: what a member has begun so far on this day, by the log's time.
    pub(in crate::state) fn begun_today(&self, slug: &Slug) -> usize {
        let begun = self.begun.get(slug);
        let today = begun.filter(|begun| begun.day == self.day());
        today.map_or(0, |begun| begun.resolutions)
    }

    pub(super) fn begins(&mut self, slug: &Slug) {
        let (day, resolutions) = (self.day(), self.begun_today(slug) + 1);
        self.begun.insert(slug.clone(), Begun { day, resolutions });
    }

    fn day(&self) -> Date {
        TimeZone::UTC.to_datetime(self.time).date()
    }

    pub(super) fn vote(
        &mut self,
        slug: &Slug,
        number: Number,
        choice: Choice,
        reason: Option<String>,
        events: &mut Vec<Event>,
    ) {
        let time = self.time;
        let Some(resolution) = self.resolutions.get_mut(&number) else {
            return;
        };
        let before = resolution.ballots.get(slug);
        let ballot = Ballot {
            choice,
            reason,
            time,
            changes: before.map_or(0, |b| b.changes.saturating_add(1)),
        };
        let replaced = before.map(|b| b.choice);
        resolution.ballots.insert(slug.clone(), ballot);
        events.push(Event::Voted {
            resolution: number,
            collective: slug.clone(),
            choice,
            replaced,
        });
    }

    pub(super) fn escalate(
        &mut self,
        slug: &Slug,
        number: Number,
        reason: &str,
        events: &mut Vec<Event>,
    ) {
        if let Some(found) = self.resolutions.get_mut(&number) {
            found.size = Some(Size::Large);
            found.escalated = Some((slug.clone(), reason.to_owned()));
        }
        events.push(Event::Escalated {
            resolution: number,
            by: slug.clone(),
        });
    }

    pub(super) fn withdraw(&mut self, number: Number, reason: &str, events: &mut Vec<Event>) {
        let Some(resolution) = self.resolutions.get_mut(&number) else {
            return;
        };
        if self.drafts.remove(&number) {
            // D14: nobody was asked about it. What it said, and why it was taken back, is in the log.
            resolution.kind = Kind::Text;
        } else {
            resolution.withdrawn = Some(reason.to_owned());
        }
        resolution.phase = Phase::Withdrawn;
        resolution.closed = Some(self.time);
        if let Some(deadline) = resolution.deadline {
            self.open.remove(&(deadline, number));
        }
        events.push(closed(resolution, None));
    }

    /// Ends a vote at `at`: counts it, and does what follows (D9).
    pub(in crate::state) fn close(
        &mut self,
        number: Number,
        at: Timestamp,
        events: &mut Vec<Event>,
    ) {
        self.time = self.time.max(at);
        let Some(mut resolution) = self.resolutions.remove(&number) else {
            return;
        };
        if let Some(deadline) = resolution.deadline {
            self.open.remove(&(deadline, number));
        }
        let tally = resolution.tally(|slug| self.is_voting(slug));
        resolution.phase = tally.outcome();
        resolution.closed = Some(at);
        resolution.result = Some(tally);
        if resolution.size == Some(Size::Large) {
            self.large.push(number);
        }
        let mut followed = Vec::new();
        if resolution.phase == Phase::Passed {
            resolution.effect = Some(self.take_effect(number, &resolution.kind, &mut followed));
        } else {
            self.decline(&resolution, &mut followed);
        }
        events.push(closed(&resolution, Some(tally)));
        events.append(&mut followed);
        self.resolutions.insert(number, resolution);
    }

    /// D10: numbers follow each other, from the highest that was ever used.
    pub(super) fn next_number(&self) -> Number {
        self.resolutions
            .keys()
            .next_back()
            .map_or(1, |last| last + 1)
    }
}

fn closed(resolution: &Resolution, tally: Option<Tally>) -> Event {
    let without_effect = match &resolution.effect {
        Some(Effect::None { why }) => Some(why.clone()),
        _ => None,
    };
    Event::Closed {
        resolution: resolution.number,
        title: resolution.title.clone(),
        phase: resolution.phase,
        tally,
        without_effect,
    }
}
