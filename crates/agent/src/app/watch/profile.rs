//! What a service's spec says about how it should arrive.

use std::time::Duration;

use allot_stack::spec::ServiceSpec;
use bollard::models::{
    ServiceSpecUpdateConfigFailureActionEnum as FailureAction,
    TaskSpecRestartPolicyConditionEnum as Restart,
};

/// Swarm's default for `update_config.monitor`; we hold new services to the same measure.
pub const DEFAULT_HOLD: Duration = Duration::from_secs(5);

/// The shortest hold: a busy engine can take a second to say that a container which ran has ended.
pub const SHORTEST_HOLD: Duration = Duration::from_secs(2);

/// How a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// So many tasks at all times.
    Replicated {
        /// How many.
        wanted: u64,
    },
    /// A task on each node that fits.
    Global,
    /// So many tasks that end well.
    ReplicatedJob {
        /// How many.
        completions: u64,
    },
    /// A task on each node that ends well.
    GlobalJob,
}

impl Mode {
    /// Whether its tasks are meant to end.
    #[must_use]
    pub fn is_job(self) -> bool {
        matches!(self, Self::ReplicatedJob { .. } | Self::GlobalJob)
    }

    /// Whether it has a task on each node that fits.
    #[must_use]
    pub fn is_global(self) -> bool {
        matches!(self, Self::Global | Self::GlobalJob)
    }

    /// Name as compose files spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Replicated { .. } => "replicated",
            Self::Global => "global",
            Self::ReplicatedJob { .. } => "replicated-job",
            Self::GlobalJob => "global-job",
        }
    }
}

/// The part of a spec that a verdict depends on.
#[derive(Debug, Clone)]
pub struct Profile {
    /// How it runs.
    pub mode: Mode,
    /// How long tasks must hold before they count as settled.
    pub hold: Duration,
    /// How long failing health checks do not count yet; zero without a check.
    pub start_period: Duration,
    /// Whether it has a health check, which holds its tasks in `starting` until they are healthy.
    pub has_check: bool,
    /// Whether the engine undoes or stops a failing update by itself.
    pub engine_judges_updates: bool,
    /// Whether a task that ends with exit code 0 has done what it is there for. A service with a health check is
    /// meant to stay: swarm stops an unhealthy container with SIGTERM, and one that then exits with 0 reads as
    /// `complete`, without any error.
    pub may_end: bool,
}

impl Profile {
    /// Reads a spec, with swarm's defaults for what it leaves open.
    #[must_use]
    pub fn of(spec: &ServiceSpec) -> Self {
        let update = spec.update_config.as_ref();
        let task = spec.task_template.as_ref();
        let restart = task.and_then(|t| t.restart_policy.as_ref());
        let health = task
            .and_then(|t| t.container_spec.as_ref())
            .and_then(|c| c.health_check.as_ref());
        let condition = restart.and_then(|r| r.condition);
        let mode = mode(spec);
        let test = health.and_then(|h| h.test.as_ref());
        let has_check = test.is_some_and(|t| !t.is_empty() && t != &["NONE"]);
        Self {
            mode,
            hold: update
                .and_then(|u| u.monitor)
                .and_then(nanos)
                .unwrap_or(DEFAULT_HOLD)
                .max(SHORTEST_HOLD),
            start_period: health
                .and_then(|h| h.start_period)
                .and_then(nanos)
                .unwrap_or_default(),
            engine_judges_updates: update.and_then(|u| u.failure_action)
                != Some(FailureAction::CONTINUE),
            has_check,
            may_end: mode.is_job()
                || !has_check && matches!(condition, Some(Restart::NONE | Restart::ON_FAILURE)),
        }
    }
}

fn mode(spec: &ServiceSpec) -> Mode {
    let Some(mode) = &spec.mode else {
        return Mode::Replicated { wanted: 1 };
    };
    if mode.global.is_some() {
        Mode::Global
    } else if mode.global_job.is_some() {
        Mode::GlobalJob
    } else if let Some(job) = &mode.replicated_job {
        let completions = job.total_completions.or(job.max_concurrent).unwrap_or(1);
        Mode::ReplicatedJob {
            completions: u64::try_from(completions).unwrap_or(1),
        }
    } else {
        let wanted = mode
            .replicated
            .as_ref()
            .and_then(|r| r.replicas)
            .unwrap_or(1);
        Mode::Replicated {
            wanted: u64::try_from(wanted).unwrap_or(1),
        }
    }
}

/// Nanoseconds as the engine's API counts them; zero means "not set" there.
fn nanos(value: i64) -> Option<Duration> {
    u64::try_from(value)
        .ok()
        .filter(|n| *n > 0)
        .map(Duration::from_nanos)
}
