//! An `allot-agent` of one test's own.

use std::{
    fs::{self, File},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    await_that,
    program::{program, program_in},
};

/// How long an agent may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How an agent is set up.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// Where its engine is, as a URL; nothing for the simulated one.
    pub endpoint: Option<String>,
    /// The collective whose agent it is; its key is made at `init`.
    pub collective: Option<String>,
    /// What stands in its environment besides `ALLOT_LOG`.
    pub env: Vec<(String, String)>,
    /// A network namespace to run in.
    pub namespace: Option<String>,
    /// `ALLOT_LOG`.
    pub log: &'static str,
    /// How long a git server may take, seconds.
    pub fetch_timeout_seconds: u64,
    /// Where recipes of the catalogue are that have no address of the web; nothing for what is usual.
    pub base_url: Option<String>,
    /// Lines at the end of its configuration.
    pub toml: String,
}

/// A running agent, and what it leaves in its directory.
#[derive(Debug)]
pub struct Agent {
    dir: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    options: AgentOptions,
    child: Option<Child>,
}

impl Agent {
    /// Makes an agent whose files are in `dir/agent`, and starts it.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start(dir: &Path, options: AgentOptions) -> Self {
        let (mut agent, _) = Self::init(dir, options);
        agent.serve();
        agent
    }

    /// Makes an agent whose files are in `dir/agent`; gives what `init` printed too.
    ///
    /// # Panics
    /// `allot-agent init` fails.
    #[must_use]
    pub fn init(dir: &Path, options: AgentOptions) -> (Self, String) {
        let agent = Self {
            dir: dir.join("agent"),
            socket: dir.join("agent.sock"),
            log: dir.join("agent.log"),
            options,
            child: None,
        };
        let printed = agent.make();
        (agent, printed)
    }

    /// What it is to find in its environment from its next start on.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.options.env.push((name.to_owned(), value.to_owned()));
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What it logged so far, over all its lives.
    ///
    /// # Panics
    /// The log cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("read the agent's log")
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("a running agent");
        child.kill().expect("kill the agent");
        child.wait().expect("wait for the agent");
    }

    /// Tells it to stop and waits until it has.
    ///
    /// # Panics
    /// It does not stop.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        crate::run::signal(child.id(), "TERM");
        await_that("the agent ends after SIGTERM", PATIENCE, || {
            child.try_wait().expect("wait for the agent")
        });
    }

    /// Starts it (again) and waits until it answers.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self) {
        self.spawn();
        await_that("the agent answers", PATIENCE, || {
            let child = self.child.as_mut()?;
            if let Some(status) = child.try_wait().expect("look at the agent") {
                panic!("the agent ended with {status}:\n{}", self.log());
            }
            UnixStream::connect(&self.socket).ok()
        });
    }

    /// Starts it and waits until it has ended by itself; gives its exit code and what it logged in this life.
    ///
    /// # Panics
    /// It does not end.
    pub fn serve_in_vain(&mut self) -> (Option<i32>, String) {
        let before = self.log().len();
        self.spawn();
        let mut child = self.child.take().expect("a started agent");
        let status = await_that("the agent ends by itself", PATIENCE, || {
            child.try_wait().expect("look at the agent")
        });
        (status.code(), self.log()[before..].to_owned())
    }

    /// `allot-agent ARGS --dir DIR`, run to its end: exit code, standard output and standard error.
    ///
    /// # Panics
    /// It cannot be run.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(program("allot-agent"))
            .args(args)
            .arg("--dir")
            .arg(&self.dir)
            .output()
            .expect("run allot-agent");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    fn make(&self) -> String {
        let socket = self.socket.to_str().expect("a path that is text");
        let mut init = vec!["init", "--server", "plot", "--socket", socket];
        match &self.options.endpoint {
            Some(endpoint) => init.extend(["--endpoint", endpoint]),
            None => init.extend(["--engine", "sim"]),
        }
        if let Some(collective) = &self.options.collective {
            init.extend(["--collective", collective]);
        }
        let (code, printed, error) = self.command(&init);
        assert_eq!(code, Some(0), "allot-agent init: {error}");
        let timeout = self.options.fetch_timeout_seconds;
        let place = self.options.base_url.clone();
        self.configure(|text| {
            let changed = text.lines().map(|line| match line.split_once(" = ") {
                Some((key @ "fetch_timeout_seconds", _)) => format!("{key} = {timeout}\n"),
                Some((key @ "base_url", was)) => match &place {
                    Some(place) => format!("{key} = \"{place}\"\n"),
                    None => format!("{key} = {was}\n"),
                },
                _ => format!("{line}\n"),
            });
            changed.collect::<String>() + &self.options.toml
        });
        printed
    }

    /// Changes its configuration, for its next start.
    ///
    /// # Panics
    /// The file cannot be read or written.
    pub fn configure(&self, change: impl FnOnce(String) -> String) {
        let path = self.dir.join("agent.toml");
        let text = fs::read_to_string(&path).expect("read agent.toml");
        fs::write(&path, change(text)).expect("write agent.toml");
    }

    fn spawn(&mut self) {
        let log = File::options()
            .append(true)
            .create(true)
            .open(&self.log)
            .expect("open the agent's log");
        let child = program_in(self.options.namespace.as_deref(), "allot-agent")
            .arg("serve")
            .arg("--dir")
            .arg(&self.dir)
            .env("ALLOT_LOG", self.options.log)
            .envs(self.options.env.iter().cloned())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .expect("start allot-agent");
        self.child = Some(child);
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
