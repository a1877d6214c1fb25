//! A collective with one agent.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{Agent, AgentOptions, Run, await_that};

/// How long something may take to come from the hub to an agent.
const PATIENCE: Duration = Duration::from_secs(60);

/// A collective, its folder and its agent.
#[derive(Debug)]
pub struct Collective {
    slug: String,
    key: String,
    dir: PathBuf,
    agent: Agent,
}

impl Collective {
    /// A new collective whose files are in `dir`; `endpoint` is its swarm, or nothing for a simulated one.
    ///
    /// # Panics
    /// Its agent does not come up.
    #[must_use]
    pub fn new(dir: &Path, slug: &str, endpoint: Option<String>) -> Self {
        Self::with(dir, slug, |options| options.endpoint = endpoint)
    }

    /// A new collective whose agent is set up otherwise.
    ///
    /// # Panics
    /// Its agent does not come up.
    #[must_use]
    pub fn with(dir: &Path, slug: &str, change: impl FnOnce(&mut AgentOptions)) -> Self {
        fs::create_dir_all(dir).expect("make the collective's folder");
        let mut options = AgentOptions {
            endpoint: None,
            collective: Some(slug.to_owned()),
            env: Vec::new(),
            namespace: None,
            log: "info",
            fetch_timeout_seconds: 60,
            base_url: None,
            toml: String::new(),
        };
        change(&mut options);
        let (mut agent, printed) = Agent::init(dir, options);
        let is_key = |word: &&str| word.starts_with(&format!("{slug}+"));
        let key = printed.split_whitespace().find(is_key);
        let key = key
            .unwrap_or_else(|| panic!("no key in: {printed}"))
            .to_owned();
        agent.serve();
        Self {
            slug: slug.to_owned(),
            key,
            dir: dir.to_owned(),
            agent,
        }
    }

    /// Its short name.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Its public key, as others write it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// `SLUG=KEY`, as `allot-hub init` takes founders.
    #[must_use]
    pub fn founder(&self) -> String {
        format!("{}={}", self.slug, self.key)
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Its agent, to be stopped or killed.
    pub fn agent_mut(&mut self) -> &mut Agent {
        &mut self.agent
    }

    /// `allot ARGS`, with JSON output.
    pub fn allot(&self, args: &[&str]) -> Run {
        self.allot_with(args, b"")
    }

    /// The same, with something on standard input.
    pub fn allot_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        let all = [&["--output", "json"], args].concat();
        Run::of(self.agent.socket(), &all, stdin)
    }

    /// `allot ARGS`, for people.
    pub fn allot_text(&self, args: &[&str], stdin: &[u8]) -> Run {
        Run::of(self.agent.socket(), args, stdin)
    }

    /// The folder in which its delegate types: a home of their own, as far as git looks.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        let home = self.dir.join("home");
        fs::create_dir_all(&home).expect("make a home");
        home
    }

    /// A line as its delegate types it, in a folder of their home.
    ///
    /// # Panics
    /// There is no shell.
    pub fn shell(&self, folder: &str, line: &str) -> Run {
        let home = self.home();
        Run::shell(self.agent.socket(), &home, &home.join(folder), line)
    }

    /// Spends an invite, which must be taken.
    ///
    /// # Panics
    /// It is not.
    pub fn join(&self, invite: &str) -> Value {
        let join = ["federation", "join", "-", "--agent", "swarm-1"];
        self.allot_with(&join, invite.as_bytes()).done().json()
    }

    /// `allot federation status`.
    ///
    /// # Panics
    /// The agent does not say.
    #[must_use]
    pub fn status(&self) -> Value {
        self.allot(&["federation", "status"]).done().json()
    }

    /// `allot ledger status`.
    ///
    /// # Panics
    /// The agent does not say.
    #[must_use]
    pub fn ledger(&self) -> Value {
        self.allot(&["ledger", "status"]).done().json()
    }

    /// How many entries its agent has.
    ///
    /// # Panics
    /// The agent does not say.
    #[must_use]
    pub fn size(&self) -> u64 {
        number(&self.ledger()["size"])
    }

    /// Waits until its agent hears the hub.
    ///
    /// # Panics
    /// It never does.
    pub fn await_hub(&self) {
        let what = format!("{} hears the hub", self.slug);
        await_that(&what, PATIENCE, || {
            (self.status()["hub_reachable"] == true).then_some(())
        });
    }

    /// Waits until its agent has so many entries.
    ///
    /// # Panics
    /// It never has.
    pub fn await_size(&self, size: u64) {
        let what = format!("{} has {size} entries", self.slug);
        await_that(&what, PATIENCE, || (self.size() >= size).then_some(()));
    }

    /// Proposes something; gives its number.
    ///
    /// # Panics
    /// It is refused.
    pub fn propose(&self, args: &[&str]) -> u64 {
        let all = [&["resolution", "propose", "--text", "-"], args, &["--yes"]].concat();
        let run = self.allot_with(&all, b"As it says above.\n");
        number(&run.done().json()["resolution"])
    }

    /// Votes; it must be taken.
    ///
    /// # Panics
    /// It is refused.
    pub fn vote(&self, number: u64, choice: &str) -> Run {
        let number = number.to_string();
        let mut args = vec!["resolution", "vote", &number, choice, "--yes"];
        if choice == "against" {
            args.extend(["--reason", "not like this"]);
        }
        self.allot(&args).done()
    }

    /// A resolution as its agent sees it.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn resolution(&self, number: u64) -> Value {
        let shown = self.allot(&["resolution", "show", &number.to_string()]);
        shown.done().json()["resolution"].clone()
    }
}

/// A number of a message: 64-bit ones may be text.
fn number(value: &Value) -> u64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or(text).expect("a number")
}
