//! The docker CLI, talking to an engine that records.

use std::process::{Command, Output};

use allot_testkit::RecordingEngine;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    answer::{Answer, KINDS, STACK},
    case::Case,
};

/// The CLI, its home, and the engine it talks to.
pub struct Docker {
    home: TempDir,
    engine: RecordingEngine,
    _runtime: Runtime,
}

impl Docker {
    /// The CLI, if it is of the major version that we follow.
    pub fn find() -> Option<Self> {
        let version = Command::new("docker").args(["--version"]).output().ok()?;
        if !String::from_utf8_lossy(&version.stdout).contains(" version 28.") {
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let engine = runtime
            .block_on(async { RecordingEngine::start(home.path()) })
            .unwrap();
        Some(Self {
            home,
            engine,
            _runtime: runtime,
        })
    }

    fn run(&self, case: &Case, verb: &[&str], last: &[&str]) -> Output {
        let mut command = Command::new("docker");
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", "/home/operator")
            .env("DOCKER_CONFIG", self.home.path())
            .envs(&case.env);
        command
            .args(["-H", &self.engine.host(), "stack"])
            .args(verb);
        for file in &case.files {
            command.args(["-c", file]);
        }
        command.args(last).current_dir(&case.dir);
        command.output().unwrap()
    }

    /// What it makes of a stack.
    pub fn ask(&self, case: &Case) -> Answer {
        self.engine.clear();
        let config = self.run(case, &["config"], &[]);
        let deploy = self.run(
            case,
            &["deploy", "--detach=true", "--resolve-image", "never"],
            &[STACK],
        );
        if !deploy.status.success() {
            let reason = String::from_utf8_lossy(&deploy.stderr)
                .trim()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned();
            return Answer {
                refused: Some(reason),
                config: Value::Null,
                specs: Value::Null,
            }
            .placed(&case.dir);
        }
        let text = String::from_utf8_lossy(&config.stdout).into_owned();
        let config =
            serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", case.name));
        let bodies = KINDS.map(|kind| (kind.to_owned(), Value::Array(self.engine.created(kind))));
        Answer {
            refused: None,
            config,
            specs: Value::Object(Map::from_iter(bodies)),
        }
        .placed(&case.dir)
    }
}
