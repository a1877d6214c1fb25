//! One service on its way: what was seen of it so far and where it stands.
//!
//! Pure: it is shown what the engine says and when, and remembers. Rules of design section 4.3: an update or a
//! rollback under way means wait, a paused one does not; image pulls and start periods do not count as failure;
//! a rollback is not success.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use super::profile::{Mode, Profile};
use crate::engine::{ObservedService, ObservedTask, TaskState, UpdateState, UpdateStatus};

/// How long a slot may stand empty before we say that the engine gave it up.
const ABANDONED_AFTER: Duration = Duration::from_secs(3);

/// How long the tasks of an old spec that the engine has put back may take to run again, image pulls and start periods
/// not counted. The engine calls a rollback completed when it has ordered those tasks, before they run.
const RESTORED_WITHIN: Duration = Duration::from_secs(30);

/// Where a service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// On its way.
    Waiting,
    /// Runs the new spec, and held.
    Settled,
    /// Its tasks ended well and are meant to have ended.
    Completed,
    /// The engine put the old spec back, and its tasks run.
    RolledBack(String),
    /// Will not arrive.
    Failed(String),
    /// Had not arrived when its time was over.
    TimedOut(String),
}

/// A service under watch.
#[derive(Debug)]
pub struct ServiceWatch {
    /// The engine's id.
    pub id: String,
    /// Name as in the compose file.
    pub short: String,
    /// What its spec asks for.
    pub profile: Profile,
    /// Where it stands now.
    pub standing: Standing,
    /// Tasks running the current spec.
    pub running: u64,
    /// Tasks wanted, as far as known.
    pub wanted: u64,
    /// What it is doing, for a person.
    pub state: String,
    /// The engine's update state, if this deploy caused one.
    pub update: Option<UpdateState>,
    /// Last error of one of its tasks.
    pub last_error: String,
    /// Tasks of the attempted spec that failed, in the order they were seen.
    pub failed_tasks: Vec<ObservedTask>,
    /// Failures of each slot since something in the stack last arrived.
    failures_since_progress: BTreeMap<Slot, usize>,
    /// Since when no node can take its tasks.
    pub unplaceable_since: Option<Instant>,
    changed: bool,
    stale_update: Option<UpdateStatus>,
    attempted: Option<String>,
    known_failed: BTreeSet<String>,
    entered: BTreeMap<String, (TaskState, Instant)>,
    longest_life: Duration,
    arrived_since: Option<Instant>,
    abandoned_since: Option<Instant>,
    restoring: Duration,
    spent: Duration,
    last_seen: Option<Instant>,
}

impl ServiceWatch {
    /// Starts to watch a service. `changed` says whether this operation created or updated it; `before` is its
    /// update status from before, so that an old verdict of the engine is not taken for a new one; `old_tasks` had
    /// failed already.
    #[must_use]
    pub fn new(id: String, short: String, profile: Profile, changed: bool) -> Self {
        Self {
            id,
            short,
            profile,
            standing: Standing::Waiting,
            running: 0,
            wanted: 0,
            state: "waiting".to_owned(),
            update: None,
            last_error: String::new(),
            failed_tasks: Vec::new(),
            failures_since_progress: BTreeMap::new(),
            unplaceable_since: None,
            changed,
            stale_update: None,
            attempted: None,
            known_failed: BTreeSet::new(),
            entered: BTreeMap::new(),
            longest_life: Duration::ZERO,
            arrived_since: None,
            abandoned_since: None,
            restoring: Duration::ZERO,
            spent: Duration::ZERO,
            last_seen: None,
        }
    }

    /// What was there before this operation: an old update status, and tasks that had failed already.
    #[must_use]
    pub fn with_past(
        mut self,
        update: Option<UpdateStatus>,
        failed: impl IntoIterator<Item = String>,
    ) -> Self {
        self.stale_update = update;
        self.known_failed.extend(failed);
        self
    }

    /// Looks at what the engine says now.
    pub fn observe(
        &mut self,
        service: Option<&ObservedService>,
        tasks: &[ObservedTask],
        now: Instant,
    ) {
        if self.standing != Standing::Waiting {
            return;
        }
        let Some(service) = service else {
            self.standing = Standing::Failed("the service was removed by somebody else".to_owned());
            return;
        };
        let elapsed = self
            .last_seen
            .map_or(Duration::ZERO, |seen| now.duration_since(seen));
        self.last_seen = Some(now);
        self.update = service
            .update
            .as_ref()
            .filter(|u| Some(*u) != self.stale_update.as_ref())
            .map(|u| u.state);
        if self.attempted.is_none() {
            self.attempted = Some(service.template_digest.clone());
        }
        self.note_failures(tasks, now);
        let restored = self.update == Some(UpdateState::RollbackCompleted);
        if restored {
            // From now on the old spec says how many tasks there are to be.
            self.profile = Profile::of(&service.spec);
        }

        let seen = Seen::of(&self.profile, service, tasks);
        self.running = seen.running;
        self.wanted = seen.wanted;
        self.note_placement(&seen, now);
        self.state = self.describe(&seen);
        match (self.excused(&seen, now), restored) {
            (true, _) => {}
            (false, true) => self.restoring += elapsed,
            (false, false) => self.spent += elapsed,
        }
        self.standing = self.judge(service, &seen, now);
    }

    /// Time that counted against this service so far: not the time of image pulls and start periods.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.spent
    }

    /// The most failures that one slot has had since something in the stack last arrived.
    #[must_use]
    pub fn failures_in_a_row(&self) -> usize {
        self.failures_since_progress
            .values()
            .copied()
            .max()
            .unwrap_or(0)
    }

    /// Something else in the stack arrived: this service may have failed for the lack of it.
    pub fn forgive(&mut self) {
        self.failures_since_progress.clear();
    }

    /// Whether the engine itself decides what becomes of the update under way.
    #[must_use]
    pub fn engine_decides(&self) -> bool {
        match self.update {
            Some(UpdateState::Updating) => self.profile.engine_judges_updates,
            Some(UpdateState::RollbackStarted | UpdateState::RollbackCompleted) => true,
            _ => false,
        }
    }

    /// Time left until tasks that run now have held long enough; `None` while they do not all run.
    #[must_use]
    pub fn holds_until(&self, now: Instant) -> Option<Duration> {
        let held = now.duration_since(self.arrived_since?);
        Some(
            self.needed_hold()
                .saturating_sub(held)
                .max(Duration::from_millis(10)),
        )
    }

    fn note_failures(&mut self, tasks: &[ObservedTask], now: Instant) {
        for task in tasks {
            let entry = self
                .entered
                .entry(task.id.clone())
                .or_insert((task.state, now));
            if entry.0 != task.state {
                if entry.0 == TaskState::Running {
                    self.longest_life = self.longest_life.max(now.duration_since(entry.1));
                }
                *entry = (task.state, now);
            }
        }
        let ended_wrongly = |t: &&ObservedTask| match t.state {
            TaskState::Failed | TaskState::Rejected => true,
            TaskState::Complete => !self.profile.may_end,
            _ => false,
        };
        let attempted = |t: &&ObservedTask| Some(&t.template_digest) == self.attempted.as_ref();
        for task in tasks.iter().filter(attempted).filter(ended_wrongly) {
            if self.known_failed.insert(task.id.clone()) {
                *self.failures_since_progress.entry(slot(task)).or_default() += 1;
                self.last_error = why(task);
                self.arrived_since = None;
                self.failed_tasks.push(task.clone());
            }
        }
    }

    fn note_placement(&mut self, seen: &Seen<'_>, now: Instant) {
        let stuck = seen
            .live
            .iter()
            .find(|t| t.state == TaskState::Pending && !t.error.is_empty());
        match stuck {
            // While a task of the old spec still holds its port or memory, waiting for a place is no news.
            Some(task) if !seen.old_alive => {
                self.last_error.clone_from(&task.error);
                self.unplaceable_since.get_or_insert(now);
            }
            // Swarm makes tasks of global services only for nodes that fit, and says nothing when none does.
            None if self.profile.mode.is_global() && seen.nowhere => {
                "no node meets its constraints".clone_into(&mut self.last_error);
                self.unplaceable_since.get_or_insert(now);
            }
            _ => self.unplaceable_since = None,
        }
    }

    /// Preparing (image pull, mounts) and start periods do not count against the time a service has.
    fn excused(&self, seen: &Seen<'_>, now: Instant) -> bool {
        seen.live.iter().any(|task| match task.state {
            TaskState::Preparing => true,
            TaskState::Starting => self
                .entered
                .get(&task.id)
                .is_some_and(|(_, since)| now.duration_since(*since) < self.profile.start_period),
            _ => false,
        })
    }

    fn judge(&mut self, service: &ObservedService, seen: &Seen<'_>, now: Instant) -> Standing {
        let message = || {
            service
                .update
                .as_ref()
                .map(|u| u.message.clone())
                .unwrap_or_default()
        };
        match self.update {
            Some(UpdateState::Updating | UpdateState::RollbackStarted) => {
                self.arrived_since = None;
                return Standing::Waiting;
            }
            Some(UpdateState::Paused) => {
                return Standing::Failed(
                    self.with_error("the engine paused the update", &message()),
                );
            }
            Some(UpdateState::RollbackPaused) => {
                return Standing::Failed(
                    self.with_error("the engine's rollback failed too", &message()),
                );
            }
            Some(UpdateState::RollbackCompleted) => {
                return self.restored(seen, &message());
            }
            Some(UpdateState::Completed) | None => {}
        }
        if self.attempted.as_ref() != Some(&service.template_digest) {
            return Standing::Failed("somebody else changed the service meanwhile".to_owned());
        }
        if self.profile.mode.is_job() && seen.completed {
            return Standing::Completed;
        }
        if seen.arrived {
            return self.hold(now);
        }
        self.arrived_since = None;
        self.abandoned(seen, now)
    }

    /// The engine has put the old spec back; whether that runs is seen from its tasks.
    fn restored(&mut self, seen: &Seen<'_>, engine_says: &str) -> Standing {
        let ended = seen.all_ended_well && self.profile.may_end;
        if seen.arrived || ended {
            return Standing::RolledBack(
                self.with_error("the engine put the old spec back", engine_says),
            );
        }
        if self.restoring < RESTORED_WITHIN {
            "the old spec is back, and starting".clone_into(&mut self.state);
            return Standing::Waiting;
        }
        let what = "the engine put the old spec back, but that does not run either";
        Standing::Failed(self.with_error(what, engine_says))
    }

    fn hold(&mut self, now: Instant) -> Standing {
        self.abandoned_since = None;
        let since = *self.arrived_since.get_or_insert(now);
        let needed = self.needed_hold();
        if now.duration_since(since) >= needed {
            Standing::Settled
        } else {
            "running, being watched".clone_into(&mut self.state);
            Standing::Waiting
        }
    }

    /// How long the tasks must hold: nothing when the engine has monitored them already or nothing changed; longer
    /// than any life seen when tasks of this spec have died before.
    fn needed_hold(&self) -> Duration {
        let base = match self.update {
            Some(UpdateState::Completed) => Duration::ZERO,
            _ if self.changed => self.profile.hold,
            _ => Duration::ZERO,
        };
        if self.failed_tasks.is_empty() {
            base
        } else {
            base.max(self.longest_life + self.profile.hold)
        }
    }

    /// A slot whose last task ended and gets no successor.
    fn abandoned(&mut self, seen: &Seen<'_>, now: Instant) -> Standing {
        if !seen.lacking {
            self.abandoned_since = None;
            return Standing::Waiting;
        }
        let since = *self.abandoned_since.get_or_insert(now);
        if now.duration_since(since) < ABANDONED_AFTER {
            return Standing::Waiting;
        }
        if seen.all_ended_well && self.profile.may_end {
            return Standing::Completed;
        }
        Standing::Failed(self.with_error("the engine does not start it again", ""))
    }

    /// A sentence with the last error of a task, where there is one.
    #[must_use]
    pub fn with_error(&self, what: &str, engine_says: &str) -> String {
        let detail = if self.last_error.is_empty() {
            engine_says
        } else {
            &self.last_error
        };
        if detail.is_empty() {
            what.to_owned()
        } else {
            format!("{what}: {detail}")
        }
    }

    fn describe(&self, seen: &Seen<'_>) -> String {
        match self.update {
            Some(UpdateState::RollbackStarted) => return "rolling back".to_owned(),
            Some(UpdateState::Updating) if seen.arrived => {
                return "running, monitored by the engine".to_owned();
            }
            _ => {}
        }
        let behind = seen.live.iter().min_by_key(|t| t.state).map(|t| t.state);
        match behind {
            _ if seen.completed => "completed",
            None if self.wanted == 0 => "scaled to 0",
            None => "waiting for tasks",
            Some(TaskState::New | TaskState::Pending) => "waiting for a node",
            Some(TaskState::Assigned | TaskState::Accepted) => "assigned to a node",
            Some(TaskState::Preparing) => "preparing (image, networks, volumes)",
            Some(TaskState::Ready) if self.failed_tasks.is_empty() => "ready to start",
            Some(TaskState::Ready) => "about to start again",
            Some(TaskState::Starting) if self.profile.has_check => {
                "starting (waiting to be healthy)"
            }
            Some(TaskState::Starting) => "starting",
            Some(TaskState::Running) => "running",
            Some(_) => "ending",
        }
        .to_owned()
    }
}

/// One look at a service's tasks, sorted out.
struct Seen<'a> {
    /// Tasks of the current spec that the orchestrator still wants.
    live: Vec<&'a ObservedTask>,
    running: u64,
    wanted: u64,
    arrived: bool,
    completed: bool,
    /// There were tasks of this spec, they ended, and too few are to follow.
    lacking: bool,
    all_ended_well: bool,
    old_alive: bool,
    /// There are no tasks of this spec at all, and none of an older one that are still wanted.
    nowhere: bool,
}

impl<'a> Seen<'a> {
    fn of(profile: &Profile, service: &ObservedService, tasks: &'a [ObservedTask]) -> Self {
        let is_current = |t: &ObservedTask| {
            t.template_digest == service.template_digest
                && (!profile.mode.is_job() || t.job_iteration == service.job_iteration)
        };
        let (current, old): (Vec<_>, Vec<_>) = tasks.iter().partition(|t| is_current(t));
        let job = profile.mode.is_job();
        let is_live = |t: &&&ObservedTask| {
            if job {
                t.state <= TaskState::Running
            } else {
                t.desired <= TaskState::Running
            }
        };
        let live: Vec<_> = current.iter().filter(is_live).copied().collect();
        let old_wanted = !job && old.iter().any(|t| t.desired <= TaskState::Running);
        let old_alive = old.iter().chain(&current).any(|t| {
            t.desired > TaskState::Running
                && t.desired != TaskState::Complete
                && t.state <= TaskState::Running
        });

        let running = count(live.iter().filter(|t| t.state == TaskState::Running));
        let ended_well = count(current.iter().filter(|t| t.state == TaskState::Complete));
        let wanted = match profile.mode {
            Mode::Replicated { wanted } => wanted,
            Mode::ReplicatedJob { completions } => completions,
            Mode::Global => count(live.iter()),
            Mode::GlobalJob => count(
                current
                    .iter()
                    .map(|t| &t.node_id)
                    .collect::<BTreeSet<_>>()
                    .iter(),
            ),
        };
        let nowhere = current.is_empty() && !old_wanted;
        let arrived = !job
            && !old_wanted
            && running == wanted
            && count(live.iter()) == wanted
            && !(nowhere && profile.mode.is_global());
        let ended = current.iter().any(|t| t.state > TaskState::Running);
        let lacking = !old_wanted
            && ended
            && match profile.mode {
                Mode::Replicated { wanted } => count(live.iter()) < wanted,
                Mode::ReplicatedJob { completions } => {
                    count(live.iter()) + ended_well < completions
                }
                Mode::Global | Mode::GlobalJob => live.is_empty(),
            };
        Self {
            completed: job && ended_well >= wanted && !(nowhere && profile.mode.is_global()),
            all_ended_well: newest_ended_well(&current),
            live,
            running,
            wanted,
            arrived,
            lacking,
            old_alive,
            nowhere,
        }
    }
}

/// Why a task ended; swarm gives no error for one that exited with 0.
fn why(task: &ObservedTask) -> String {
    if task.error.is_empty() {
        "it ended with exit code 0, though it is there to stay".to_owned()
    } else {
        task.error.clone()
    }
}

/// The place of a task in its service: its slot's number, or its node where swarm numbers no slots.
type Slot = (u64, String);

fn slot(task: &ObservedTask) -> Slot {
    let node = if task.slot == 0 {
        task.node_id.clone()
    } else {
        String::new()
    };
    (task.slot, node)
}

/// Whether the newest task of every slot ended with exit code 0.
fn newest_ended_well(current: &[&ObservedTask]) -> bool {
    let mut newest: BTreeMap<Slot, &ObservedTask> = BTreeMap::new();
    for task in current {
        let held = newest.entry(slot(task)).or_insert(task);
        if task.created_at > held.created_at {
            *held = task;
        }
    }
    !newest.is_empty() && newest.values().all(|t| t.state == TaskState::Complete)
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |n, _| n + 1)
}
