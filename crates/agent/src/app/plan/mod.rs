//! A plan: exactly what an operation will do, as a value with a hash.
//!
//! Making one only reads. Applying it makes it again from the swarm as it is then, with the same answers of registries,
//! and goes on only if both have the same hash: a plan never does what was not shown.

mod deploy;
mod images;
mod lint;
mod objects;
mod services;
mod shelf;
mod undeploy;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use deploy::{Current, DeployOptions, plan_deploy};
pub use images::{Answers, ResolveImage, ask};
pub use lint::lint;
pub use objects::{BASE_NAME_LABEL, ObjectPlan, Payload, kind_name};
pub use services::{ServicePlan, credential_config, image};
pub use shelf::Shelf;
pub use undeploy::{plan_remove, plan_undeploy};

use super::{
    desired::{MissingVariable, Note, Notice, Pin},
    model::OperationKind,
};

/// Something that forbids to apply a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Stable error code.
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub help: String,
}

/// What an operation will do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names exactly this plan against exactly this state of the swarm, hex SHA-256.
    pub hash: String,
    /// What kind of operation.
    pub kind: OperationKind,
    /// Name of the app.
    pub app: String,
    /// Name of the stack.
    pub stack: String,
    /// Recipe that is deployed; `None` for other kinds.
    pub pin: Option<Pin>,
    /// Version that runs now; empty when none does.
    pub current_version: String,
    /// Commit that runs now, when known.
    pub current_commit: String,
    /// Compose files in their order.
    pub compose_files: Vec<String>,
    /// Revision of the env.
    pub env_revision: u64,
    /// Services, by name.
    pub services: Vec<ServicePlan>,
    /// Networks, secrets, configs and volumes.
    pub objects: Vec<ObjectPlan>,
    /// Variables of the sample that the app's env lacks.
    pub env_missing: Vec<MissingVariable>,
    /// Notes of the versions between the current one and the new one.
    pub release_notes: Vec<Note>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// What forbids to apply it.
    pub blockers: Vec<Blocker>,
    /// How long convergence may take, seconds.
    pub timeout_seconds: u32,
    /// Return once the engine accepted everything.
    pub detach: bool,
}

impl Plan {
    /// Whether applying it would change anything on the swarm.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.step_count() > 0
    }

    /// How many changes it makes.
    #[must_use]
    pub fn step_count(&self) -> usize {
        let objects = self.objects.iter().filter(|o| o.action.changes()).count();
        objects + self.services.iter().filter(|s| s.action.changes()).count()
    }

    /// Computes the hash over what it does and what it found, not over words for people.
    fn seal(mut self) -> Self {
        #[derive(Serialize)]
        struct Sealed<'a> {
            kind: OperationKind,
            app: &'a str,
            stack: &'a str,
            pin: &'a Option<Pin>,
            env_revision: u64,
            services: Vec<services::Fingerprint<'a>>,
            objects: Vec<objects::Fingerprint<'a>>,
            blockers: &'a [Blocker],
            detach: bool,
        }
        let sealed = Sealed {
            kind: self.kind,
            app: &self.app,
            stack: &self.stack,
            pin: &self.pin,
            env_revision: self.env_revision,
            services: self.services.iter().map(ServicePlan::fingerprint).collect(),
            objects: self.objects.iter().map(ObjectPlan::fingerprint).collect(),
            blockers: &self.blockers,
            detach: self.detach,
        };
        // Through `Value`, whose maps are sorted: the specs hold hash maps, whose order changes.
        let canonical = serde_json::to_value(sealed).unwrap_or_default().to_string();
        self.hash = hex::encode(Sha256::digest(canonical));
        self
    }
}
