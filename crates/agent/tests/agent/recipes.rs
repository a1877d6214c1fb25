//! A source of recipes in memory.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use allot_agent::git::{
    Fetched, GitError, Pinned, RecipeSource, SharedTree, Version, Versions, Wanted,
};
use allot_recipe::{RecipeVersion, tree::MemoryTree};
use async_trait::async_trait;

/// Published states of one recipe, whatever URL is asked for.
#[derive(Default)]
pub struct MemoryRecipes {
    published: Mutex<Vec<(RecipeVersion, String, Arc<MemoryTree>)>>,
    pub fetches: AtomicUsize,
}

impl MemoryRecipes {
    /// Publishes a version, or moves its tag.
    pub fn publish(&self, version: &str, tree: MemoryTree) {
        let version = RecipeVersion::parse(version).unwrap();
        let mut published = self.published.lock().unwrap();
        let commit = format!("{:040x}", published.len() + 0xc0de);
        published.retain(|(v, ..)| *v != version);
        published.push((version, commit, Arc::new(tree)));
        published.sort_by(|a, b| a.0.cmp(&b.0));
    }

    fn all(&self) -> Vec<(RecipeVersion, String, Arc<MemoryTree>)> {
        self.published.lock().unwrap().clone()
    }
}

#[async_trait]
impl RecipeSource for MemoryRecipes {
    async fn fetch(&self, _url: &str) -> Result<Fetched, GitError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        Ok(Fetched {
            updated: false,
            refs: 1,
            cloned: false,
        })
    }

    async fn versions(&self, _url: &str) -> Result<Versions, GitError> {
        let versions = self.all().into_iter().map(|(version, commit, _)| Version {
            tag: version.to_string(),
            version,
            tree: commit.clone(),
            commit,
            annotated: true,
            date: None,
        });
        Ok(Versions {
            versions: versions.collect(),
            others: Vec::new(),
        })
    }

    async fn resolve(&self, url: &str, wanted: &Wanted) -> Result<Pinned, GitError> {
        let all = self.all();
        let found = match wanted {
            Wanted::Latest | Wanted::Head => all.last(),
            Wanted::Version(version) => all.iter().find(|(v, ..)| v == version),
            Wanted::Commit(commit) => all.iter().find(|(_, c, _)| c.starts_with(commit)),
        };
        let missing = || GitError::NoSuchVersion {
            url: url.to_owned(),
            wanted: format!("{wanted:?}"),
            nearest: Vec::new(),
        };
        let (version, commit, _) = found.ok_or_else(missing)?;
        Ok(Pinned {
            commit: commit.clone(),
            tree: commit.clone(),
            version: Some(version.clone()),
        })
    }

    async fn open(&self, _url: &str, commit: &str) -> Result<SharedTree, GitError> {
        let all = self.all();
        let (.., tree) = all.iter().find(|(_, c, _)| c == commit).unwrap();
        Ok(tree.clone())
    }
}

/// What a test's recipe looks like.
#[derive(Debug, Clone)]
pub struct Draft {
    pub image: &'static str,
    pub page: &'static str,
    pub extra: &'static str,
    pub sample: &'static str,
    pub notes: Vec<(&'static str, &'static str)>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            image: "app:1",
            page: "hello",
            extra: "",
            sample: "",
            notes: Vec::new(),
        }
    }
}

impl Draft {
    /// A web app and a database: network, volume, config, and a secret that must be there.
    pub fn tree(&self) -> MemoryTree {
        let compose = COMPOSE
            .replace("@IMAGE@", self.image)
            .replace("@EXTRA@", self.extra);
        let sample = format!("{SAMPLE}{}\n", self.sample);
        let tree = MemoryTree::new()
            .with("compose.yml", compose)
            .with(".env.sample", sample)
            .with("page.html", self.page);
        self.notes.iter().fold(tree, |tree, (version, text)| {
            tree.with(&format!("release/{version}"), *text)
        })
    }
}

const SAMPLE: &str = "\
TYPE=demo
DOMAIN=demo.example.com
GREETING=hello
SECRET_TOKEN_VERSION=v1 # length=20
";

const COMPOSE: &str = r#"
version: "3.8"
services:
  app:
    image: "@IMAGE@"
    environment:
      GREETING: "${GREETING}"
    healthcheck:
      test: ["CMD", "true"]
      interval: 1s
    networks: [backend]
    configs:
      - source: page
        target: /page.html
    secrets: [token]
@EXTRA@
  db:
    image: "db:3"
    healthcheck:
      test: ["CMD", "true"]
      interval: 1s
    networks: [backend]
    volumes:
      - data:/data
networks:
  backend: {}
volumes:
  data: {}
configs:
  page:
    name: "${STACK_NAME}_page"
    file: page.html
secrets:
  token:
    external: true
    name: "${STACK_NAME}_token_${SECRET_TOKEN_VERSION}"
"#;
