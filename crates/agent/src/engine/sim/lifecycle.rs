//! What a task goes through: from the scheduler's desk to a running process and to its end.

use std::time::Duration;

use super::behaviour::Behaviour;
use super::service::volumes;
use super::task::{SimTask, TaskKey, host_ports};
use super::world::{Job, STEP, World};
use crate::engine::digest::template_digest;
use crate::engine::{LogLine, LogStream, MAX_LOG_LINE, ObservedVolume, TaskState, text::cut};

/// Lines kept of a task's log.
const MAX_LINES: usize = 1000;

impl World {
    /// Makes a task of a service's current spec.
    pub(super) fn new_task(
        &mut self,
        service_id: &str,
        slot: u64,
        desired: TaskState,
    ) -> Option<TaskKey> {
        let service = self.services.get(service_id)?;
        let template = service.template();
        let container = template.container_spec.clone().unwrap_or_default();
        let (stack, iteration) = (service.stack(), service.job_iteration);
        let ports = host_ports(service.spec.endpoint_spec.as_ref());
        let now = self.timestamp();
        let task = SimTask {
            id: self.new_id(),
            service_id: service_id.to_owned(),
            stack,
            slot,
            desired,
            state: TaskState::New,
            message: "created".to_owned(),
            error: String::new(),
            exit_code: None,
            container_id: None,
            placed: false,
            digest: template_digest(&template),
            template,
            job_iteration: iteration,
            created_at: now.clone(),
            state_at: now,
            behaviour: Behaviour::read(&container),
            host_ports: ports,
            running_since: None,
            health: None,
            lines: Vec::new(),
            starts_after: None,
            replaces: None,
        };
        let key = self.next_serial();
        self.tasks.insert(key, task);
        self.after(STEP, Job::Step(key));
        Some(key)
    }

    /// Keys of a service's tasks that fit, oldest first.
    pub(super) fn tasks_of(
        &self,
        service_id: &str,
        fits: impl Fn(&SimTask) -> bool,
    ) -> Vec<TaskKey> {
        let tasks = self.tasks.iter();
        tasks
            .filter(|(_, task)| task.service_id == service_id && fits(task))
            .map(|(key, _)| *key)
            .collect()
    }

    fn set_state(&mut self, key: TaskKey, state: TaskState, message: &str, error: &str) {
        let now = self.timestamp();
        if let Some(task) = self.tasks.get_mut(&key) {
            task.state = state;
            message.clone_into(&mut task.message);
            error.clone_into(&mut task.error);
            task.state_at = now;
        }
    }

    /// The next state on the way to a running process.
    pub(super) fn step(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        if task.desired > TaskState::Complete && !task.ended() {
            return;
        }
        let pull = task.behaviour.pull;
        match task.state {
            TaskState::New => {
                self.set_state(key, TaskState::Pending, "pending task scheduling", "");
                self.after(STEP, Job::Step(key));
            }
            TaskState::Pending => self.schedule(key),
            TaskState::Assigned => {
                self.set_state(key, TaskState::Accepted, "accepted", "");
                self.after(STEP, Job::Step(key));
            }
            TaskState::Accepted => {
                self.set_state(key, TaskState::Preparing, "preparing", "");
                self.after(STEP + pull, Job::Step(key));
            }
            TaskState::Preparing => self.prepared(key),
            TaskState::Ready => self.start(key),
            TaskState::Starting => self.started(key),
            _ => {}
        }
    }

    /// Finds a place, or says why there is none. One that waits is looked at again whenever another ends.
    fn schedule(&mut self, key: TaskKey) {
        match self.place(key) {
            Ok(()) => {
                if let Some(task) = self.tasks.get_mut(&key) {
                    task.placed = true;
                }
                let message = "scheduler assigned task to node";
                self.set_state(key, TaskState::Assigned, message, "");
                self.after(STEP, Job::Step(key));
            }
            Err(reason) => {
                self.set_state(key, TaskState::Pending, "pending task scheduling", &reason);
            }
        }
    }

    /// Looks again at all that wait for a place.
    pub(super) fn reschedule(&mut self) {
        let waiting: Vec<TaskKey> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.state == TaskState::Pending && !task.error.is_empty())
            .map(|(key, _)| *key)
            .collect();
        for key in waiting {
            self.after(STEP, Job::Step(key));
        }
    }

    fn prepared(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        if task.behaviour.missing {
            let error = format!("No such image: {}", task.image());
            return self.end(key, TaskState::Rejected, "preparing", &error, None);
        }
        self.make_volumes(key);
        let id = self.new_container_id();
        if let Some(task) = self.tasks.get_mut(&key) {
            task.container_id = Some(id);
        }
        self.tell_container(key, "create");
        self.set_state(key, TaskState::Ready, "prepared", "");
        self.start(key);
    }

    /// Goes on from `ready` once the orchestrator wants it running.
    fn start(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        if task.desired < TaskState::Running || task.state != TaskState::Ready {
            return;
        }
        let start = task.behaviour.start;
        self.set_state(key, TaskState::Starting, "starting", "");
        self.after(STEP + start, Job::Step(key));
    }

    fn started(&mut self, key: TaskKey) {
        let now = self.now();
        let Some(task) = self.tasks.get_mut(&key) else {
            return;
        };
        if task.running_since.is_some() {
            return;
        }
        if task.behaviour.bad_command {
            let error = "starting container failed: OCI runtime create failed: exec: no such file or directory";
            return self.end(key, TaskState::Failed, "starting", error, Some(127));
        }
        task.running_since = Some(now);
        let exit = task.behaviour.exit;
        let checked = task.has_health_check();
        self.tell_container(key, "start");
        self.write_first_lines(key);
        if let Some((after, code)) = exit {
            self.after(after, Job::Exit(key, code));
        }
        if checked {
            self.begin_health(key);
        } else {
            self.running(key);
        }
    }

    /// The task runs, and is healthy where there is a check.
    pub(super) fn running(&mut self, key: TaskKey) {
        self.set_state(key, TaskState::Running, "started", "");
        self.came_up(key);
    }

    /// The process ended by itself.
    pub(super) fn exited(&mut self, key: TaskKey, code: i64) {
        let alive = self.tasks.get(&key).is_some_and(|task| !task.ended());
        if !alive {
            return;
        }
        self.tell_container(key, "die");
        if code == 0 {
            self.end(key, TaskState::Complete, "finished", "", Some(0));
        } else {
            let error = format!("task: non-zero exit ({code})");
            self.end(key, TaskState::Failed, "started", &error, Some(code));
        }
    }

    /// The end of a task, whatever the reason; the orchestrator hears of it.
    pub(super) fn end(
        &mut self,
        key: TaskKey,
        state: TaskState,
        message: &str,
        error: &str,
        exit_code: Option<i64>,
    ) {
        self.set_state(key, state, message, error);
        if let Some(task) = self.tasks.get_mut(&key) {
            task.exit_code = exit_code;
            task.health = None;
        }
        self.ended(key);
        self.reschedule();
    }

    /// Asks a task to end.
    pub(super) fn shut_down(&mut self, key: TaskKey, desired: TaskState) {
        let Some(task) = self.tasks.get_mut(&key) else {
            return;
        };
        let asked_before = task.desired > TaskState::Complete;
        task.desired = task.desired.max(desired);
        if task.ended() || asked_before {
            return;
        }
        let delay = match task.running_since {
            Some(_) => task.behaviour.stop.min(task.grace()),
            None => Duration::ZERO,
        };
        self.after(STEP + delay, Job::Stopped(key));
    }

    /// The process has ended as asked.
    pub(super) fn stopped(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        if task.ended() {
            return;
        }
        let code = task.running_since.map(|_| task.behaviour.stop_exit);
        if code.is_some() {
            self.tell_container(key, "die");
        }
        self.end(key, TaskState::Shutdown, "shutdown", "", code);
    }

    fn make_volumes(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        let wanted: Vec<ObservedVolume> = volumes(&task.template)
            .map(|(source, mount)| {
                let options = mount.volume_options.as_ref();
                let driver = options
                    .and_then(|options| options.driver_config.as_ref())
                    .and_then(|driver| driver.name.clone());
                ObservedVolume {
                    name: source.to_owned(),
                    driver: driver
                        .filter(|d| !d.is_empty())
                        .unwrap_or_else(|| "local".to_owned()),
                    labels: options
                        .and_then(|options| options.labels.as_ref())
                        .into_iter()
                        .flatten()
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                }
            })
            .collect();
        for volume in wanted {
            self.volumes.entry(volume.name.clone()).or_insert(volume);
        }
    }

    fn write_first_lines(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(&key) else {
            return;
        };
        let hello = format!("simulated container of {}", task.image());
        let mut lines = vec![(LogStream::Stdout, hello)];
        let behaviour = &task.behaviour;
        lines.extend(
            behaviour
                .stdout
                .iter()
                .map(|l| (LogStream::Stdout, l.clone())),
        );
        lines.extend(
            behaviour
                .stderr
                .iter()
                .map(|l| (LogStream::Stderr, l.clone())),
        );
        for (stream, text) in lines {
            self.write_line(key, stream, &text);
        }
    }

    fn write_line(&mut self, key: TaskKey, stream: LogStream, text: &str) {
        let timestamp = self.timestamp();
        let Some(task) = self.tasks.get_mut(&key) else {
            return;
        };
        let line = LogLine {
            task_id: Some(task.id.clone()),
            timestamp,
            stream,
            text: cut(text, MAX_LOG_LINE).to_owned(),
        };
        if task.lines.len() == MAX_LINES {
            task.lines.remove(0);
        }
        task.lines.push(line.clone());
        // Nobody following is fine.
        let _ = self.lines.send((task.service_id.clone(), line));
    }

    /// An event of the task's container.
    pub(super) fn tell_container(&self, key: TaskKey, action: &str) {
        if let Some(task) = self.tasks.get(&key) {
            self.tell("container", action, Some(&task.service_id));
        }
    }
}
