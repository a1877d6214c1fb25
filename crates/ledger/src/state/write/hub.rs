//! What the hub wrote, and members accepting a new one (L8, L9).

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
                if let Some(known) = self.collectives.get_mut(collective) {
                    known.paid_until = known.paid_until.max(Some(*paid_until));
                }
                events.push(Event::DuesSeen {
                    collective: collective.clone(),
                    paid_until: *paid_until,
                });
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
        if enough {
            self.hub = pending.keys.clone();
            self.pending_hub = None;
        }
        events.push(Event::HubAccepted {
            by: slug.clone(),
            enough,
        });
    }
}
