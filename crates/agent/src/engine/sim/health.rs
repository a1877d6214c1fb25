//! Health checks: a task with one is `starting` until it passes, and killed when it fails too often.

use std::time::Duration;

use bollard::models::HealthConfig;

use super::task::{TaskKey, nanos};
use super::world::{Job, World};
use crate::engine::{HealthReport, TaskState};

/// Time between checks when the spec does not say (moby `defaultProbeInterval`).
const INTERVAL: Duration = Duration::from_secs(30);
/// Failures in a row that make a container unhealthy when the spec does not say (moby `defaultProbeRetries`).
const RETRIES: u32 = 3;

fn interval(check: &HealthConfig) -> Duration {
    check.interval.filter(|n| *n > 0).map_or(INTERVAL, nanos)
}

impl World {
    fn health_check(&self, key: TaskKey) -> Option<HealthConfig> {
        let task = self.tasks.get(&key)?;
        task.template.container_spec.as_ref()?.health_check.clone()
    }

    /// The first check comes one interval after the start.
    pub(super) fn begin_health(&mut self, key: TaskKey) {
        let Some(check) = self.health_check(key) else {
            return;
        };
        if let Some(task) = self.tasks.get_mut(&key) {
            task.health = Some(HealthReport {
                status: "starting".to_owned(),
                failing_streak: 0,
                last_output: String::new(),
                last_exit_code: None,
            });
        }
        self.after(interval(&check), Job::Probe(key));
    }

    /// One run of the check. Failures within the start period do not count.
    pub(super) fn probe(&mut self, key: TaskKey) {
        let (now, check) = (self.now(), self.health_check(key));
        let (Some(task), Some(check)) = (self.tasks.get_mut(&key), check) else {
            return;
        };
        let (Some(since), Some(health)) = (task.running_since, task.health.as_mut()) else {
            return;
        };
        let alive_for = now - since;
        if task
            .behaviour
            .healthy_after
            .is_some_and(|after| alive_for >= after)
        {
            health.status = "healthy".to_owned();
            health.failing_streak = 0;
            health.last_output = "simulated check passed".to_owned();
            health.last_exit_code = Some(0);
            self.tell_container(key, "health_status: healthy");
            return self.running(key);
        }
        health.last_output.clone_from(&task.behaviour.health_output);
        health.last_exit_code = Some(1);
        if alive_for >= nanos(check.start_period.unwrap_or_default()) {
            health.failing_streak += 1;
        }
        let retries = check
            .retries
            .and_then(|n| n.try_into().ok())
            .filter(|n| *n > 0);
        if health.failing_streak < retries.unwrap_or(RETRIES) {
            return self.after(interval(&check), Job::Probe(key));
        }
        health.status = "unhealthy".to_owned();
        let delay = task.behaviour.stop.min(task.grace());
        self.tell_container(key, "health_status: unhealthy");
        self.after(delay, Job::Unhealthy(key));
    }

    /// An unhealthy process was asked to end and has. One that ends with code 0 then counts as complete,
    /// in swarm too.
    pub(super) fn ended_unhealthy(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key).filter(|task| !task.ended()) else {
            return;
        };
        let code = task.behaviour.stop_exit;
        self.tell_container(key, "die");
        if code == 0 {
            return self.end(key, TaskState::Complete, "finished", "", Some(0));
        }
        let error = format!("task: non-zero exit ({code}): dockerexec: unhealthy container");
        self.end(key, TaskState::Failed, "started", &error, Some(code));
    }
}
