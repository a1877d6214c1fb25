//! Faults on purpose, and counts of what was asked: the handle that tests hold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::engine::EngineError;

/// Address that the simulated engine gives in its errors.
pub(super) const ENDPOINT: &str = "sim://";

/// Requests of the port, one for each method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// `info`
    Info,
    /// `snapshot`
    Snapshot,
    /// `services`
    Services,
    /// `stack_services`
    StackServices,
    /// `networks_named`
    NetworksNamed,
    /// `secrets_named`
    SecretsNamed,
    /// `configs_named`
    ConfigsNamed,
    /// `tasks`
    Tasks,
    /// `stack_tasks`
    StackTasks,
    /// `volumes`
    Volumes,
    /// `create_network`
    CreateNetwork,
    /// `create_secret`
    CreateSecret,
    /// `create_config`
    CreateConfig,
    /// `create_service`
    CreateService,
    /// `update_service`
    UpdateService,
    /// `remove`
    Remove,
    /// `resolve_image`
    ResolveImage,
    /// `events`
    Events,
    /// `logs`
    Logs,
    /// `container_health`
    ContainerHealth,
    /// `exec`
    Exec,
    /// `image_id`
    ImageId,
    /// `load_images`
    LoadImages,
}

impl Request {
    /// Whether it changes something.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::CreateNetwork
                | Self::CreateSecret
                | Self::CreateConfig
                | Self::CreateService
                | Self::UpdateService
                | Self::Remove
                | Self::Exec
                | Self::LoadImages
        )
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The engine fails before it does anything (AL-4009).
    Failed,
    /// No answer in time, and nothing done (AL-4010).
    Timeout,
    /// The connection breaks before the request is heard (AL-4001).
    Unreachable,
    /// The request is carried out, and the connection breaks before the answer (AL-4001).
    AnswerLost,
}

impl Fault {
    pub(super) fn error(self, request: Request) -> EngineError {
        let what = format!("{request:?}");
        match self {
            Self::Failed => EngineError::Failed {
                what,
                reason: "injected fault".to_owned(),
            },
            Self::Timeout => EngineError::Timeout { what, seconds: 30 },
            Self::Unreachable | Self::AnswerLost => unreachable(),
        }
    }
}

pub(super) fn unreachable() -> EngineError {
    EngineError::Unreachable {
        endpoint: ENDPOINT.to_owned(),
        reason: "the simulated engine is away".to_owned(),
    }
}

#[derive(Debug, Default)]
struct Inner {
    delay: Duration,
    faults: Vec<(Request, Fault)>,
    counts: BTreeMap<Request, u64>,
}

/// Makes the simulated engine go away, be slow or fail, and counts what it was asked.
#[derive(Debug, Clone)]
pub struct SimControl {
    inner: Arc<Mutex<Inner>>,
    here: Arc<watch::Sender<bool>>,
}

impl SimControl {
    pub(super) fn new() -> Self {
        Self {
            inner: Arc::default(),
            here: Arc::new(watch::Sender::new(true)),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every request fails from now on and open streams end. The swarm itself goes on, as containers do.
    pub fn go_away(&self) {
        self.here.send_replace(false);
    }

    /// Requests are answered again.
    pub fn come_back(&self) {
        self.here.send_replace(true);
    }

    /// Every request takes so much longer from now on.
    pub fn slow_down(&self, delay: Duration) {
        self.with(|inner| inner.delay = delay);
    }

    /// The next `times` requests of this kind go wrong.
    pub fn fail_next(&self, request: Request, times: usize, fault: Fault) {
        self.with(|inner| {
            inner
                .faults
                .extend(std::iter::repeat_n((request, fault), times));
        });
    }

    /// Requests so far that change nothing.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.count(|request| !request.writes())
    }

    /// Requests so far that change something, refused ones included.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.count(Request::writes)
    }

    /// Requests of one kind so far.
    #[must_use]
    pub fn requests(&self, request: Request) -> u64 {
        self.count(|other| other == request)
    }

    fn count(&self, fits: impl Fn(Request) -> bool) -> u64 {
        self.with(|inner| {
            let counts = inner.counts.iter();
            counts
                .filter(|(request, _)| fits(**request))
                .map(|(_, n)| n)
                .sum()
        })
    }

    pub(super) fn is_here(&self) -> bool {
        *self.here.borrow()
    }

    /// Resolves when the engine goes away.
    pub(super) async fn gone(&self) {
        let mut here = self.here.subscribe();
        // The sender lives as long as `self`.
        let _ = here.wait_for(|here| !here).await;
    }

    /// Counts a request and says how long it takes and what goes wrong with it.
    pub(super) fn enter(&self, request: Request) -> (Duration, Option<Fault>) {
        self.with(|inner| {
            *inner.counts.entry(request).or_default() += 1;
            let planned = inner.faults.iter().position(|(of, _)| *of == request);
            let fault = planned.map(|place| inner.faults.remove(place).1);
            (inner.delay, fault)
        })
    }
}
