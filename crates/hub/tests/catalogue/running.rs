//! A hub in a process, with sources of recipes.

use std::{net::SocketAddr, path::Path, path::PathBuf, sync::Arc, time::Duration};

use allot_hub::{
    app::{Hub, Rhythm},
    catalogue::{
        Catalogue, RecipeStatus, Status,
        config::{CatalogueConfig, ForgeConfig, GitConfig, WebhookConfig},
    },
    config::Config,
    found::{Founding, found},
    home::Home,
    server::{Options, ServeError, Server},
};
use allot_ledger::{
    Body, Digest, Leaf, RecipeName, SecretKey,
    entry::{Founder, Rules},
};
use allot_recipe::{
    Limits,
    catalogue::{About, VersionDocument},
};
use allot_testkit::{FakeForge, RecipeRepo};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

/// How long a thing that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const COMPOSE: &str =
    "services:\n  app:\n    image: nginx:1.27.0\n  db:\n    image: mariadb:11.4\n";

/// A hub that runs.
pub struct Running {
    pub dir: TempDir,
    pub hub: Arc<Hub>,
    pub catalogue: Arc<Catalogue>,
    pub http: SocketAddr,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<Result<(), ServeError>>>,
}

/// A source that is a folder of this machine.
pub fn git(path: &Path) -> GitConfig {
    GitConfig {
        recipe: None,
        url: format!("file://{}", path.display()).parse().unwrap(),
        poll: None,
    }
}

pub fn forge(forge: &FakeForge, organisation: &str) -> ForgeConfig {
    ForgeConfig {
        url: forge.url().parse().unwrap(),
        organisation: organisation.to_owned(),
        token_file: None,
        include: Default::default(),
        exclude: Default::default(),
        poll: None,
    }
}

pub fn gits(paths: &[&Path]) -> CatalogueConfig {
    CatalogueConfig {
        git: paths.iter().map(|path| git(path)).collect(),
        ..CatalogueConfig::default()
    }
}

pub fn forges(all: Vec<ForgeConfig>) -> CatalogueConfig {
    CatalogueConfig {
        forge: all,
        ..CatalogueConfig::default()
    }
}

pub fn with_webhook(mut config: CatalogueConfig, secret_file: PathBuf) -> CatalogueConfig {
    config.webhook = Some(WebhookConfig { secret_file });
    config
}

/// A recipe with one version.
pub fn recipe(dir: &Path) -> RecipeRepo {
    RecipeRepo::new(dir)
        .file("compose.yml", COMPOSE)
        .file("README.md", readme("Apps"))
        .publish("1.0.0+1.27.0")
}

pub fn readme(category: &str) -> String {
    format!(
        "# Web\n\nServes a page.\n\n<!-- metadata -->\n* **Category**: {category}\n* **Status**: 3, stable\n* **Healthcheck**: Yes\n<!-- endmetadata -->\n"
    )
}

/// The same recipe, one version on.
pub fn next(repo: RecipeRepo, version: &str) -> RecipeRepo {
    let (_, upstream) = version.split_once('+').unwrap();
    repo.file("compose.yml", COMPOSE.replace("1.27.0", upstream))
        .publish(version)
}

impl Running {
    pub async fn with(catalogue: CatalogueConfig) -> Self {
        let dir = TempDir::new().unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::new("hub.test:7480".to_owned(), any, Some(any));
        config.catalogue = catalogue;
        let key = SecretKey::from_seed(&Digest::of(b"autonomic").0);
        let founder = Founder {
            slug: "autonomic".parse().unwrap(),
            key: key.public(),
        };
        let founding = Founding {
            federation: "test-federation".parse().unwrap(),
            founders: vec![founder],
            rules: Rules::default(),
            config,
            root_key: None,
        };
        let home = Home::new(dir.path());
        found(&home, founding, Timestamp::now()).await.unwrap();
        Self::start(dir).await
    }

    async fn start(dir: TempDir) -> Self {
        let home = Home::new(dir.path());
        let mut options = Options::new(home.clone(), Config::read(&home).unwrap());
        options.rhythm = Rhythm {
            beat: Duration::from_millis(100),
            ..Rhythm::default()
        };
        let server = Server::bind(options).await.unwrap();
        let (hub, catalogue) = (Arc::clone(&server.hub), Arc::clone(&server.catalogue));
        let http = server.http_address().unwrap().unwrap();
        let (stop, told) = oneshot::channel();
        let served = tokio::spawn(server.run(async {
            let _ = told.await;
        }));
        Self {
            dir,
            hub,
            catalogue,
            http,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            stop: Some(stop),
            served: Some(served),
        }
    }

    /// Restarts, with other sources if they are given.
    pub async fn restart(mut self, change: impl FnOnce(&mut CatalogueConfig)) -> Self {
        self.stop.take().unwrap().send(()).unwrap();
        let served = self.served.take().unwrap();
        timeout(PATIENCE, served).await.unwrap().unwrap().unwrap();
        let Self {
            dir,
            hub,
            catalogue,
            ..
        } = self;
        drop((hub, catalogue));
        let home = Home::new(dir.path());
        let mut config = Config::read(&home).unwrap();
        change(&mut config.catalogue);
        config.write(&home).unwrap();
        Self::start(dir).await
    }

    /// Has everything looked at, to the end.
    pub async fn sync(&self) -> Status {
        let over = timeout(PATIENCE, self.catalogue.sync(None)).await.unwrap();
        assert!(over.unwrap(), "in time");
        self.catalogue.status(None).await
    }

    /// Entries about recipes, in their order: `recipe web`, `observe web 1.0.0+1`.
    pub async fn entries(&self) -> Vec<String> {
        let size = *self.hub.replica.size().borrow();
        let mut entries = Vec::new();
        for index in 0..size {
            let leaf = self.hub.replica.leaf(index).await.unwrap().unwrap();
            let entry = Leaf::from_bytes(&leaf).unwrap().envelope.entry().unwrap();
            match entry.body {
                Body::Recipe { recipe, .. } => entries.push(format!("recipe {recipe}")),
                Body::Observe { recipe, versions } => {
                    let versions = versions.iter().map(|seen| seen.version.to_string());
                    let versions = versions.collect::<Vec<_>>().join(" ");
                    entries.push(format!("observe {recipe} {versions}"));
                }
                _ => {}
            }
        }
        entries
    }

    /// The commit that the log has of a version.
    pub async fn commit(&self, recipe: &str, version: &str) -> Option<String> {
        let book = self.hub.replica.book().await;
        let pinned = book.state().version(recipe, version)?;
        Some(pinned.commit.to_string())
    }

    /// The versions that the log has of a recipe, in its order.
    pub async fn versions(&self, recipe: &str) -> Vec<String> {
        let book = self.hub.replica.book().await;
        let recipe = book.state().recipe(recipe);
        let versions = recipe.into_iter().flat_map(|recipe| recipe.versions());
        versions.map(|pinned| pinned.version.to_string()).collect()
    }

    /// What is known of a recipe, as the log's newest document says.
    pub async fn about(&self, recipe: &str) -> About {
        let about = self
            .hub
            .replica
            .book()
            .await
            .state()
            .recipe(recipe)
            .unwrap()
            .about;
        let text = self.hub.replica.text(about.sha256).unwrap().unwrap();
        assert_eq!(u64::from(about.bytes), u64::try_from(text.len()).unwrap());
        About::from_bytes(&text, &Limits::default()).unwrap()
    }

    pub async fn document(&self, recipe: &str, version: &str) -> VersionDocument {
        let document = {
            let book = self.hub.replica.book().await;
            let pinned = book.state().version(recipe, version).unwrap();
            pinned.observed.unwrap().document
        };
        let text = self.hub.replica.text(document.sha256).unwrap().unwrap();
        VersionDocument::from_bytes(&text, &Limits::default()).unwrap()
    }

    pub async fn told(&self, recipe: &str) -> RecipeStatus {
        let recipe: RecipeName = recipe.parse().unwrap();
        let mut told = self.catalogue.status(Some(&recipe)).await.told;
        told.pop().unwrap()
    }

    /// What was wrong with a recipe at the last look, if there was one.
    pub async fn problems(&self, recipe: &str) -> Vec<allot_recipe::catalogue::Problem> {
        let recipe: RecipeName = recipe.parse().unwrap();
        let mut told = self.catalogue.status(Some(&recipe)).await.told;
        told.pop().map(|row| row.problems).unwrap_or_default()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The figures.
    pub async fn metrics(&self) -> String {
        let answer = self.client.get(self.url("/metrics")).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// Waits until something holds.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("in vain: {what}"),
        }
    }
}
