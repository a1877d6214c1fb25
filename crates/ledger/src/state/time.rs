//! What ends by time alone (D9, M9), and what does not while a new hub waits (D17).

use jiff::Timestamp;

use super::{Event, State};
use crate::{entry::Number, ids::Slug};

/// Something that ends.
enum Due {
    Vote(Number),
    Application(Slug),
}

impl State {
    /// Lets time pass: ends what is due by `to`, and says what followed. Going back does nothing.
    pub fn advance(&mut self, to: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some((at, due)) = self.next_due(to) {
            match due {
                Due::Vote(number) => self.close(number, at, &mut events),
                Due::Application(slug) => self.expire(&slug, at, &mut events),
            }
        }
        self.time = self.time.max(to);
        events
    }

    /// Whether [`State::advance`] to this moment would end something.
    #[must_use]
    pub fn is_due(&self, at: Timestamp) -> bool {
        self.next_due(at).is_some()
    }

    /// What ends first, by `to`. At the same moment votes come before applications: they may decide about one.
    fn next_due(&self, to: Timestamp) -> Option<(Timestamp, Due)> {
        // While a new hub waits nobody can block, so nothing passes (D17).
        let counts = self.pending_hub.is_none();
        let vote = self.open.first().filter(|(at, _)| counts && *at <= to);
        let waiting = self.waiting.iter().take_while(|(at, _)| *at <= to);
        let application = waiting
            .into_iter()
            .find(|(_, slug)| !self.is_taken_up(slug));
        match (vote, application) {
            (Some((at, number)), Some((ends, _))) if at <= ends => Some((*at, Due::Vote(*number))),
            (_, Some((ends, slug))) => Some((*ends, Due::Application(slug.clone()))),
            (vote, None) => vote.map(|(at, number)| (*at, Due::Vote(*number))),
        }
    }
}
