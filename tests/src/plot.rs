//! A test's own plot: an agent, recipes, apps, and the duty to leave nothing behind.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    process, thread,
};

use allot_testkit::RecipeRepo;
use tempfile::TempDir;

use crate::{Agent, AgentOptions, Docker, Run, Running, program::engine};

/// Version of a recipe that has only one.
const ONLY_VERSION: &str = "1.0.0+1";

/// The files of one version of a recipe, by path.
pub type RecipeFiles<'a> = &'a [(&'a str, &'a str)];

/// An agent with recipes and apps, for one test.
pub struct Plot {
    name: String,
    agent: Option<Agent>,
    docker: Docker,
    stacks: RefCell<Vec<String>>,
    dir: TempDir,
}

/// How a plot is laid out.
pub struct PlotBuilder {
    name: String,
    options: AgentOptions,
}

impl PlotBuilder {
    /// Another endpoint than the tests' engine.
    #[must_use]
    pub fn endpoint(mut self, endpoint: &str) -> Self {
        self.options.endpoint = Some(endpoint.to_owned());
        self
    }

    /// What the agent logs, in the syntax of `ALLOT_LOG`.
    #[must_use]
    pub fn log(mut self, filter: &'static str) -> Self {
        self.options.log = filter;
        self
    }

    /// How long a git server may take.
    #[must_use]
    pub fn fetch_timeout_seconds(mut self, seconds: u64) -> Self {
        self.options.fetch_timeout_seconds = seconds;
        self
    }

    /// Starts the agent.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn lay_out(self) -> Plot {
        // Short, because a unix socket's path may have 107 bytes.
        let dir = TempDir::with_prefix("allot-").expect("make a directory");
        self.lay_out_in(dir)
    }

    /// Starts the agent with its files in `dir`.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn lay_out_in(self, dir: TempDir) -> Plot {
        let agent = Agent::start(dir.path(), self.options);
        Plot {
            name: self.name,
            agent: Some(agent),
            docker: Docker::default(),
            stacks: RefCell::default(),
            dir,
        }
    }
}

impl Plot {
    /// A plot on the tests' engine. `name` becomes part of the names of its stacks; at most 20 characters.
    ///
    /// # Panics
    /// The agent does not come up, or no engine is named.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::builder(name).lay_out()
    }

    /// A plot that differs from the usual.
    ///
    /// # Panics
    /// No engine is named.
    #[must_use]
    pub fn builder(name: &str) -> PlotBuilder {
        PlotBuilder {
            name: name.to_owned(),
            options: AgentOptions {
                endpoint: Some(engine()),
                collective: None,
                env: Vec::new(),
                namespace: None,
                log: "info",
                fetch_timeout_seconds: 60,
                base_url: None,
                toml: String::new(),
            },
        }
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The agent.
    ///
    /// # Panics
    /// Only while it is dropped.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        self.agent.as_ref().expect("the plot's agent")
    }

    /// The agent, to be stopped or killed.
    ///
    /// # Panics
    /// Only while it is dropped.
    pub fn agent_mut(&mut self) -> &mut Agent {
        self.agent.as_mut().expect("the plot's agent")
    }

    /// The engine, seen through the docker CLI.
    #[must_use]
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The domain of an app of this plot: like no other on this swarm.
    #[must_use]
    pub fn domain(&self, app: &str) -> String {
        let domain = format!("deck-{}-{app}-{}.test", self.name, process::id());
        self.note_stack(&domain);
        domain
    }

    /// The stack of a domain.
    #[must_use]
    pub fn stack(domain: &str) -> String {
        domain.replace('.', "_")
    }

    fn note_stack(&self, domain: &str) {
        let stack = Self::stack(domain);
        let mut stacks = self.stacks.borrow_mut();
        if !stacks.contains(&stack) {
            stacks.push(stack);
        }
    }

    /// A new recipe of this plot.
    #[must_use]
    pub fn recipe(&self, name: &str) -> RecipeRepo {
        RecipeRepo::new(&self.path(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("recipes").join(name)
    }

    /// An app of a recipe that has only this compose file; gives its domain.
    ///
    /// # Panics
    /// The agent refuses it.
    #[must_use]
    pub fn app(&self, compose: &str) -> String {
        self.app_of(&[("compose.yml", compose)])
    }

    /// An app of a recipe of these files; gives its domain.
    ///
    /// # Panics
    /// The agent refuses it.
    #[must_use]
    pub fn app_of(&self, files: RecipeFiles<'_>) -> String {
        let domain = self.domain("a");
        self.new_app(&domain, &self.recipe_of("thing", &[(ONLY_VERSION, files)]))
            .done();
        domain
    }

    /// A recipe with versions, each of these files and those of the version before; gives its URL.
    #[must_use]
    pub fn recipe_of(&self, name: &str, versions: &[(&str, RecipeFiles<'_>)]) -> String {
        let mut repo = self.recipe(name);
        for (version, files) in versions {
            for (path, text) in *files {
                repo = repo.file(path, text);
            }
            repo = repo.publish(version);
        }
        repo.url()
    }

    /// `allot app new`.
    pub fn new_app(&self, domain: &str, recipe: &str) -> Run {
        self.allot(&["app", "new", recipe, "--domain", domain, "--no-input"])
    }

    /// `allot app new` at a version that is not the newest; it must succeed.
    ///
    /// # Panics
    /// It does not.
    pub fn new_app_at(&self, version: &str, domain: &str, recipe: &str) {
        let new = ["app", "new", recipe, version, "--domain", domain];
        self.allot(&[new.as_slice(), &["--no-input"]].concat())
            .done();
    }

    /// `allot app deploy DOMAIN ... --yes`, no registry asked.
    pub fn deploy(&self, domain: &str, args: &[&str]) -> Run {
        self.allot(&deploy(domain, args))
    }

    /// The same, read while it goes on.
    pub fn deploying(&self, domain: &str, args: &[&str]) -> Running {
        let mut all = vec!["--output", "json"];
        all.extend(deploy(domain, args));
        Running::of(self.agent().socket(), &all)
    }

    /// `allot ARGS`, with JSON output, read while it goes on.
    pub fn running(&self, args: &[&str]) -> Running {
        let mut all = vec!["--output", "json"];
        all.extend(args);
        Running::of(self.agent().socket(), &all)
    }

    /// `allot ARGS`, with JSON output.
    pub fn allot(&self, args: &[&str]) -> Run {
        self.allot_with(args, b"")
    }

    /// The same, with something on standard input.
    pub fn allot_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        let mut all = vec!["--output", "json"];
        all.extend(args);
        Run::of(self.agent().socket(), &all, stdin)
    }

    /// `allot ARGS`, for people.
    pub fn allot_text(&self, args: &[&str]) -> Run {
        Run::of(self.agent().socket(), args, b"")
    }
}

fn deploy<'a>(domain: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["app", "deploy", domain];
    all.extend(args);
    all.extend(["--yes", "--resolve-image", "never"]);
    all
}

impl Drop for Plot {
    fn drop(&mut self) {
        if thread::panicking()
            && let Some(agent) = &self.agent
        {
            println!("the agent's log:\n{}", agent.log());
        }
        self.agent = None;
        for stack in self.stacks.borrow().iter() {
            self.docker.sweep(stack);
        }
    }
}
