//! What the agent does, free of gRPC and of any one engine: edge -> app -> ports.

mod apply;
mod apps;
mod deploy;
mod desired;
mod env;
mod error;
mod event;
mod history;
mod inspect;
mod live;
mod model;
mod operate;
mod pinned;
mod plan;
mod recipe_test;
mod recipes;
mod record;
mod registry;
mod render;
mod run_deploy;
mod run_undeploy;
mod secrets;
mod watch;

use std::sync::Arc;

use tokio_util::task::TaskTracker;

pub use apps::{AppRow, Created, NewApp};
pub use deploy::DeployRequest;
pub use desired::{Desired, MissingVariable, Note, Notice, Pin, short_name};
pub use env::{EnvCheck, EnvEdit};
pub use error::{AppError, Result};
pub use event::{Action, Event, Failure, Progress, Step, What};
pub use history::Happened;
pub use inspect::{LogRequest, ServiceRow, TaskRow, TaskTable};
pub use live::LiveOperation;
pub use model::{
    Actor, App, EnvRevision, Moment, Operation, OperationKind, Outcome, ServiceVerdict, Verdict,
};
pub use plan::{Blocker, DeployOptions, ObjectPlan, Plan, ResolveImage, ServicePlan, kind_name};
pub use recipe_test::{
    Facts, ImageName, Phase, PhaseVerdict, Release, Report, TestError, TestRequest, TestVerdict,
    Testing, Told, is_throw_away,
};
pub use recipes::ListedVersions;
pub use registry::Registry;
pub use secrets::{GenerateRequest, Generated, SecretRow};

use crate::{
    catalogue::Catalogue, clock::Clock, config::Config, engine::Engine, git::RecipeSource,
    metrics::Metrics,
};
use deploy::Shown;
use live::LiveOperations;
use plan::Shelf;

/// The agent: its ports, its memory, and what it is doing.
pub struct Agent {
    /// How it was set up.
    pub config: Config,
    /// The swarm.
    pub engine: Arc<dyn Engine>,
    /// Recipes.
    pub recipes: Arc<dyn RecipeSource>,
    /// What the federation says of recipes; of an agent that was made without, nothing is asked.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Apps and their history.
    pub registry: Registry,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// When it started.
    pub started_at: Moment,
    live: Arc<LiveOperations>,
    shown: Shelf<Arc<Shown>>,
    tasks: TaskTracker,
    tests: Arc<recipe_test::Tests>,
    /// Held while a name is checked and taken.
    creating: tokio::sync::Mutex<()>,
}

impl Agent {
    /// Puts an agent together.
    #[must_use]
    pub fn new(
        config: Config,
        engine: Arc<dyn Engine>,
        recipes: Arc<dyn RecipeSource>,
        registry: Registry,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            started_at: clock.now(),
            config,
            engine,
            recipes,
            catalogue: None,
            registry,
            clock,
            metrics: Metrics::default(),
            live: Arc::default(),
            shown: Shelf::default(),
            tasks: TaskTracker::new(),
            tests: Arc::default(),
            creating: tokio::sync::Mutex::default(),
        }
    }

    /// With the federation's catalogue, which deploys are held against.
    #[must_use]
    pub fn with_catalogue(self, catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue: Some(catalogue),
            ..self
        }
    }

    /// What runs now.
    #[must_use]
    pub fn running(&self) -> Vec<Operation> {
        self.live.running()
    }

    /// An operation under way, or one that ended a short while ago, with its whole story.
    #[must_use]
    pub fn live_operation(&self, id: &str) -> Option<Arc<LiveOperation>> {
        self.live.get(id)
    }

    /// Waits until no operation runs; a test of a recipe stops and clears up. Call it once no new ones can begin.
    pub async fn idle(&self) {
        self.tests.stop_all();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Runs a change to its end even if the caller goes away in the middle, as gRPC callers may.
///
/// # Errors
/// Those of the change.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        Err(AppError::Worker {
            what: error.to_string(),
        })
    })
}

/// Runs something that blocks (git, YAML) away from the async threads.
async fn blocking<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(AppError::Worker {
            what: format!("{what}: {error}"),
        })
    })
}
