//! What changes about a collective.

use crate::{
    entry::{Application, Author, Profile},
    ids::Slug,
    key::PublicKey,
    state::{Change, Collective, Event, State, Status},
};

impl State {
    pub(super) fn apply_to_join(
        &mut self,
        slug: &Slug,
        application: &Application,
        events: &mut Vec<Event>,
    ) {
        let author = Author::Collective(slug.clone());
        self.keys.insert(application.key, author);
        let applied = Collective::applied(slug.clone(), application.clone(), self.time);
        self.collectives.insert(slug.clone(), applied);
        events.push(Event::Applied {
            collective: slug.clone(),
        });
    }

    pub(super) fn rename(&mut self, slug: &Slug, profile: &Profile, events: &mut Vec<Event>) {
        if let Some(own) = self.collectives.get_mut(slug) {
            own.profile = profile.clone();
        }
        events.push(Event::Noted);
    }

    pub(in crate::state) fn become_status(
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
