//! Messages that wait for somebody who has not got them yet.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{config::Topic, error::NotifyError, limits::MAX_WAITING, notice::Notice, text::Text};

/// A message as it is sent, so that a newer hub can still send what an older one meant to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    /// The same for the same thing: who gets it twice can tell.
    pub(super) id: String,
    pub(super) topic: Topic,
    /// What a webhook gets.
    pub(super) json: String,
    pub(super) plain: String,
    pub(super) html: String,
    /// It is of no use from then on.
    until: Option<Timestamp>,
    /// Who has not got it yet.
    to: BTreeSet<String>,
}

/// What waits, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Outbox(Vec<Message>);

/// The JSON of a webhook: the notice, and what people read.
#[derive(Serialize)]
struct Body<'n> {
    #[serde(flatten)]
    notice: &'n Notice,
    text: &'n str,
}

impl Message {
    pub(super) fn of(notice: &Notice, to: BTreeSet<String>) -> Self {
        let text = Text::of(notice);
        let plain = text.plain();
        let body = Body {
            notice,
            text: &plain,
        };
        Self {
            id: notice.id.clone(),
            topic: notice.topic(),
            // Texts, numbers and lists always have a JSON form.
            json: serde_json::to_string(&body).unwrap_or_default(),
            html: text.html(),
            until: notice.useless_from(),
            plain,
            to,
        }
    }

    /// Whether it still tells anybody anything.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Outbox {
    /// Puts a message at the end, and drops what it replaces and what is too much; the latter is said.
    pub(super) fn put(&mut self, message: Message) -> Vec<NotifyError> {
        if message.to.is_empty() {
            return Vec::new();
        }
        if message.topic == Topic::Digest {
            self.0.retain(|old| old.topic != Topic::Digest);
        }
        self.0.push(message);
        let too_many = self.0.len().saturating_sub(MAX_WAITING);
        self.0.drain(..too_many).map(dropped).collect()
    }

    /// The next message for somebody.
    pub(super) fn next(&self, to: &str) -> Option<&Message> {
        self.0.iter().find(|message| message.to.contains(to))
    }

    /// Somebody got a message, or will not.
    pub(super) fn done(&mut self, id: &str, to: &str) {
        for message in self.0.iter_mut().filter(|message| message.id == id) {
            message.to.remove(to);
        }
        self.0.retain(|message| !message.to.is_empty());
    }

    /// Forgets those that are not told anything any more.
    pub(super) fn only_for(&mut self, known: &BTreeSet<String>) {
        for message in &mut self.0 {
            message.to.retain(|name| known.contains(name));
        }
        self.0.retain(|message| !message.to.is_empty());
    }
}

fn dropped(message: Message) -> NotifyError {
    let to: Vec<_> = message.to.into_iter().collect();
    NotifyError::Dropped {
        id: message.id,
        to: to.join(", "),
    }
}
