//! Entries that this agent has handed in: to know them again in the log, and to tell whoever waits for one.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use allot_ledger::{Digest, Envelope, state::Event};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::home::{FileError, Home};
use crate::limits::SENT_KEPT;

const FILE: &str = "sent.json";

/// An entry of the log, as it was folded here.
#[derive(Debug, Clone)]
pub struct Folded {
    /// Where it is.
    pub index: u64,
    /// When the hub took it.
    pub time: Timestamp,
    /// What followed.
    pub events: Vec<Event>,
}

/// An entry that was handed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    /// SHA-256 of the envelope.
    envelope: Digest,
    /// Who asked for it.
    by: String,
}

/// All of them, on disk before they are sent.
#[derive(Debug)]
pub struct Sent {
    home: Home,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    own: VecDeque<Own>,
    waiting: HashMap<Digest, oneshot::Sender<Folded>>,
}

impl Sent {
    /// Those on disk; none when they cannot be read: then this agent takes its own entries for another one's.
    #[must_use]
    pub fn open(home: Home) -> Self {
        let own = home.read_json(FILE).unwrap_or_else(|error| {
            tracing::warn!(
                code = error.code(),
                "what was written here is forgotten: {error}"
            );
            None
        });
        let inner = Inner {
            own: own.unwrap_or_default(),
            waiting: HashMap::new(),
        };
        Self {
            home,
            inner: Mutex::new(inner),
        }
    }

    /// Notes that an entry is about to be handed in, and gives what resolves once it is in the own copy of the log.
    ///
    /// # Errors
    /// The disk says no.
    pub fn expect(
        &self,
        envelope: &Envelope,
        by: &str,
    ) -> Result<oneshot::Receiver<Folded>, FileError> {
        let (told, folded) = oneshot::channel();
        let id = id(envelope);
        let mut inner = self.lock();
        inner.own.push_back(Own {
            envelope: id,
            by: by.to_owned(),
        });
        let over = inner.own.len().saturating_sub(SENT_KEPT);
        inner.own.drain(..over);
        self.home.write_json(FILE, &inner.own)?;
        // Whoever gave up waiting is forgotten.
        inner.waiting.retain(|_, waiting| !waiting.is_closed());
        inner.waiting.insert(id, told);
        Ok(folded)
    }

    /// Who asked for an entry, when it was handed in here.
    #[must_use]
    pub fn author(&self, envelope: &Envelope) -> Option<String> {
        let id = id(envelope);
        let inner = self.lock();
        let own = inner.own.iter().find(|own| own.envelope == id);
        own.map(|own| own.by.clone())
    }

    /// Tells whoever waits for an entry that it is in the log.
    pub fn tell(&self, envelope: &Envelope, folded: Folded) {
        if let Some(waiting) = self.lock().waiting.remove(&id(envelope)) {
            // Nobody may be waiting any more.
            let _ = waiting.send(folded);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(envelope: &Envelope) -> Digest {
    // An envelope is texts, and always has a JSON form.
    Digest::of(&serde_json::to_vec(envelope).unwrap_or_default())
}
