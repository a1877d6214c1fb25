//! A hand-made engine: services and tasks as it would show them, and a clock that only moves when told.

use std::time::Duration;

use allot_stack::spec::ServiceSpec;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::{Profile, ServiceWatch, StackWatch, Standing};
use crate::engine::{ObservedService, ObservedTask, TaskState, UpdateState, UpdateStatus};

/// Digest of the task template that the operation sent.
pub const NEW: &str = "new";

/// Digest of the one that ran before.
pub const OLD: &str = "old";

pub fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn spec(text: Value) -> ServiceSpec {
    serde_json::from_value(text).unwrap()
}

/// A service of so many replicas that swarm watches for the default time.
pub fn replicated(replicas: u64) -> ServiceSpec {
    spec(json!({"Mode": {"Replicated": {"Replicas": replicas}}}))
}

pub fn task(id: &str, state: TaskState) -> ObservedTask {
    ObservedTask {
        id: id.to_owned(),
        service_id: "web".to_owned(),
        slot: 1,
        node_id: "n1".to_owned(),
        desired: TaskState::Running,
        state,
        message: String::new(),
        error: String::new(),
        exit_code: None,
        container_id: None,
        image: "app:1".to_owned(),
        template_digest: NEW.to_owned(),
        job_iteration: None,
        created_at: format!("2026-01-01T00:00:00Z/{id}"),
        state_at: String::new(),
    }
}

/// A task that ended badly, and that the orchestrator has written off.
pub fn failed(id: &str, slot: u64) -> ObservedTask {
    ObservedTask {
        slot,
        desired: TaskState::Shutdown,
        error: "task: non-zero exit (1)".to_owned(),
        exit_code: Some(1),
        ..task(id, TaskState::Failed)
    }
}

pub fn in_slot(slot: u64, task: ObservedTask) -> ObservedTask {
    ObservedTask { slot, ..task }
}

pub fn of_old_spec(task: ObservedTask) -> ObservedTask {
    ObservedTask {
        template_digest: OLD.to_owned(),
        ..task
    }
}

/// A task that no node can take.
pub fn unplaceable(id: &str) -> ObservedTask {
    ObservedTask {
        node_id: String::new(),
        error: "no suitable node".to_owned(),
        ..task(id, TaskState::Pending)
    }
}

pub fn update(state: UpdateState) -> UpdateStatus {
    UpdateStatus {
        state,
        message: format!("{state:?}"),
        started_at: Some("2026-01-01T00:00:00Z".to_owned()),
        completed_at: None,
    }
}

/// A stack under watch, and the moment that it is.
pub struct Plot {
    pub watch: StackWatch,
    services: Vec<ObservedService>,
    now: Instant,
}

impl Plot {
    /// One service named `web`, changed by this operation.
    pub fn of(spec: ServiceSpec) -> Self {
        Self::of_many(vec![watched("web", &spec)])
    }

    pub fn of_many(watches: Vec<ServiceWatch>) -> Self {
        let now = Instant::now();
        let services = watches.iter().map(|w| observed(&w.id)).collect();
        Self {
            watch: StackWatch::new(watches, seconds(60), now),
            services,
            now,
        }
    }

    pub fn service(&mut self, id: &str) -> &mut ObservedService {
        self.services.iter_mut().find(|s| s.id == id).unwrap()
    }

    /// Somebody removes a service.
    pub fn lose(&mut self, id: &str) {
        self.services.retain(|s| s.id != id);
    }

    pub fn engine_says(&mut self, state: UpdateState) {
        self.service("web").update = Some(update(state));
    }

    /// So much later, the tasks are these.
    pub fn after(&mut self, passed: Duration, tasks: &[ObservedTask]) -> &Standing {
        self.now += passed;
        self.watch.observe(&self.services, tasks, self.now);
        &self.watch.services[0].standing
    }

    /// The same tasks, looked at every second for so long.
    pub fn during(&mut self, whole: u64, tasks: &[ObservedTask]) -> &Standing {
        for _ in 0..whole {
            self.after(seconds(1), tasks);
        }
        &self.watch.services[0].standing
    }

    pub fn standing_of(&self, id: &str) -> &Standing {
        &self
            .watch
            .services
            .iter()
            .find(|s| s.id == id)
            .unwrap()
            .standing
    }
}

pub fn watched(id: &str, spec: &ServiceSpec) -> ServiceWatch {
    ServiceWatch::new(id.to_owned(), id.to_owned(), Profile::of(spec), true)
}

fn observed(id: &str) -> ObservedService {
    ObservedService {
        id: id.to_owned(),
        name: format!("stack_{id}"),
        version: 1,
        created_at: String::new(),
        updated_at: String::new(),
        spec: ServiceSpec::default(),
        update: None,
        template_digest: NEW.to_owned(),
        job_iteration: None,
    }
}

/// The words of a failure; panics when it is none.
pub fn why(standing: &Standing) -> &str {
    match standing {
        Standing::Failed(why) | Standing::TimedOut(why) | Standing::RolledBack(why) => why,
        other => panic!("{other:?} is no failure"),
    }
}
