//! All services of a stack on their way together, and when there is nothing left to wait for.

use std::time::Duration;

use tokio::time::Instant;

use super::service::{ServiceWatch, Standing};
use crate::engine::{ObservedService, ObservedTask};

/// So many failures of one slot in a row, with nothing else in the stack arriving meanwhile, are a crash loop.
///
/// Services often fail until another one that they need is up (swarm ignores `depends_on`), so failures count
/// only since the last arrival in the stack.
const FAILURES_ARE_A_LOOP: usize = 3;

/// So long after the last arrival in the stack a service may go on failing before that is a crash loop: what arrived
/// runs, but without a health check the engine does not know when it is ready for those that need it.
const RACE_PATIENCE: Duration = Duration::from_secs(40);

/// So long without a node that could take a task, with nothing else moving, will not mend itself.
const UNPLACEABLE_AFTER: Duration = Duration::from_secs(15);

/// Image pulls and start periods extend a service's time by this much at the most.
const LONGEST_EXCUSE: Duration = Duration::from_secs(3600);

/// The services of one deploy.
#[derive(Debug)]
pub struct StackWatch {
    /// The services, in the order of their names.
    pub services: Vec<ServiceWatch>,
    timeout: Duration,
    started: Instant,
    last_arrival: Option<Instant>,
}

impl StackWatch {
    /// Starts to watch; each service has `timeout` of time that counts.
    #[must_use]
    pub fn new(services: Vec<ServiceWatch>, timeout: Duration, now: Instant) -> Self {
        Self {
            services,
            timeout,
            started: now,
            last_arrival: None,
        }
    }

    /// Shows every service what the engine says now, then draws the conclusions that need the whole stack.
    pub fn observe(&mut self, services: &[ObservedService], tasks: &[ObservedTask], now: Instant) {
        let before = self.arrived();
        for watch in &mut self.services {
            let service = services.iter().find(|s| s.id == watch.id);
            let own: Vec<ObservedTask> = tasks
                .iter()
                .filter(|t| t.service_id == watch.id)
                .cloned()
                .collect();
            watch.observe(service, &own, now);
        }
        if self.arrived() > before {
            self.last_arrival = Some(now);
            self.services.iter_mut().for_each(ServiceWatch::forgive);
        }
        self.give_up_what_cannot_arrive(now);
        self.end_what_took_too_long(now);
    }

    /// Whether every service stands where it will stand.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.services
            .iter()
            .all(|s| s.standing != Standing::Waiting)
    }

    /// How soon something may become true of itself, without the engine saying anything.
    #[must_use]
    pub fn soonest(&self) -> Duration {
        let now = Instant::now();
        let waiting = self
            .services
            .iter()
            .filter(|s| s.standing == Standing::Waiting);
        waiting
            .filter_map(|s| s.holds_until(now))
            .min()
            .unwrap_or(Duration::MAX)
    }

    fn arrived(&self) -> usize {
        let there =
            |s: &&ServiceWatch| matches!(s.standing, Standing::Settled | Standing::Completed);
        self.services.iter().filter(there).count()
    }

    fn give_up_what_cannot_arrive(&mut self, now: Instant) {
        let nothing_gets_ready = self
            .last_arrival
            .is_none_or(|at| now.duration_since(at) >= RACE_PATIENCE);
        let stuck = |s: &ServiceWatch| {
            !s.engine_decides()
                && (nothing_gets_ready && s.failures_in_a_row() >= FAILURES_ARE_A_LOOP
                    || s.unplaceable_since
                        .is_some_and(|since| now.duration_since(since) >= UNPLACEABLE_AFTER))
        };
        let waiting = |s: &&mut ServiceWatch| s.standing == Standing::Waiting;
        if !self.services.iter_mut().filter(waiting).all(|s| stuck(s)) {
            return;
        }
        for service in self.services.iter_mut().filter(waiting) {
            let what = if service.unplaceable_since.is_some() {
                "no node can take it".to_owned()
            } else {
                format!("its tasks failed {} times", service.failed_tasks.len())
            };
            service.standing = Standing::Failed(service.with_error(&what, ""));
        }
    }

    fn end_what_took_too_long(&mut self, now: Instant) {
        let all_over = now.duration_since(self.started) > self.timeout + LONGEST_EXCUSE;
        let timeout = self.timeout;
        for service in self
            .services
            .iter_mut()
            .filter(|s| s.standing == Standing::Waiting)
        {
            if all_over || service.spent() >= timeout {
                let what = format!(
                    "not there after {} s ({})",
                    timeout.as_secs(),
                    service.state
                );
                let text = service.with_error(&what, "");
                service.standing = Standing::TimedOut(text);
            }
        }
    }
}
