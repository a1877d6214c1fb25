//! What an entry that the rules took does to the state.

mod history;
mod hub;
mod members;
mod recipes;
mod resolutions;

use super::{Event, State};
use crate::{
    entry::{Author, Body, Entry},
    ids::Slug,
};

impl State {
    /// Writes what [`State::check`] let through.
    pub(in crate::state) fn write(&mut self, entry: &Entry, events: &mut Vec<Event>) {
        match &entry.author {
            Author::Hub => self.write_hub(&entry.body, events),
            Author::Collective(slug) => self.write_collective(slug, &entry.body, events),
        }
    }

    fn write_collective(&mut self, slug: &Slug, body: &Body, events: &mut Vec<Event>) {
        match body {
            Body::Apply(application) => self.apply_to_join(slug, application, events),
            Body::Profile(profile) => self.rename(slug, profile, events),
            Body::Leave => self.leave(slug, events),
            Body::RotateKey { key, .. } => self.replace_key(slug, *key, events),
            Body::Draft(content) => {
                self.begins(slug);
                self.draft(self.next_number(), slug, content, events);
            }
            Body::Revise {
                resolution,
                content,
            } => self.draft(*resolution, slug, content, events),
            Body::Propose {
                draft,
                content,
                deadline,
            } => {
                if draft.is_none() {
                    self.begins(slug);
                }
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
                self.escalate(slug, *resolution, reason, events);
            }
            Body::Withdraw { resolution, reason } => self.withdraw(*resolution, reason, events),
            Body::Close { resolution } => self.close(*resolution, self.time, events),
            Body::Import { resolutions } => self.import(slug, resolutions, events),
            Body::AcceptHub { .. } => self.accept_hub(slug, events),
            _ => self.write_recipes(slug, body, events),
        }
    }
}
