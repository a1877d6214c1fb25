//! The swarm as the docker CLI shows it: a second pair of eyes, and the broom.

use std::{
    process::{Command, Output},
    time::Duration,
};

use serde_json::Value;

use crate::{await_that, program::engine};

/// How long the swarm may take to let go of what a test made.
const RELEASE: Duration = Duration::from_secs(60);

/// The docker CLI on the tests' engine.
#[derive(Debug, Clone)]
pub struct Docker {
    endpoint: String,
}

impl Default for Docker {
    fn default() -> Self {
        Self { endpoint: engine() }
    }
}

impl Docker {
    /// Another engine than the tests' own.
    #[must_use]
    pub fn at(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
        }
    }

    /// Runs a shell script in the container of a service that runs; whether it ended well, and what it printed.
    ///
    /// # Panics
    /// The service has no container.
    #[must_use]
    pub fn script(&self, service: &str, script: &str) -> (bool, String) {
        let filter = format!("label=com.docker.swarm.service.name={service}");
        let running = self.ok(&["ps", "--quiet", "--filter", &filter]);
        let container = running.lines().next().expect("a container that runs");
        let output = self.run(&["exec", container, "sh", "-c", script]);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), printed)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new("docker")
            .args(["--host", &self.endpoint])
            .args(args)
            .output()
            .expect("run docker")
    }

    /// Runs a command that must succeed; gives its standard output.
    ///
    /// # Panics
    /// It fails.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "docker {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A service as the engine knows it; `None` when there is none.
    ///
    /// # Panics
    /// The engine's answer is no JSON.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<Value> {
        let output = self.run(&["service", "inspect", name]);
        let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        found.get(0).cloned()
    }

    /// Names of one kind of object (`service`, `network`, `secret`, `config`, `volume`) that belong to a stack.
    #[must_use]
    pub fn names(&self, kind: &str, stack: &str) -> Vec<String> {
        // Not filtered by the engine: of overlay networks it finds only whole names.
        let list = self.ok(&[kind, "ls", "--format", "{{.Name}}"]);
        let prefix = format!("{stack}_");
        let names = list.lines().filter(|name| name.starts_with(&prefix));
        names.map(str::to_owned).collect()
    }

    /// Everything of a stack that is on the swarm, as `kind name`.
    #[must_use]
    pub fn everything(&self, stack: &str) -> Vec<String> {
        let kinds = ["service", "network", "secret", "config", "volume"];
        let all = kinds.iter().flat_map(|kind| {
            let names = self.names(kind, stack);
            names.into_iter().map(move |name| format!("{kind} {name}"))
        });
        all.collect()
    }

    /// Containers of a stack that run or have run.
    #[must_use]
    pub fn containers(&self, stack: &str) -> Vec<String> {
        let filter = format!("label=com.docker.stack.namespace={stack}");
        let list = self.ok(&["ps", "--all", "--quiet", "--filter", &filter]);
        list.lines().map(str::to_owned).collect()
    }

    /// Takes an object of the engine away, once nothing holds it any more.
    ///
    /// # Panics
    /// It is still there after a minute.
    pub fn gone(&self, kind: &str, name: &str) {
        await_that("it is let go", RELEASE, || {
            self.run(&[kind, "rm", name]);
            let left = self.run(&[kind, "inspect", name]);
            (!left.status.success()).then_some(())
        });
    }

    /// Takes a stack off the swarm, with all that belongs to it, and waits until it is gone.
    ///
    /// # Panics
    /// It is not gone within a minute.
    pub fn sweep(&self, stack: &str) {
        self.remove_all("service", stack);
        // Containers hold networks and volumes until they have stopped.
        let mut gone = || {
            self.containers(stack).iter().for_each(|id| {
                self.run(&["rm", "--force", "--volumes", id]);
            });
            for kind in ["network", "secret", "config", "volume"] {
                self.remove_all(kind, stack);
            }
            self.everything(stack).is_empty().then_some(())
        };
        await_that("the swarm is as it was before", RELEASE, &mut gone);
    }

    fn remove_all(&self, kind: &str, stack: &str) {
        for name in self.names(kind, stack) {
            self.run(&[kind, "rm", &name]);
        }
    }
}
