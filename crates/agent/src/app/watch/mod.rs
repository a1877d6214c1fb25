//! From "the engine accepted it" to a true verdict.
//!
//! The engine's events say when to look again; a slow poll stands behind them, because swarm has no event for a
//! task that waits or pulls, nor for tasks on other nodes. All services are watched at once.

mod profile;
mod recap;
mod service;
mod stack;
#[cfg(test)]
mod tests;
mod verdict;

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt as _, stream::BoxStream};
use tokio::time::{Instant, sleep, timeout};

pub use profile::{Mode, Profile};
pub use recap::failures;
pub use service::{ServiceWatch, Standing};
pub use stack::StackWatch;
pub use verdict::verdict;

use super::event::{Progress, What};
use crate::engine::{Engine, EngineError, EngineEvent, ObservedService, ObservedTask, UpdateState};

/// How long to wait for an event before looking anyway.
const BACKSTOP: Duration = Duration::from_millis(1000);

/// Events come in bursts; one look answers a burst.
const BURST: Duration = Duration::from_millis(40);

/// A task follows its container by about 100 ms, half a second on a busy machine, and swarm has no event for it
/// (docs/reference/engine.md): so long after an event, another look.
const ECHOES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(500)];

/// How long an engine may be away (a restart, an upgrade) before the watch gives up.
pub const ENGINE_PATIENCE: Duration = Duration::from_secs(30);

/// How a watch ended.
#[derive(Debug)]
pub enum WatchEnd {
    /// Every service stands where it will stand.
    Over(StackWatch),
    /// The engine went away and did not come back in time.
    EngineGone(StackWatch, EngineError),
}

/// Watches until every service stands, telling what moves.
pub async fn watch(
    engine: &dyn Engine,
    stack: &str,
    mut watch: StackWatch,
    tell: &(dyn Fn(What) + Sync),
) -> WatchEnd {
    let mut teller = Teller {
        told: BTreeMap::new(),
        tell,
    };
    let mut away_since = None;
    let mut events: Option<Events> = None;
    let mut last_event = Instant::now();
    loop {
        if events.is_none() {
            events = engine.events().await.ok();
        }
        match look(engine, stack, &watch).await {
            Ok((services, tasks)) => {
                away_since = None;
                watch.observe(&services, &tasks, Instant::now());
                teller.tell_changes(&watch);
                if watch.is_over() {
                    return WatchEnd::Over(watch);
                }
            }
            Err(error) => {
                events = None;
                let since = *away_since.get_or_insert_with(Instant::now);
                teller.tell_outage(&watch, &error);
                if since.elapsed() > ENGINE_PATIENCE {
                    return WatchEnd::EngineGone(watch, error);
                }
            }
        }
        let patience = patience(last_event).min(watch.soonest());
        match next_look(&mut events, &watch, patience).await {
            Woken::ByEvent => last_event = Instant::now(),
            Woken::ByTime => {}
            Woken::Deaf => events = None,
        }
    }
}

type Events = BoxStream<'static, Result<EngineEvent, EngineError>>;

async fn look(
    engine: &dyn Engine,
    stack: &str,
    watch: &StackWatch,
) -> Result<(Vec<ObservedService>, Vec<ObservedTask>), EngineError> {
    let ids: Vec<String> = watch.services.iter().map(|s| s.id.clone()).collect();
    let services = engine.services(stack).await?;
    // Asking for the tasks of a service that is gone is an error of its own.
    let present: Vec<String> = ids
        .into_iter()
        .filter(|id| services.iter().any(|s| &s.id == id))
        .collect();
    let tasks = if present.is_empty() {
        Vec::new()
    } else {
        engine.tasks(&present).await?
    };
    Ok((services, tasks))
}

/// How long nothing needs to be looked at, unless an event says otherwise.
fn patience(last_event: Instant) -> Duration {
    let since = last_event.elapsed();
    let echo = ECHOES.into_iter().find(|echo| *echo > since);
    echo.map_or(BACKSTOP, |echo| echo - since)
}

/// Why it is worth looking again.
enum Woken {
    ByEvent,
    ByTime,
    /// The event stream has ended.
    Deaf,
}

/// Waits until it is worth looking again.
async fn next_look(events: &mut Option<Events>, watch: &StackWatch, patience: Duration) -> Woken {
    let Some(stream) = events else {
        sleep(patience).await;
        return Woken::ByTime;
    };
    let until = Instant::now() + patience;
    loop {
        match tokio::time::timeout_at(until, stream.next()).await {
            Err(_) => return Woken::ByTime,
            Ok(None | Some(Err(_))) => {
                sleep(BURST).await;
                return Woken::Deaf;
            }
            Ok(Some(Ok(event))) if concerns(&event, watch) => {
                drain_burst(stream).await;
                return Woken::ByEvent;
            }
            Ok(Some(Ok(_))) => {}
        }
    }
}

fn concerns(event: &EngineEvent, watch: &StackWatch) -> bool {
    let runs_a_check = event.action.starts_with("exec_");
    !runs_a_check
        && event
            .service_id
            .as_ref()
            .is_none_or(|id| watch.services.iter().any(|service| &service.id == id))
}

async fn drain_burst(stream: &mut Events) {
    let _ = timeout(BURST, async { while stream.next().await.is_some() {} }).await;
}

/// Tells each service's progress when it differs from what was told last.
struct Teller<'a> {
    told: BTreeMap<String, Progress>,
    tell: &'a (dyn Fn(What) + Sync),
}

impl Teller<'_> {
    fn tell_changes(&mut self, watch: &StackWatch) {
        for service in &watch.services {
            self.tell_one(progress(service));
        }
    }

    fn tell_outage(&mut self, watch: &StackWatch, error: &EngineError) {
        for service in watch
            .services
            .iter()
            .filter(|s| s.standing == Standing::Waiting)
        {
            let state = "the engine does not answer; waiting for it".to_owned();
            self.tell_one(Progress {
                state,
                last_error: error.to_string(),
                ..progress(service)
            });
        }
    }

    fn tell_one(&mut self, progress: Progress) {
        if self.told.get(&progress.service) != Some(&progress) {
            (self.tell)(What::Progress(progress.clone()));
            self.told.insert(progress.service.clone(), progress);
        }
    }
}

fn progress(service: &ServiceWatch) -> Progress {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let state = match &service.standing {
        Standing::Waiting => service.state.clone(),
        Standing::Settled => "running".to_owned(),
        Standing::Completed => "completed".to_owned(),
        Standing::RolledBack(_) => "rolled back".to_owned(),
        Standing::Failed(_) => "failed".to_owned(),
        Standing::TimedOut(_) => "timed out".to_owned(),
    };
    Progress {
        service: service.short.clone(),
        wanted: small(service.wanted),
        running: small(service.running),
        state,
        update_state: service.update.map_or("", update_name),
        last_error: service.last_error.clone(),
        failures: small(service.failed_tasks.len() as u64),
        settled: matches!(service.standing, Standing::Settled | Standing::Completed),
    }
}

/// The engine's own word for an update state.
#[must_use]
pub fn update_name(state: UpdateState) -> &'static str {
    match state {
        UpdateState::Updating => "updating",
        UpdateState::Paused => "paused",
        UpdateState::Completed => "completed",
        UpdateState::RollbackStarted => "rollback_started",
        UpdateState::RollbackPaused => "rollback_paused",
        UpdateState::RollbackCompleted => "rollback_completed",
    }
}
