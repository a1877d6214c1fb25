//! A member with a swarm and a repository, and a hub that has seen recipes.

use std::{path::Path, sync::Arc, time::Duration};

use allot_agent::{
    app::{Actor, Agent, AppError, DeployRequest, NewApp, Plan, Registry},
    catalogue::Catalogue,
    clock::Clock,
    config::{Accept, CatalogueConfig},
    engine::sim::SimEngine,
    federation::{Federation, Options, ReleaseForm},
};
use allot_ledger::{
    Author, Body, Entry, Envelope,
    entry::{DocumentRef, Seen},
};
use allot_recipe::{
    Limits, RecipeVersion,
    catalogue::{About, AboutFacts, VersionDocument, VersionFacts},
};
use tempfile::TempDir;

use crate::{
    hub::{TestClock, TestHub},
    ledgers::key,
    place::{Place, hasty},
    plot,
    recipes::{Draft, MemoryRecipes},
};

pub const APP: &str = "demo.example.org";

/// An entry of the hub.
pub fn say(hub: &TestHub, body: Body) {
    let now = hub.inner.now();
    let mut ledger = hub.inner.ledger();
    let entry = Entry {
        federation: ledger.federation().to_string(),
        author: Author::Hub,
        seq: ledger.book.state().next_seq(&Author::Hub),
        at: now,
        body,
    };
    let envelope = Envelope::sign(&entry, &key("entries")).unwrap();
    ledger.take(envelope, now).unwrap();
    drop(ledger);
    hub.inner.wake();
}

pub fn put(hub: &TestHub, document: Vec<u8>) -> DocumentRef {
    let of = DocumentRef::of(&document).unwrap();
    let mut texts = hub.inner.texts.lock().unwrap();
    texts.insert(of.sha256.to_string(), document);
    of
}

/// A hub that has seen the recipe at this place.
pub fn know(hub: &TestHub, recipe: &str, repository: &str, about: &str) {
    let facts = AboutFacts {
        recipe: recipe.to_owned(),
        repository: repository.to_owned(),
        description: Some(about.to_owned()),
        default_branch: "main".to_owned(),
        ..AboutFacts::default()
    };
    let about = About::read(Some(&Draft::default().tree()), facts, &Limits::default());
    let about = put(hub, about.to_bytes(&Limits::default()).unwrap());
    let recipe = recipe.parse().unwrap();
    say(hub, Body::Recipe { recipe, about });
}

/// A hub that has seen this tag.
pub fn observe(hub: &TestHub, recipe: &str, version: &str, commit: &str, tree: &str) {
    let facts = VersionFacts {
        recipe,
        version: &RecipeVersion::parse(version).unwrap(),
        commit,
        tree,
        tagged_at: Some(hub.inner.now()),
    };
    let limits = Limits::default();
    let document = VersionDocument::read(&Draft::default().tree(), &facts, &limits).unwrap();
    let document = put(hub, document.to_bytes(&limits).unwrap());
    let seen = Seen {
        version: version.parse().unwrap(),
        commit: commit.parse().unwrap(),
        tree: tree.parse().unwrap(),
        document,
    };
    let body = Body::Observe {
        recipe: recipe.parse().unwrap(),
        versions: vec![seen],
    };
    say(hub, body);
}

/// A commit as [`MemoryRecipes`] numbers them.
pub fn commit(number: usize) -> String {
    format!("{:040x}", 0xc0de + number)
}

pub fn accepting(accept: Accept) -> CatalogueConfig {
    CatalogueConfig {
        accept,
        ..CatalogueConfig::default()
    }
}

/// A member with a swarm, and a repository of the recipe `demo` with 1.0.0+1 and 1.1.0+1 in it.
pub struct Yard {
    pub place: Place,
    pub recipes: Arc<MemoryRecipes>,
    pub engine: Arc<SimEngine>,
    pub store: TempDir,
}

impl Yard {
    pub async fn of(hub: &TestHub, collective: &str) -> Self {
        Self::with(hub, collective, hasty()).await
    }

    pub async fn with(hub: &TestHub, collective: &str, options: Options) -> Self {
        let recipes = Arc::new(MemoryRecipes::default());
        recipes.publish("1.0.0+1", Draft::default().tree());
        recipes.publish("1.1.0+1", Draft::default().tree());
        let yard = Self {
            place: Place::joined_with(hub, collective, "swarm-1", options).await,
            recipes,
            engine: Arc::new(SimEngine::new()),
            store: TempDir::new().unwrap(),
        };
        yard.place.until_size(hub.size()).await;
        yard
    }

    pub fn federation(&self) -> &Arc<Federation> {
        &self.place.federation
    }

    pub fn catalogue(&self, config: CatalogueConfig) -> Arc<Catalogue> {
        let clock: Arc<dyn Clock> = self.place.clock.clone();
        Arc::new(Catalogue::new(Arc::clone(self.federation()), clock, config))
    }

    /// An agent with nothing in its store that accepts this.
    pub fn agent(&self, name: &str, accept: Accept) -> Agent {
        let dir = self.store.path().join(name);
        agent(&dir, &self.engine, &self.recipes, &self.place.clock)
            .with_catalogue(self.catalogue(accepting(accept)))
    }

    pub async fn until_whole(&self) {
        let catalogue = self.catalogue(CatalogueConfig::default());
        let whole = async {
            while catalogue.status().await.unwrap().missing > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let whole = tokio::time::timeout(Duration::from_secs(20), whole).await;
        whole.expect("the documents come by themselves");
    }
}

pub fn agent(
    dir: &Path,
    engine: &Arc<SimEngine>,
    recipes: &Arc<MemoryRecipes>,
    clock: &Arc<TestClock>,
) -> Agent {
    let (registry, _) = Registry::open(&dir.join("store")).unwrap();
    let config = plot::config(&dir.join("agent.sock"));
    let (engine, recipes, clock) = (engine.clone(), recipes.clone(), clock.clone());
    Agent::new(config, engine, recipes, registry, clock)
}

pub async fn create(agent: &Agent, recipe: &str, version: &str) -> Result<String, AppError> {
    let new = NewApp {
        recipe: recipe.to_owned(),
        version: version.to_owned(),
        domain: APP.to_owned(),
        ..NewApp::default()
    };
    let created = agent.create_app(new, Actor("x".to_owned())).await?;
    Ok(created.version)
}

pub async fn plan(agent: &Agent, version: &str, yanked: bool) -> Result<Plan, AppError> {
    let request = DeployRequest {
        app: APP.to_owned(),
        version: version.to_owned(),
        yanked,
        ..DeployRequest::default()
    };
    agent.plan_deploy(request).await
}

pub fn rules(plan: &Plan) -> Vec<&str> {
    let ours = [
        "not-pinned",
        "only-observed",
        "yanked",
        "not-accepted",
        "security",
        "outcomes",
    ];
    let rules = plan.notices.iter().map(|notice| notice.rule.as_str());
    rules.filter(|rule| ours.contains(rule)).collect()
}

pub fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.code().to_owned(), error.to_string())
}

pub fn form(version: &str) -> ReleaseForm {
    ReleaseForm {
        recipe: "demo".to_owned(),
        version: version.to_owned(),
        ..ReleaseForm::default()
    }
}

pub fn demo(hub: &TestHub) {
    know(
        hub,
        "demo",
        "https://git.coopcloud.tech/coop-cloud/demo.git",
        "A page.",
    );
    observe(hub, "demo", "1.0.0+1", &commit(0), &commit(0));
    observe(hub, "demo", "1.1.0+1", &commit(1), &commit(1));
}
