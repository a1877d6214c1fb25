//! The throw-away stack.

mod ask;
mod beside;
mod clear;
mod deploy;
mod lint;
mod probe;

use std::{collections::BTreeMap, sync::Arc};

use super::{book::Teller, subject::Subject};
use crate::app::{Agent, model::Actor};

pub(super) use clear::sweep;

/// The throw-away stack of one test.
pub(super) struct Stage {
    agent: Arc<Agent>,
    /// Name of the app, which is the stack's and the domain too.
    pub(super) name: String,
    /// What is tested.
    pub(super) subject: Subject,
    /// Variables that the caller sets.
    set: BTreeMap<String, String>,
    actor: Actor,
    teller: Teller,
}

/// When a script runs: what it finds as `PHASE` in its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// After the candidate was deployed anew.
    Fresh,
    /// While the previous release runs.
    Before,
    /// After the upgrade to the candidate.
    Upgraded,
    /// After the previous release was deployed again.
    RolledBack,
}

impl When {
    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Before => "before-upgrade",
            Self::Upgraded => "upgraded",
            Self::RolledBack => "rolled-back",
        }
    }
}

impl Stage {
    pub(super) fn new(
        agent: Arc<Agent>,
        name: String,
        subject: Subject,
        set: BTreeMap<String, String>,
        actor: Actor,
        teller: Teller,
    ) -> Self {
        Self {
            agent,
            name,
            subject,
            set,
            actor,
            teller,
        }
    }

    pub(super) fn agent(&self) -> &Arc<Agent> {
        &self.agent
    }

    /// What scripts find in their environment.
    fn environment(&self, service: &str, when: When) -> Vec<String> {
        vec![
            format!("DOMAIN={}", self.name),
            format!("STACK_NAME={}", self.name),
            format!("SERVICE={}", self.full(service)),
            format!("PHASE={}", when.name()),
        ]
    }

    /// A service's name on the swarm.
    fn full(&self, service: &str) -> String {
        format!("{}_{service}", self.name)
    }
}
