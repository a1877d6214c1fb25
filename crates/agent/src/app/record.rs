//! What the journal holds: one record for each thing that happened.
//!
//! Records are JSON with a `type`; new kinds may be added, a known kind only grows optional fields. No record ever
//! holds a secret's value or a container's log.

use serde::{Deserialize, Serialize};

use super::model::{App, EnvRevision, Generation, Moment, Operation, Verdict};

/// One journaled fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// An app was registered, with the first revision of its env.
    AppCreated {
        /// The app.
        app: App,
        /// Its env.
        env: EnvRevision,
    },
    /// An app's env has a new revision.
    EnvChanged {
        /// Name of the app.
        app: String,
        /// Version or commit that the env names now.
        env_version: String,
        /// The new revision.
        env: EnvRevision,
    },
    /// An app is gone for good; its history stays readable.
    AppRemoved {
        /// Name of the app.
        app: String,
        /// When.
        at: Moment,
    },
    /// An operation is about to touch the engine.
    OperationStarted {
        /// The operation.
        operation: Operation,
    },
    /// The engine acknowledged steps of an operation. Written once per phase (what services need, services), so
    /// after a crash more may have been done than stands here, never less.
    StepsDone {
        /// Id of the operation.
        operation: String,
        /// What was done, such as `create service a_web`.
        steps: Vec<String>,
    },
    /// An operation ended.
    OperationEnded {
        /// Id of the operation.
        operation: String,
        /// When.
        at: Moment,
        /// How.
        verdict: Verdict,
    },
    /// A stack converged and can be gone back to.
    GenerationStored {
        /// Name of the app.
        app: String,
        /// What converged.
        generation: Generation,
    },
}
