//! What an entry that the rules took does to the state.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::SignedDuration;

use super::{
    Ballot, Barred, Change, Collective, Event, PendingHub, Phase, Resolution, Source, State,
    Status, Tally, WrittenDates, resolution::Threshold,
};
use crate::{
    entry::{Author, Body, Choice, Content, Entry, Imported, ImportedState, Kind, Number, Size},
    ids::{Digest, Slug},
    key::{PublicKey, SecretKey},
};

impl State {
    /// Writes what [`State::check`] let through.
    pub(super) fn write(&mut self, entry: &Entry, events: &mut Vec<Event>) {
        match &entry.author {
            Author::Hub => self.write_hub(&entry.body, events),
            Author::Collective(slug) => self.write_collective(slug, &entry.body, events),
        }
    }

    fn write_hub(&mut self, body: &Body, events: &mut Vec<Event>) {
        match body {
            Body::Evict {
                collective,
                agent,
                reason,
            } => self.bar(collective, agent, reason, false, events),
            Body::Ban {
                collective,
                agent,
                reason,
            } => self.bar(collective, agent, reason, true, events),
            Body::Dues {
                collective,
                paid_until,
            } => {
                if let Some(known) = self.collectives.get_mut(collective) {
                    known.paid_until = known.paid_until.max(Some(*paid_until));
                }
                events.push(Event::Noted);
            }
            Body::HubReplaced { hub } => {
                for key in [hub.log, hub.clock, hub.entries] {
                    self.keys.insert(key, Author::Hub);
                }
                self.pending_hub = Some(PendingHub {
                    keys: (**hub).clone(),
                    accepted: Default::default(),
                });
                events.push(Event::HubReplaced);
            }
            _ => {}
        }
    }

    fn write_collective(&mut self, slug: &Slug, body: &Body, events: &mut Vec<Event>) {
        match body {
            Body::Apply(application) => {
                let author = Author::Collective(slug.clone());
                self.keys.insert(application.key, author);
                let applied = Collective::applied(slug.clone(), (**application).clone(), self.time);
                self.collectives.insert(slug.clone(), applied);
                events.push(Event::Applied {
                    collective: slug.clone(),
                });
            }
            Body::Profile(profile) => {
                if let Some(own) = self.collectives.get_mut(slug) {
                    own.profile = profile.clone();
                }
                events.push(Event::Noted);
            }
            Body::Leave => self.become_status(slug, Status::Left, Change::Left, events),
            Body::RotateKey { key, .. } => self.replace_key(slug, *key, events),
            Body::Draft(content) => {
                let number = self.next_number();
                let draft = self.drafted(number, slug, content);
                self.resolutions.insert(number, draft);
                self.drafts.insert(number);
                events.push(Event::Drafted {
                    resolution: number,
                    proposer: slug.clone(),
                });
            }
            Body::Revise {
                resolution,
                content,
            } => {
                let draft = self.drafted(*resolution, slug, content);
                self.resolutions.insert(*resolution, draft);
                events.push(Event::Drafted {
                    resolution: *resolution,
                    proposer: slug.clone(),
                });
            }
            Body::Propose {
                draft,
                content,
                deadline,
            } => {
                let number = draft.unwrap_or_else(|| self.next_number());
                let resolution = self.drafted(number, slug, content);
                self.propose(resolution, *deadline, events);
            }
            Body::Vote {
                resolution,
                choice,
                reason,
            } => self.vote(slug, *resolution, *choice, reason.clone(), events),
            Body::Escalate { resolution, reason } => {
                if let Some(found) = self.resolutions.get_mut(resolution) {
                    found.size = Some(Size::Large);
                    found.escalated = Some((slug.clone(), reason.clone()));
                }
                events.push(Event::Escalated {
                    resolution: *resolution,
                    by: slug.clone(),
                });
            }
            Body::Withdraw { resolution, reason } => self.withdraw(*resolution, reason, events),
            Body::Close { resolution } => self.close(*resolution, self.time, events),
            Body::Import { resolutions } => self.import(slug, resolutions, events),
            Body::AcceptHub { .. } => self.accept_hub(slug, events),
            _ => {}
        }
    }

    fn bar(
        &mut self,
        collective: &Slug,
        agent: &str,
        reason: &str,
        for_good: bool,
        events: &mut Vec<Event>,
    ) {
        let agents = self.barred.entry(collective.clone()).or_default();
        // Whoever was banned stays banned.
        let for_good = for_good || agents.get(agent).is_some_and(|b| b.for_good);
        let barred = Barred {
            since: self.time,
            for_good,
            reason: reason.to_owned(),
        };
        agents.insert(agent.to_owned(), barred);
        let how = if for_good {
            Change::AgentBanned
        } else {
            Change::AgentEvicted
        };
        events.push(Event::RightsChanged {
            collective: collective.clone(),
            how,
        });
    }

    fn drafted(&self, number: Number, slug: &Slug, content: &Content) -> Resolution {
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

    fn propose(
        &mut self,
        mut resolution: Resolution,
        deadline: jiff::Timestamp,
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
        let usual = SignedDuration::from_hours(24 * i64::from(self.rules.days_open));
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

    fn vote(
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

    fn withdraw(&mut self, number: Number, reason: &str, events: &mut Vec<Event>) {
        let Some(resolution) = self.resolutions.get_mut(&number) else {
            return;
        };
        resolution.phase = Phase::Withdrawn;
        self.drafts.remove(&number);
        resolution.closed = Some(self.time);
        resolution.withdrawn = Some(reason.to_owned());
        if let Some(deadline) = resolution.deadline {
            self.open.remove(&(deadline, number));
        }
        events.push(closed(resolution, None));
    }

    /// Ends a vote at `at`: counts it, and does what follows (D9).
    pub(super) fn close(&mut self, number: Number, at: jiff::Timestamp, events: &mut Vec<Event>) {
        self.time = self.time.max(at);
        let Some(mut resolution) = self.resolutions.remove(&number) else {
            return;
        };
        if let Some(deadline) = resolution.deadline {
            self.open.remove(&(deadline, number));
        }
        let voting = |slug: &Slug| {
            self.collectives
                .get(slug)
                .is_some_and(Collective::is_voting)
        };
        let tally = resolution.tally(voting);
        resolution.phase = tally.outcome();
        resolution.closed = Some(at);
        resolution.result = Some(tally);
        if resolution.size == Some(Size::Large) {
            self.large.push(number);
        }
        let mut followed = Vec::new();
        if resolution.phase == Phase::Passed {
            resolution.effect = Some(self.take_effect(number, &resolution.kind, &mut followed));
        }
        events.push(closed(&resolution, Some(tally)));
        events.append(&mut followed);
        self.resolutions.insert(number, resolution);
    }

    fn import(&mut self, slug: &Slug, imported: &[Imported], events: &mut Vec<Event>) {
        for (item, one) in (0..).zip(imported) {
            let resolution = Resolution {
                title: one.title.clone(),
                size: one.size,
                source: Source {
                    entry: self.size,
                    item,
                },
                phase: match one.state {
                    ImportedState::Draft => Phase::Draft,
                    ImportedState::InProgress => Phase::Open,
                    ImportedState::Passed => Phase::Passed,
                    ImportedState::Stalled => Phase::Stalled,
                },
                imported: Some(WrittenDates {
                    date: one.date.clone(),
                    deadline: one.deadline.clone(),
                    passed_on: one.passed_on.clone(),
                }),
                ..self.drafted(one.number, slug, &history())
            };
            self.resolutions.insert(one.number, resolution);
        }
        events.push(Event::Imported {
            resolutions: imported.iter().map(|one| one.number).collect(),
        });
    }

    fn accept_hub(&mut self, slug: &Slug, events: &mut Vec<Event>) {
        let needed = self.acceptances_needed();
        let voting: Vec<_> = self.members().map(|c| c.slug.clone()).collect();
        let Some(pending) = &mut self.pending_hub else {
            return;
        };
        pending.accepted.insert(slug.clone());
        let accepted = voting
            .iter()
            .filter(|slug| pending.accepted.contains(*slug));
        let enough = accepted.count() >= needed;
        if enough {
            self.hub = pending.keys.clone();
            self.pending_hub = None;
        }
        events.push(Event::HubAccepted {
            by: slug.clone(),
            enough,
        });
    }

    pub(super) fn become_status(
        &mut self,
        slug: &Slug,
        status: Status,
        how: Change,
        events: &mut Vec<Event>,
    ) {
        if let Some(known) = self.collectives.get_mut(slug) {
            known.becomes(status, self.time);
        }
        events.push(Event::RightsChanged {
            collective: slug.clone(),
            how,
        });
    }

    pub(super) fn replace_key(&mut self, slug: &Slug, key: PublicKey, events: &mut Vec<Event>) {
        if let Some(known) = self.collectives.get_mut(slug) {
            known.key = key;
        }
        self.keys.insert(key, Author::Collective(slug.clone()));
        events.push(Event::RightsChanged {
            collective: slug.clone(),
            how: Change::KeyReplaced,
        });
    }

    /// D10: numbers follow each other, from the highest that was ever used.
    fn next_number(&self) -> Number {
        self.resolutions
            .keys()
            .next_back()
            .map_or(1, |last| last + 1)
    }
}

/// What an imported resolution is drafted from; all that it says is filled in after.
fn history() -> Content {
    Content {
        title: String::new(),
        size: Size::Large,
        kind: Kind::Text,
        text: crate::entry::Text::Inline(String::new()),
    }
}

fn closed(resolution: &Resolution, tally: Option<Tally>) -> Event {
    let without_effect = match &resolution.effect {
        Some(super::Effect::None { why }) => Some(why.clone()),
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

/// What a new key signs to take an old one's place: nobody can be given a key that somebody else holds.
fn rotation(federation: Digest, old: &PublicKey) -> Vec<u8> {
    format!("allotment rotate-key\n{federation}\n{old}\n").into_bytes()
}

/// The new key's signature for [`Body::RotateKey`].
#[must_use]
pub fn prove_rotation(federation: Digest, old: &PublicKey, new: &SecretKey) -> String {
    BASE64_STANDARD.encode(new.sign(&rotation(federation, old)))
}

pub(super) fn proves_rotation(
    federation: Digest,
    old: &PublicKey,
    new: &PublicKey,
    proof: &str,
) -> bool {
    let signature = BASE64_STANDARD.decode(proof).ok();
    let signature = signature.and_then(|s| <[u8; 64]>::try_from(s).ok());
    signature.is_some_and(|s| new.verifies(&rotation(federation, old), &s))
}
