//! What changes about a collective.

use crate::{
    entry::{Author, Profile},
    ids::Slug,
    key::PublicKey,
    state::{Change, Collective, Event, State, Status},
};

impl State {
    pub(super) fn rename(&mut self, slug: &Slug, profile: &Profile, events: &mut Vec<Event>) {
        if let Some(own) = self.collectives.get_mut(slug) {
            own.profile = profile.clone();
        }
        events.push(Event::ProfileChanged {
            collective: slug.clone(),
        });
    }

    /// A member leaves (M7), or an applicant takes its application back (M9).
    pub(super) fn leave(&mut self, slug: &Slug, events: &mut Vec<Event>) {
        let applicant = |c: &Collective| c.status == Status::Applied;
        if self.collectives.get(slug).is_some_and(applicant) {
            self.take_back(slug, events);
        } else {
            self.rights_become(slug, Status::Left, Change::Left, events);
        }
    }

    pub(in crate::state) fn rights_become(
        &mut self,
        slug: &Slug,
        status: Status,
        how: Change,
        events: &mut Vec<Event>,
    ) {
        self.become_status(slug, status);
        let collective = slug.clone();
        events.push(Event::RightsChanged { collective, how });
        if matches!(status, Status::Left | Status::Excluded) {
            self.drop_steward(slug, events);
        }
    }

    pub(in crate::state) fn become_status(&mut self, slug: &Slug, status: Status) {
        let Some(known) = self.collectives.get_mut(slug) else {
            return;
        };
        if let Some(ends) = known.application_ends() {
            self.waiting.remove(&(ends, slug.clone()));
        }
        known.becomes(status, self.time);
    }

    pub(in crate::state) fn replace_key(
        &mut self,
        slug: &Slug,
        key: PublicKey,
        events: &mut Vec<Event>,
    ) {
        if let Some(known) = self.collectives.get_mut(slug) {
            known.key = key;
        }
        self.keys.insert(key, Author::Collective(slug.clone()));
        events.push(Event::RightsChanged {
            collective: slug.clone(),
            how: Change::KeyReplaced,
        });
    }
}
