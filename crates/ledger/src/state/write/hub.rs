//! What the hub wrote, and members accepting a new one (L8, L9, D17).

use jiff::{SignedDuration, Timestamp};

use crate::{
    entry::{Author, Body},
    ids::Slug,
    state::{Barred, Change, Event, PendingHub, State},
};

impl State {
    pub(super) fn write_hub(&mut self, body: &Body, events: &mut Vec<Event>) {
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
                let before = self
                    .collectives
                    .get_mut(collective)
                    .and_then(|known| known.paid_until.replace(*paid_until));
                events.push(Event::DuesSeen {
                    collective: collective.clone(),
                    paid_until: *paid_until,
                    corrects: before.filter(|before| before > paid_until),
                });
            }
            Body::HubReplaced { hub } => {
                for key in [hub.log, hub.clock, hub.entries] {
                    self.keys.insert(key, Author::Hub);
                }
                // One that takes the place of another that waited: members have waited since before that one.
                let since = self.pending_hub.as_ref().map_or(self.written, |p| p.since);
                self.pending_hub = Some(PendingHub {
                    keys: (**hub).clone(),
                    accepted: Default::default(),
                    since,
                });
                events.push(Event::HubReplaced);
            }
            _ => self.write_seen(body, events),
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
        let agent = agent.to_owned();
        let how = if for_good {
            Change::AgentBanned { agent }
        } else {
            Change::AgentEvicted { agent }
        };
        events.push(Event::RightsChanged {
            collective: collective.clone(),
            how,
        });
    }

    pub(super) fn accept_hub(&mut self, slug: &Slug, events: &mut Vec<Event>) {
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
        let since = pending.since;
        if enough {
            self.hub = pending.keys.clone();
            self.pending_hub = None;
        }
        events.push(Event::HubAccepted {
            by: slug.clone(),
            enough,
        });
        if enough {
            self.make_up_for(self.time.duration_since(since), events);
        }
    }

    /// D17: gives each open vote the time again in which nobody could vote.
    fn make_up_for(&mut self, lost: SignedDuration, events: &mut Vec<Event>) {
        for (before, number) in std::mem::take(&mut self.open) {
            let deadline = before.checked_add(lost).unwrap_or(Timestamp::MAX);
            self.open.insert((deadline, number));
            if let Some(resolution) = self.resolutions.get_mut(&number) {
                resolution.deadline = Some(deadline);
            }
            events.push(Event::DeadlineMoved {
                resolution: number,
                before,
                deadline,
            });
        }
    }
}
