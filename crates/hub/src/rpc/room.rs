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
    limits::{
        MESSAGES, MESSAGES_PER_AGENT, MESSAGES_PER_COLLECTIVE, ROOM_PATIENCE, TEXTS,
        TEXTS_PER_AGENT, TEXTS_PER_COLLECTIVE,
    },
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
    _ours: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Share {
    all: Arc<Semaphore>,
    /// By agent. They are in the log, so there are not many.
    agents: Parts,
    /// By collective: who has many agents has no more of the hub for that.
    collectives: Parts,
}

/// Room of each of many.
#[derive(Debug)]
struct Parts {
    each: usize,
    of: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            messages: Share::new(MESSAGES, MESSAGES_PER_COLLECTIVE, MESSAGES_PER_AGENT),
            texts: Share::new(TEXTS, TEXTS_PER_COLLECTIVE, TEXTS_PER_AGENT),
        }
    }
}

impl Room {
    /// Takes room for a call, and waits a moment for it.
    ///
    /// # Errors
    /// The agent or its collective has as much under way as it may, or all of them together have.
    pub async fn take(&self, peer: &Peer, weight: Weight) -> Result<Taken, HubError> {
        let share = match weight {
            Weight::Text => &self.texts,
            Weight::Light | Weight::Entry | Weight::Stream => &self.messages,
        };
        let collective = peer.collective().to_string();
        share
            .take(peer.to_string(), collective, weight.bytes())
            .await
    }
}

impl Share {
    fn new(all: usize, collective: usize, agent: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            agents: Parts::new(agent),
            collectives: Parts::new(collective),
        }
    }

    async fn take(
        &self,
        agent: String,
        collective: String,
        bytes: usize,
    ) -> Result<Taken, HubError> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let until = Instant::now() + ROOM_PATIENCE;
        // They are never closed, so that there is either room or none.
        let own = timeout_at(until, self.agents.of(&agent).acquire_many_owned(bytes)).await;
        let Ok(Ok(_own)) = own else {
            let what = "agent";
            return Err(HubError::TooMuchAtOnce { who: agent, what });
        };
        let ours = self.collectives.of(&collective).acquire_many_owned(bytes);
        let Ok(Ok(_ours)) = timeout_at(until, ours).await else {
            let (who, what) = (collective, "collective");
            return Err(HubError::TooMuchAtOnce { who, what });
        };
        let all = Arc::clone(&self.all);
        match timeout_at(until, all.acquire_many_owned(bytes)).await {
            Ok(Ok(_of_all)) => Ok(Taken {
                _own,
                _ours,
                _of_all,
            }),
            _ => Err(HubError::Overloaded),
        }
    }
}

impl Parts {
    fn new(each: usize) -> Self {
        let of = Mutex::default();
        Self { each, of }
    }

    fn of(&self, who: &str) -> Arc<Semaphore> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let own = of.entry(who.to_owned());
        Arc::clone(own.or_insert_with(|| Arc::new(Semaphore::new(self.each))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(share: &Share, agent: &str, bytes: usize) -> Result<Taken, &'static str> {
        let collective = agent.split('/').next().unwrap().to_owned();
        let taken = share.take(agent.to_owned(), collective, bytes).await;
        taken.map_err(|error| error.code())
    }

    #[tokio::test(start_paused = true)]
    async fn one_agent_leaves_room_for_others() {
        let share = Share::new(10, 8, 4);
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
    async fn a_collective_with_many_agents_leaves_room_for_others() {
        let share = Share::new(10, 6, 4);
        let first = take(&share, "a/1", 4).await.unwrap();
        assert_eq!(take(&share, "a/2", 3).await.unwrap_err(), "AL-8731");
        let _second = take(&share, "a/3", 2).await.unwrap();
        let _other = take(&share, "b/1", 4).await.unwrap();
        drop(first);
        assert!(take(&share, "a/2", 3).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_has_room_once_there_is_some() {
        let share = Share::new(10, 8, 4);
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
