//! Memory for messages. A call takes as much as its message or its answer may have before a byte of it is read, and
//! keeps it until the answer was taken: whoever says much and never ends, or asks for much and reads nothing, fills what
//! there is for one agent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use allot_identity::Peer;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::methods::Weight;
use crate::{
    app::HubError,
    limits::{MESSAGES, MESSAGES_PER_AGENT, ROOM_PATIENCE, TEXTS, TEXTS_PER_AGENT},
};

/// Room for all messages. Texts have theirs apart, so that none of them is in an entry's way.
#[derive(Debug)]
pub struct Room {
    messages: Share,
    texts: Share,
}

/// Room that a call has taken.
#[derive(Debug)]
pub struct Taken {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Share {
    all: Arc<Semaphore>,
    each: usize,
    /// By agent. They are in the log, so there are not many.
    agents: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            messages: Share::new(MESSAGES, MESSAGES_PER_AGENT),
            texts: Share::new(TEXTS, TEXTS_PER_AGENT),
        }
    }
}

impl Room {
    /// Takes room for a call, and waits a moment for it.
    ///
    /// # Errors
    /// The agent has as much under way as it may, or all of them together have.
    pub async fn take(&self, peer: &Peer, weight: Weight) -> Result<Taken, HubError> {
        let share = match weight {
            Weight::Text => &self.texts,
            Weight::Light | Weight::Entry | Weight::Stream => &self.messages,
        };
        share.take(peer.to_string(), weight.bytes()).await
    }
}

impl Share {
    fn new(all: usize, each: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            each,
            agents: Mutex::default(),
        }
    }

    async fn take(&self, agent: String, bytes: usize) -> Result<Taken, HubError> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let until = Instant::now() + ROOM_PATIENCE;
        // They are never closed, so that there is either room or none.
        let own = timeout_at(until, self.of(&agent).acquire_many_owned(bytes)).await;
        let Ok(Ok(_own)) = own else {
            return Err(HubError::TooMuchAtOnce { agent });
        };
        let all = Arc::clone(&self.all);
        match timeout_at(until, all.acquire_many_owned(bytes)).await {
            Ok(Ok(_of_all)) => Ok(Taken { _own, _of_all }),
            _ => Err(HubError::Overloaded),
        }
    }

    fn of(&self, agent: &str) -> Arc<Semaphore> {
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        let own = agents.entry(agent.to_owned());
        Arc::clone(own.or_insert_with(|| Arc::new(Semaphore::new(self.each))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(share: &Share, agent: &str, bytes: usize) -> Result<Taken, &'static str> {
        let taken = share.take(agent.to_owned(), bytes).await;
        taken.map_err(|error| error.code())
    }

    #[tokio::test(start_paused = true)]
    async fn one_agent_leaves_room_for_others() {
        let share = Share::new(10, 4);
        let first = take(&share, "a", 4).await.unwrap();
        assert_eq!(take(&share, "a", 1).await.unwrap_err(), "AL-8731");
        let _second = take(&share, "b", 4).await.unwrap();
        assert_eq!(take(&share, "c", 4).await.unwrap_err(), "AL-8701");
        drop(first);
        // Who was refused has kept nothing.
        assert!(take(&share, "c", 4).await.is_ok());
        assert!(take(&share, "a", 4).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_has_room_once_there_is_some() {
        let share = Share::new(10, 4);
        let first = take(&share, "a", 4).await.unwrap();
        let waits = take(&share, "a", 4);
        let ends = async {
            tokio::time::sleep(ROOM_PATIENCE / 2).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(waits, ends);
        assert!(second.is_ok());
    }
}
