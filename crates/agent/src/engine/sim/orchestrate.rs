//! The orchestrator: as many tasks as a service wants, restarts, jobs, and what is remembered of the past.

use std::time::Duration;

use bollard::models::TaskSpecRestartPolicyConditionEnum as Condition;

use super::service::Mode;
use super::task::{TaskKey, nanos};
use super::world::{Job, STEP, World};
use crate::engine::TaskState;

/// Tasks remembered per slot (`docker swarm init` default).
const HISTORY: usize = 5;
/// Delay before a restart when the spec does not say (swarmkit `defaults.Service`).
const RESTART_DELAY: Duration = Duration::from_secs(5);

impl World {
    /// Makes what is missing of a service's tasks and ends what is too much.
    pub(super) fn reconcile(&mut self, service_id: &str) {
        let Some(service) = self.services.get(service_id) else {
            return;
        };
        let slots: Vec<u64> = match service.mode() {
            Mode::Job { total, at_once } => return self.reconcile_job(service_id, total, at_once),
            Mode::Replicated(replicas) => (1..=replicas).collect(),
            Mode::Global if self.node_fits(service_id) => vec![0],
            Mode::Global => Vec::new(),
        };
        for key in self.tasks_of(service_id, super::task::SimTask::wanted) {
            let unwanted = self
                .tasks
                .get(&key)
                .is_some_and(|task| !slots.contains(&task.slot));
            if unwanted {
                self.shut_down(key, TaskState::Shutdown);
            }
        }
        for slot in slots {
            if self
                .tasks_of(service_id, |task| task.slot == slot && task.wanted())
                .is_empty()
            {
                self.new_task(service_id, slot, TaskState::Running);
            }
        }
        self.reap(service_id);
    }

    /// A global service makes no task for a node that its constraints leave out.
    fn node_fits(&self, service_id: &str) -> bool {
        let Some(service) = self.services.get(service_id) else {
            return false;
        };
        let placement = service.template().placement.unwrap_or_default();
        let constraints = placement.constraints.unwrap_or_default();
        constraints
            .iter()
            .all(|constraint| self.satisfied(constraint))
    }

    fn reconcile_job(&mut self, service_id: &str, total: u64, at_once: u64) {
        let iteration = self.services.get(service_id).and_then(|s| s.job_iteration);
        // Tasks of an earlier run go; those of this run are counted.
        for key in self.tasks_of(service_id, |task| {
            task.job_iteration != iteration && !task.ended()
        }) {
            self.shut_down(key, TaskState::Remove);
        }
        let of_run = |task: &super::task::SimTask| task.job_iteration == iteration;
        let used = self.tasks_of(service_id, |task| {
            of_run(task) && (!task.ended() || task.state == TaskState::Complete)
        });
        let running = self
            .tasks_of(service_id, |task| of_run(task) && !task.ended())
            .len();
        let used: Vec<u64> = used
            .iter()
            .filter_map(|key| Some(self.tasks.get(key)?.slot))
            .collect();
        let free = (0..total).filter(|slot| !used.contains(slot));
        let room = usize::try_from(at_once)
            .unwrap_or(usize::MAX)
            .saturating_sub(running);
        let slots: Vec<u64> = free
            .filter(|slot| !self.gave_up(service_id, *slot))
            .take(room)
            .collect();
        for slot in slots {
            self.new_task(service_id, slot, TaskState::Complete);
        }
        self.reap(service_id);
    }

    /// A task has ended: restart it where its policy says so.
    pub(super) fn ended(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        let (service_id, slot) = (task.service_id.clone(), task.slot);
        let (wanted, failed) = (task.wanted(), task.state != TaskState::Complete);
        let mode = self
            .services
            .get(&service_id)
            .map(super::service::SimService::mode);
        match mode {
            Some(Mode::Job { .. }) => self.job_task_ended(&service_id, key, slot, failed),
            Some(_) if wanted => {
                if let Some(task) = self.tasks.get_mut(&key) {
                    task.desired = TaskState::Shutdown;
                }
                if self.may_restart(&service_id, slot, failed) {
                    self.restart(&service_id, slot);
                }
            }
            _ => {}
        }
        self.release_successors(key);
        self.update_saw_end(&service_id, key);
        self.reap(&service_id);
    }

    fn job_task_ended(&mut self, service_id: &str, key: TaskKey, slot: u64, failed: bool) {
        let current = self.services.get(service_id).and_then(|s| s.job_iteration);
        let Some(task) = self.tasks.get_mut(&key) else {
            return;
        };
        let of_run = task.job_iteration == current && task.desired <= TaskState::Complete;
        if !of_run {
            return;
        }
        if !failed {
            return self.reconcile(service_id);
        }
        task.desired = TaskState::Shutdown;
        let delay = self.restart_delay(service_id);
        if self.may_restart(service_id, slot, true) {
            self.note_restart(service_id, slot);
            self.after(delay, Job::Reconcile(service_id.to_owned()));
        }
    }

    /// The next task of a slot: prepared at once, started after the delay.
    fn restart(&mut self, service_id: &str, slot: u64) {
        self.note_restart(service_id, slot);
        let delay = self.restart_delay(service_id);
        if let Some(key) = self.new_task(service_id, slot, TaskState::Ready) {
            self.after(delay, Job::Release(key));
        }
    }

    /// The delay is over.
    pub(super) fn release(&mut self, key: TaskKey) {
        if let Some(task) = self.tasks.get_mut(&key)
            && task.desired == TaskState::Ready
            && task.starts_after.is_none()
        {
            task.desired = TaskState::Running;
            self.after(STEP, Job::Step(key));
        }
    }

    /// Tasks that waited for this one to end may start.
    fn release_successors(&mut self, ended: TaskKey) {
        let waiting: Vec<TaskKey> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.starts_after == Some(ended))
            .map(|(key, _)| *key)
            .collect();
        for key in waiting {
            if let Some(task) = self.tasks.get_mut(&key) {
                task.starts_after = None;
            }
            self.after(STEP, Job::Release(key));
        }
    }

    fn restart_delay(&self, service_id: &str) -> Duration {
        let policy = self
            .services
            .get(service_id)
            .and_then(|s| s.template().restart_policy);
        policy
            .and_then(|policy| policy.delay)
            .map_or(RESTART_DELAY, nanos)
    }

    fn may_restart(&self, service_id: &str, slot: u64, failed: bool) -> bool {
        let Some(service) = self.services.get(service_id) else {
            return false;
        };
        let policy = service.template().restart_policy.unwrap_or_default();
        let wanted = match policy.condition {
            Some(Condition::NONE) => false,
            Some(Condition::ON_FAILURE) => failed,
            _ => true,
        };
        wanted && !self.gave_up(service_id, slot)
    }

    /// Whether a slot has used up its attempts, counted within the window when there is one.
    fn gave_up(&self, service_id: &str, slot: u64) -> bool {
        let Some(service) = self.services.get(service_id) else {
            return true;
        };
        let policy = service.template().restart_policy.unwrap_or_default();
        let most = policy.max_attempts.unwrap_or_default();
        if most <= 0 {
            return false;
        }
        let window = policy.window.filter(|window| *window > 0).map(nanos);
        let counted = service.restarts.iter().filter(|(of, at)| {
            *of == slot && window.is_none_or(|window| self.now() - *at <= window)
        });
        i64::try_from(counted.count()).unwrap_or(i64::MAX) >= most
    }

    fn note_restart(&mut self, service_id: &str, slot: u64) {
        let now = self.now();
        if let Some(service) = self.services.get_mut(service_id) {
            service.restarts.push((slot, now));
        }
    }

    /// Forgets what is past remembering: all ended tasks of a removed service, the oldest of each slot.
    pub(super) fn reap(&mut self, service_id: &str) {
        if !self.services.contains_key(service_id) {
            for key in self.tasks_of(service_id, super::task::SimTask::ended) {
                self.forget(key);
            }
            return;
        }
        let ended = self.tasks_of(service_id, |task| {
            task.ended() && task.desired == TaskState::Remove
        });
        for key in ended {
            self.forget(key);
        }
        let of_service = |task: &&super::task::SimTask| task.service_id == service_id;
        let tasks = self.tasks.values().filter(of_service);
        let mut slots: Vec<u64> = tasks.map(|task| task.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let all = self.tasks_of(service_id, |task| task.slot == slot);
            let past = self.tasks_of(service_id, |task| task.slot == slot && task.ended());
            let excess = all.len().saturating_sub(HISTORY);
            for key in past.into_iter().take(excess) {
                self.forget(key);
            }
        }
    }

    fn forget(&mut self, key: TaskKey) {
        if self
            .tasks
            .get(&key)
            .is_some_and(|task| task.container_id.is_some())
        {
            self.tell_container(key, "destroy");
        }
        self.tasks.remove(&key);
    }
}
