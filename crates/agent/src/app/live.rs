//! Operations under way: who holds an app, and what has been told so far.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{Stream, stream};
use tokio::sync::watch;

use super::{
    error::{AppError, Result},
    event::{Event, What},
    model::{Moment, Operation},
};
use crate::limits::{EVENTS_PER_OPERATION, FINISHED_OPERATIONS};

/// One operation's story, growing until its verdict.
pub struct LiveOperation {
    /// The operation as it began.
    pub operation: Operation,
    events: Mutex<Vec<Event>>,
    told: watch::Sender<Told>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Told {
    count: usize,
    over: bool,
}

impl LiveOperation {
    fn new(operation: Operation) -> Arc<Self> {
        Arc::new(Self {
            operation,
            events: Mutex::default(),
            told: watch::Sender::default(),
        })
    }

    /// Tells something to everybody who watches, now or later. Beyond [`EVENTS_PER_OPERATION`] only failures and the
    /// verdict are kept, so that a service that flaps for an hour does not fill memory.
    pub fn tell(&self, at: Moment, what: What) {
        let over = matches!(what, What::Verdict(_));
        let count = {
            let mut events = lock(&self.events);
            if events.len() >= EVENTS_PER_OPERATION
                && matches!(what, What::Progress(_) | What::Step(_))
            {
                return;
            }
            let sequence = events.len() as u64;
            events.push(Event { sequence, at, what });
            events.len()
        };
        self.told.send_replace(Told { count, over });
    }

    /// The whole story from its beginning, and on until the verdict.
    pub fn follow(self: &Arc<Self>) -> impl Stream<Item = Event> + Send + 'static {
        let this = Arc::clone(self);
        let told = self.told.subscribe();
        stream::unfold((this, told, 0), |(this, mut told, next)| async move {
            let state = told
                .wait_for(|t| t.count > next || t.over)
                .await
                .ok()
                .map(|t| *t)?;
            let event = (next < state.count)
                .then(|| lock(&this.events).get(next).cloned())
                .flatten()?;
            Some((event, (this, told, next + 1)))
        })
    }

    fn is_over(&self) -> bool {
        self.told.borrow().over
    }

    /// Nothing follows, whether there was a verdict or not: nobody shall wait for ever.
    fn close(&self) {
        self.told.send_modify(|told| told.over = true);
    }
}

/// The operations that run, at most one per app, and the last few that ended.
#[derive(Default)]
pub struct LiveOperations {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    by_app: BTreeMap<String, Arc<LiveOperation>>,
    finished: VecDeque<Arc<LiveOperation>>,
}

impl LiveOperations {
    /// Takes the app for an operation.
    ///
    /// # Errors
    /// [`AppError::Busy`] while another operation holds it.
    pub fn begin(self: &Arc<Self>, operation: Operation) -> Result<Hold> {
        let mut inner = lock(&self.inner);
        if let Some(holder) = inner.by_app.get(&operation.app) {
            return Err(busy(&holder.operation));
        }
        let live = LiveOperation::new(operation);
        inner
            .by_app
            .insert(live.operation.app.clone(), Arc::clone(&live));
        Ok(Hold {
            all: Arc::clone(self),
            live,
        })
    }

    /// An operation that runs, or ended a short while ago.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<LiveOperation>> {
        let inner = lock(&self.inner);
        inner
            .by_app
            .values()
            .chain(&inner.finished)
            .find(|live| live.operation.id == id)
            .cloned()
    }

    /// What runs now.
    #[must_use]
    pub fn running(&self) -> Vec<Operation> {
        lock(&self.inner)
            .by_app
            .values()
            .map(|live| live.operation.clone())
            .collect()
    }

    fn release(&self, live: &Arc<LiveOperation>) {
        let mut inner = lock(&self.inner);
        inner.by_app.remove(&live.operation.app);
        if live.is_over() {
            inner.finished.push_front(Arc::clone(live));
            inner.finished.truncate(FINISHED_OPERATIONS);
        }
        live.close();
    }
}

/// An app held by an operation; free again when this is dropped, however the operation ends.
pub struct Hold {
    all: Arc<LiveOperations>,
    live: Arc<LiveOperation>,
}

impl Hold {
    /// The operation.
    #[must_use]
    pub fn live(&self) -> &Arc<LiveOperation> {
        &self.live
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.all.release(&self.live);
    }
}

fn busy(holder: &Operation) -> AppError {
    AppError::Busy {
        app: holder.app.clone(),
        kind: holder.kind.name(),
        operation: holder.id.clone(),
        actor: holder.actor.to_string(),
        since: holder.started_at,
    }
}

/// A poisoned lock only means that a reader panicked; the data behind it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
