//! The state of the simulated swarm, its clock and its agenda.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::objects::{SimConfig, SimNetwork, SimSecret};
use super::service::SimService;
use super::task::{SimTask, TaskKey};
use crate::engine::{EngineEvent, LogLine, ObservedVolume};

/// Time that each small step takes: an answer of the scheduler, of the node, of the container runtime.
pub(super) const STEP: Duration = Duration::from_millis(5);
/// Events or lines that a slow reader may fall behind before it loses some.
const BACKLOG: usize = 1024;

/// Something that is due at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// The next state of a task.
    Step(TaskKey),
    /// The restart delay of a task is over.
    Release(TaskKey),
    /// Its process ends by itself.
    Exit(TaskKey, i64),
    /// Its process has followed the request to end.
    Stopped(TaskKey),
    /// Its health check runs.
    Probe(TaskKey),
    /// Its process, found unhealthy, has followed the request to end.
    Unhealthy(TaskKey),
    /// An update begins, or a part of it goes on; only while the service is at this generation.
    Update(String, u64),
    /// The monitoring period after the last task of an update is over.
    UpdateDone(String, u64),
    /// A job may have to try again.
    Reconcile(String),
}

/// Everything there is.
pub(super) struct World {
    began: Instant,
    epoch: Timestamp,
    /// Time since the beginning; never runs ahead of the tokio clock.
    now: Duration,
    index: u64,
    serial: u64,
    agenda: BTreeMap<(Duration, u64), Job>,
    pub(super) services: BTreeMap<String, SimService>,
    pub(super) networks: BTreeMap<String, SimNetwork>,
    pub(super) secrets: BTreeMap<String, SimSecret>,
    pub(super) configs: BTreeMap<String, SimConfig>,
    pub(super) volumes: BTreeMap<String, ObservedVolume>,
    pub(super) tasks: BTreeMap<TaskKey, SimTask>,
    pub(super) node_id: String,
    pub(super) cluster_id: String,
    pub(super) events: broadcast::Sender<EngineEvent>,
    pub(super) lines: broadcast::Sender<(String, LogLine)>,
}

impl World {
    /// A fresh swarm of one manager.
    pub(super) fn new() -> Self {
        let mut world = Self {
            began: Instant::now(),
            epoch: Timestamp::now(),
            now: Duration::ZERO,
            index: 10,
            serial: 0,
            agenda: BTreeMap::new(),
            services: BTreeMap::new(),
            networks: BTreeMap::new(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
            volumes: BTreeMap::new(),
            tasks: BTreeMap::new(),
            node_id: String::new(),
            cluster_id: String::new(),
            events: broadcast::Sender::new(BACKLOG),
            lines: broadcast::Sender::new(BACKLOG),
        };
        world.node_id = world.new_id();
        world.cluster_id = world.new_id();
        world.add_predefined_networks();
        world
    }

    /// Does all that was due until now, in order.
    pub(super) fn advance(&mut self) {
        let until = self.began.elapsed();
        while let Some(entry) = self.agenda.first_entry() {
            let due = entry.key().0;
            if due > until {
                break;
            }
            let job = entry.remove();
            self.now = self.now.max(due);
            self.perform(job);
        }
        self.now = self.now.max(until);
    }

    fn perform(&mut self, job: Job) {
        match job {
            Job::Step(key) => self.step(key),
            Job::Release(key) => self.release(key),
            Job::Exit(key, code) => self.exited(key, code),
            Job::Stopped(key) => self.stopped(key),
            Job::Probe(key) => self.probe(key),
            Job::Unhealthy(key) => self.ended_unhealthy(key),
            Job::Update(service, generation) => self.continue_update(&service, generation),
            Job::UpdateDone(service, generation) => self.finish_update(&service, generation),
            Job::Reconcile(service) => self.reconcile(&service),
        }
    }

    /// Puts a job on the agenda.
    pub(super) fn after(&mut self, delay: Duration, job: Job) {
        self.serial += 1;
        self.agenda.insert((self.now + delay, self.serial), job);
    }

    /// When the next job is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let ((due, _), _) = self.agenda.first_key_value()?;
        Some(self.began + *due)
    }

    /// Time since the beginning.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// The time of day, RFC 3339 with nanoseconds as the engine writes it.
    pub(super) fn timestamp(&self) -> String {
        let now = self.epoch.checked_add(self.now).unwrap_or(self.epoch);
        format!("{now:.9}")
    }

    /// The version that the next change gets. One counter for all objects, as in swarm.
    pub(super) fn next_version(&mut self) -> u64 {
        self.index += 1;
        self.index
    }

    /// A number that nothing else has.
    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// An id that looks like swarm's: 25 characters of base 36.
    pub(super) fn new_id(&mut self) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        Sha256::digest(self.next_serial().to_be_bytes())
            .iter()
            .take(25)
            .map(|byte| char::from(DIGITS[usize::from(byte % 36)]))
            .collect()
    }

    /// An id that looks like a container's.
    pub(super) fn new_container_id(&mut self) -> String {
        hex::encode(Sha256::digest(self.next_serial().to_le_bytes()))
    }

    /// Tells all who listen.
    pub(super) fn tell(&self, kind: &str, action: &str, service_id: Option<&str>) {
        // Nobody listening is fine.
        let _ = self.events.send(EngineEvent {
            kind: kind.to_owned(),
            action: action.to_owned(),
            service_id: service_id.map(str::to_owned),
        });
    }
}
