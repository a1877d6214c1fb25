//! Rolling updates and rollbacks, slot by slot (swarmkit `manager/orchestrator/update`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bollard::models::{
    ServiceSpecRollbackConfig, ServiceSpecRollbackConfigFailureActionEnum as RollbackAction,
    ServiceSpecRollbackConfigOrderEnum as RollbackOrder, ServiceSpecUpdateConfig,
    ServiceSpecUpdateConfigFailureActionEnum as UpdateAction,
    ServiceSpecUpdateConfigOrderEnum as UpdateOrder,
};

use super::task::{TaskKey, nanos};
use super::world::{Job, World};
use crate::engine::{TaskState, UpdateState, UpdateStatus};

/// How long a new task is watched when the spec does not say (swarmkit default).
const MONITOR: Duration = Duration::from_secs(5);

/// What happens when too many new tasks fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnFailure {
    Pause,
    Continue,
    Rollback,
}

/// How an update goes about it.
#[derive(Debug, Clone)]
struct Policy {
    /// Slots at a time; 0 for all.
    parallelism: usize,
    delay: Duration,
    monitor: Duration,
    max_failure_ratio: f64,
    start_first: bool,
    on_failure: OnFailure,
}

/// An update that is going on.
#[derive(Debug)]
pub(super) struct Update {
    policy: Policy,
    waiting: VecDeque<u64>,
    total: usize,
    /// New tasks, and when they came up.
    made: BTreeMap<TaskKey, Option<Duration>>,
    failed: BTreeSet<TaskKey>,
    /// Slots that a worker is busy with.
    busy: BTreeSet<TaskKey>,
    stopped: bool,
    rollback: bool,
}

impl Policy {
    fn of_update(config: Option<&ServiceSpecUpdateConfig>) -> Self {
        let config = config.cloned().unwrap_or_default();
        Self {
            parallelism: config
                .parallelism
                .map_or(1, |n| n.try_into().unwrap_or_default()),
            delay: config.delay.map(nanos).unwrap_or_default(),
            monitor: monitor(config.monitor),
            max_failure_ratio: config.max_failure_ratio.unwrap_or_default(),
            start_first: config.order == Some(UpdateOrder::START_FIRST),
            on_failure: match config.failure_action {
                Some(UpdateAction::CONTINUE) => OnFailure::Continue,
                Some(UpdateAction::ROLLBACK) => OnFailure::Rollback,
                _ => OnFailure::Pause,
            },
        }
    }

    fn of_rollback(config: Option<&ServiceSpecRollbackConfig>) -> Self {
        let config = config.cloned().unwrap_or_default();
        Self {
            parallelism: config
                .parallelism
                .map_or(1, |n| n.try_into().unwrap_or_default()),
            delay: config.delay.map(nanos).unwrap_or_default(),
            monitor: monitor(config.monitor),
            max_failure_ratio: config.max_failure_ratio.unwrap_or_default(),
            start_first: config.order == Some(RollbackOrder::START_FIRST),
            on_failure: match config.failure_action {
                Some(RollbackAction::CONTINUE) => OnFailure::Continue,
                _ => OnFailure::Pause,
            },
        }
    }
}

fn monitor(config: Option<i64>) -> Duration {
    config.filter(|n| *n > 0).map_or(MONITOR, nanos)
}

impl World {
    /// Begins the update to a service's new spec, or lets a free worker take its next slot.
    pub(super) fn continue_update(&mut self, service_id: &str, generation: u64) {
        let Some(service) = self.services.get(service_id) else {
            return;
        };
        if service.generation != generation {
            return;
        }
        if service.update.is_none() {
            self.begin_update(service_id);
        }
        self.fill_workers(service_id);
    }

    fn begin_update(&mut self, service_id: &str) {
        self.reconcile(service_id);
        let Some(service) = self.services.get(service_id) else {
            return;
        };
        // A job has no rolling update: its old run ends and a new one begins.
        if service.job_iteration.is_some() {
            return;
        }
        let rollback = service
            .status
            .as_ref()
            .is_some_and(|status| status.state == UpdateState::RollbackStarted);
        let policy = if rollback {
            Policy::of_rollback(service.spec.rollback_config.as_ref())
        } else {
            Policy::of_update(service.spec.update_config.as_ref())
        };
        let digest = service.digest.clone();
        let ports = super::task::host_ports(service.spec.endpoint_spec.as_ref());
        let dirty = self.tasks_of(service_id, |task| {
            task.wanted() && (task.digest != digest || task.host_ports != ports)
        });
        let mut slots: Vec<u64> = dirty
            .iter()
            .filter_map(|key| Some(self.tasks.get(key)?.slot))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        if slots.is_empty() && !rollback {
            return;
        }
        let update = Update {
            policy,
            total: slots.len(),
            waiting: slots.into(),
            made: BTreeMap::new(),
            failed: BTreeSet::new(),
            busy: BTreeSet::new(),
            stopped: false,
            rollback,
        };
        if let Some(service) = self.services.get_mut(service_id) {
            service.update = Some(update);
        }
        if !rollback {
            self.set_status(service_id, UpdateState::Updating, "update in progress");
        }
    }

    /// Gives free workers slots; when there is nothing left, waits for the monitoring period.
    fn fill_workers(&mut self, service_id: &str) {
        loop {
            let Some(update) = self.update_mut(service_id) else {
                return;
            };
            let most = match update.policy.parallelism {
                0 => usize::MAX,
                most => most,
            };
            if update.stopped || update.busy.len() >= most {
                return;
            }
            let Some(slot) = update.waiting.pop_front() else {
                break;
            };
            self.update_slot(service_id, slot);
        }
        let Some(update) = self.update_mut(service_id) else {
            return;
        };
        if update.busy.is_empty() {
            let monitor = update.policy.monitor;
            let generation = self.services.get(service_id).map(|s| s.generation);
            let job = Job::UpdateDone(service_id.to_owned(), generation.unwrap_or_default());
            self.after(monitor, job);
        }
    }

    fn update_slot(&mut self, service_id: &str, slot: u64) {
        let old = self.tasks_of(service_id, |task| task.slot == slot && task.wanted());
        let Some(start_first) = self
            .update_mut(service_id)
            .map(|update| update.policy.start_first)
        else {
            return;
        };
        let desired = if start_first {
            TaskState::Running
        } else {
            TaskState::Ready
        };
        let Some(new) = self.new_task(service_id, slot, desired) else {
            return;
        };
        if let Some(update) = self.update_mut(service_id) {
            update.made.insert(new, None);
            update.busy.insert(new);
        }
        let newest = old.last().copied();
        if let Some(task) = self.tasks.get_mut(&new) {
            if start_first {
                task.replaces = newest;
            } else {
                task.starts_after = newest;
            }
        }
        if start_first {
            return;
        }
        for key in &old {
            self.shut_down(*key, TaskState::Shutdown);
        }
        if old.is_empty() {
            self.release(new);
        }
    }

    /// A task runs: if it is one of an update, its worker is free again after the delay.
    pub(super) fn came_up(&mut self, key: TaskKey) {
        let now = self.now();
        let Some(task) = self.tasks.get_mut(&key) else {
            return;
        };
        let service_id = task.service_id.clone();
        if let Some(old) = task.replaces.take() {
            self.shut_down(old, TaskState::Shutdown);
        }
        if let Some(update) = self.update_mut(&service_id)
            && let Some(since) = update.made.get_mut(&key)
        {
            *since = Some(now);
            self.worker_free(&service_id, key);
        }
    }

    fn worker_free(&mut self, service_id: &str, key: TaskKey) {
        let Some(update) = self.update_mut(service_id) else {
            return;
        };
        if !update.busy.remove(&key) {
            return;
        }
        let delay = update.policy.delay;
        let generation = self.services.get(service_id).map(|s| s.generation);
        let job = Job::Update(service_id.to_owned(), generation.unwrap_or_default());
        self.after(delay, job);
    }

    /// A task has ended: if it is a new one that is still watched, the update has failed by that much.
    pub(super) fn update_saw_end(&mut self, service_id: &str, key: TaskKey) {
        let now = self.now();
        let id = self
            .tasks
            .get(&key)
            .map(|task| task.id.clone())
            .unwrap_or_default();
        let Some(update) = self.update_mut(service_id) else {
            return;
        };
        let Some(since) = update.made.get(&key).copied() else {
            return;
        };
        let watched = since.is_none_or(|since| now - since <= update.policy.monitor);
        if !update.stopped && watched && update.failed.insert(key) {
            #[expect(clippy::cast_precision_loss, reason = "counts of tasks are small")]
            let ratio = update.failed.len() as f64 / update.total.max(1) as f64;
            if ratio > update.policy.max_failure_ratio
                && update.policy.on_failure != OnFailure::Continue
            {
                update.stopped = true;
                let (rollback, action) = (update.rollback, update.policy.on_failure);
                return self.failed_update(service_id, rollback, action, &id);
            }
        }
        self.worker_free(service_id, key);
    }

    fn failed_update(&mut self, service_id: &str, rollback: bool, action: OnFailure, task: &str) {
        let why = format!("due to failure or early termination of task {task}");
        if rollback {
            return self.set_status(
                service_id,
                UpdateState::RollbackPaused,
                &format!("rollback paused {why}"),
            );
        }
        let previous = self
            .services
            .get(service_id)
            .and_then(|s| s.previous.clone());
        match (action, previous) {
            (OnFailure::Rollback, Some(previous)) => {
                self.replace_spec(service_id, previous);
                let message = format!("update rolled back {why}");
                self.set_status(service_id, UpdateState::RollbackStarted, &message);
            }
            _ => self.set_status(
                service_id,
                UpdateState::Paused,
                &format!("update paused {why}"),
            ),
        }
    }

    /// All slots were done a monitoring period ago.
    pub(super) fn finish_update(&mut self, service_id: &str, generation: u64) {
        let Some(service) = self.services.get_mut(service_id) else {
            return;
        };
        let over = service.generation == generation
            && service.update.as_ref().is_some_and(|update| {
                !update.stopped && update.waiting.is_empty() && update.busy.is_empty()
            });
        if !over {
            return;
        }
        let rollback = service.update.take().is_some_and(|update| update.rollback);
        if rollback {
            self.set_status(
                service_id,
                UpdateState::RollbackCompleted,
                "rollback completed",
            );
        } else {
            self.set_status(service_id, UpdateState::Completed, "update completed");
        }
    }

    fn update_mut(&mut self, service_id: &str) -> Option<&mut Update> {
        self.services.get_mut(service_id)?.update.as_mut()
    }

    fn set_status(&mut self, service_id: &str, state: UpdateState, message: &str) {
        let (version, now) = (self.next_version(), self.timestamp());
        let Some(service) = self.services.get_mut(service_id) else {
            return;
        };
        service.version = version;
        service.updated_at.clone_from(&now);
        let begins = matches!(state, UpdateState::Updating | UpdateState::RollbackStarted);
        let started_at = match (&service.status, begins) {
            (Some(status), false) => status.started_at.clone(),
            _ => Some(now.clone()),
        };
        service.status = Some(UpdateStatus {
            state,
            message: message.to_owned(),
            started_at,
            completed_at: (!begins).then_some(now),
        });
        self.tell("service", "update", Some(service_id));
    }
}
