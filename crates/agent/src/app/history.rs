//! What was done to an app.

use super::{
    Agent,
    error::Result,
    event::{Event, What},
    model::{EnvRevision, Operation},
};
use crate::limits::MAX_HISTORY;

/// One thing that was done to an app.
#[derive(Debug, Clone)]
pub enum Happened {
    /// An operation.
    Operation(Box<Operation>),
    /// A new revision of the env; the first one came with the app.
    Env(EnvRevision),
}

impl Happened {
    fn at(&self) -> super::model::Moment {
        match self {
            Self::Operation(operation) => operation.started_at,
            Self::Env(env) => env.at,
        }
    }
}

impl Agent {
    /// Lists what was done to an app, newest first. Of an app that was removed, its operations.
    ///
    /// # Errors
    /// Nobody ever heard of that app, or the index cannot be read.
    pub fn history(&self, app: &str, limit: usize) -> Result<Vec<Happened>> {
        let operations = self.registry.operations(app)?;
        let known = match self.registry.app(app) {
            Ok(known) => Some(known),
            Err(error) if operations.is_empty() => return Err(error),
            Err(_) => None,
        };
        let mut history: Vec<Happened> = operations
            .into_iter()
            .map(|o| Happened::Operation(Box::new(o)))
            .collect();
        if let Some(app) = known {
            history.extend(
                self.registry
                    .env_revisions(&app)?
                    .into_iter()
                    .map(Happened::Env),
            );
        }
        history.sort_by_key(|h| std::cmp::Reverse(h.at()));
        history.truncate(limit.min(MAX_HISTORY));
        Ok(history)
    }

    /// The beginning and the end of an operation that nobody watches any more.
    ///
    /// # Errors
    /// There is no such operation, or the index cannot be read.
    pub fn story(&self, id: &str) -> Result<Vec<Event>> {
        let operation = self.registry.operation(id)?;
        let ended = operation.ended.clone();
        let at = operation.started_at;
        let started = What::Started {
            operation: Box::new(operation),
            timeout_seconds: 0,
        };
        let mut events = vec![Event {
            sequence: 0,
            at,
            what: started,
        }];
        if let Some(ended) = ended {
            events.push(Event {
                sequence: 1,
                at: ended.at,
                what: What::Verdict(Box::new(ended.verdict)),
            });
        }
        Ok(events)
    }
}
