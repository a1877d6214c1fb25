//! One agent with a simulated swarm and recipes in memory. Time is tokio's, paused by the tests.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use allot_agent::{
    app::{
        Actor, Agent, AppError, DeployOptions, DeployRequest, EnvEdit, Event, GenerateRequest,
        NewApp, Outcome, Plan, Registry, Verdict, What,
    },
    clock::Clock,
    config::{
        CatalogueConfig, Config, EngineChoice, EngineConfig, FederationConfig, MetricsConfig,
        RecipesConfig, SocketConfig, WitnessConfig,
    },
    engine::{
        Engine,
        sim::{SimControl, SimEngine},
    },
};
use futures::StreamExt as _;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::recipes::{Draft, MemoryRecipes};

pub const APP: &str = "demo.example.org";
pub const STACK: &str = "demo_example_org";

/// A clock that goes on by a second whenever somebody looks.
#[derive(Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }
}

pub struct Plot {
    pub agent: Arc<Agent>,
    pub engine: Arc<SimEngine>,
    pub sim: SimControl,
    pub recipes: Arc<MemoryRecipes>,
    pub dir: TempDir,
}

pub fn somebody() -> Actor {
    Actor("tester (1000)".to_owned())
}

pub fn config(socket: &Path) -> Config {
    Config {
        server: "example.org".to_owned(),
        socket: SocketConfig {
            path: socket.to_owned(),
            group: None,
        },
        engine: EngineConfig {
            kind: EngineChoice::Sim,
            endpoint: "sim://".to_owned(),
        },
        recipes: RecipesConfig::default(),
        metrics: MetricsConfig::default(),
        witness: WitnessConfig::default(),
        federation: FederationConfig::default(),
        catalogue: CatalogueConfig::default(),
        roles: None,
    }
}

impl Plot {
    /// An agent that knows version 1.0.0 of the recipe `demo`.
    pub fn new() -> Self {
        Self::on(TempDir::new().unwrap())
    }

    /// An agent on what another one left, with a fresh swarm.
    pub fn on(dir: TempDir) -> Self {
        let engine = Arc::new(SimEngine::new());
        let recipes = Arc::new(MemoryRecipes::default());
        recipes.publish("1.0.0+1", Draft::default().tree());
        let agent = agent(dir.path(), &engine, &recipes);
        Self {
            sim: engine.control(),
            agent,
            engine,
            recipes,
            dir,
        }
    }

    /// One with the app registered and its secret made.
    pub async fn with_app() -> Self {
        let plot = Self::new();
        plot.create().await.unwrap();
        plot.generate().await;
        plot
    }

    /// One with the app deployed.
    pub async fn deployed() -> Self {
        let plot = Self::with_app().await;
        assert_eq!(plot.deploy().await.outcome, Outcome::Converged);
        plot
    }

    pub async fn create(&self) -> Result<(), AppError> {
        let new = NewApp {
            recipe: "demo".to_owned(),
            ..NewApp::default()
        };
        self.agent.create_app(new, somebody()).await.map(|_| ())
    }

    pub async fn generate(&self) {
        let all = GenerateRequest {
            app: APP.to_owned(),
            ..GenerateRequest::default()
        };
        self.agent.generate_secrets(all).await.unwrap();
    }

    pub async fn set(&self, name: &str, value: &str) -> Result<u64, AppError> {
        let edit = EnvEdit {
            set: vec![(name.to_owned(), value.to_owned())],
            ..EnvEdit::default()
        };
        let done = self.agent.edit_env(APP, 0, edit, somebody()).await;
        done.map(|(revision, _)| revision)
    }

    pub async fn plan(&self) -> Result<Plan, AppError> {
        self.plan_version("").await
    }

    pub async fn plan_version(&self, version: &str) -> Result<Plan, AppError> {
        let request = DeployRequest {
            version: version.to_owned(),
            ..request()
        };
        self.agent.plan_deploy(request).await
    }

    pub async fn plan_with(&self, options: DeployOptions) -> Result<Plan, AppError> {
        let request = DeployRequest {
            options,
            ..request()
        };
        self.agent.plan_deploy(request).await
    }

    /// Applies a plan and waits for its end.
    pub async fn apply(&self, plan: &Plan) -> Result<Vec<Event>, AppError> {
        let live = self.agent.apply(APP, &plan.hash, somebody()).await?;
        Ok(live.follow().collect().await)
    }

    /// Plans and applies what the env says.
    pub async fn deploy(&self) -> Verdict {
        let plan = self.plan().await.unwrap();
        verdict(&self.apply(&plan).await.unwrap())
    }

    pub async fn undeploy(&self) -> Verdict {
        let plan = self.agent.plan_undeploy(APP).await.unwrap();
        verdict(&self.apply(&plan).await.unwrap())
    }

    /// Whether the swarm runs everything that the stack should have, as the engine sees it.
    pub async fn all_run(&self) -> bool {
        let rows = self.agent.list_services(APP).await.unwrap();
        rows.len() == 2 && rows.iter().all(|row| row.running == row.wanted)
    }

    /// Names of the stack's configs.
    pub async fn configs(&self) -> Vec<String> {
        let snapshot = self.engine.snapshot(STACK).await.unwrap();
        snapshot.configs.into_iter().map(|c| c.name).collect()
    }

    /// Ends the agent, as a crash would, and starts another one on what is left.
    pub async fn restart(self) -> Self {
        let Self {
            agent: old,
            engine,
            sim,
            recipes,
            dir,
        } = self;
        drop(old);
        let agent = agent(dir.path(), &engine, &recipes);
        agent.end_what_was_interrupted().await.unwrap();
        Self {
            agent,
            engine,
            sim,
            recipes,
            dir,
        }
    }
}

fn request() -> DeployRequest {
    DeployRequest {
        app: APP.to_owned(),
        ..DeployRequest::default()
    }
}

fn agent(dir: &Path, engine: &Arc<SimEngine>, recipes: &Arc<MemoryRecipes>) -> Arc<Agent> {
    let (registry, _) = Registry::open(&dir.join("store")).unwrap();
    Arc::new(Agent::new(
        config(&dir.join("agent.sock")),
        engine.clone(),
        recipes.clone(),
        registry,
        Arc::new(Ticks::default()),
    ))
}

/// The end of an operation's story.
pub fn verdict(events: &[Event]) -> Verdict {
    match events.last().map(|e| &e.what) {
        Some(What::Verdict(verdict)) => (**verdict).clone(),
        other => panic!("the story ends with {other:?}"),
    }
}

pub fn steps(events: &[Event]) -> Vec<String> {
    let step = |event: &Event| match &event.what {
        What::Step(step) => Some(format!(
            "{} {} {}",
            step.action.name(),
            step.kind,
            step.name
        )),
        _ => None,
    };
    events.iter().filter_map(step).collect()
}
