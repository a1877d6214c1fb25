//! What the tests of the command line share: an agent that answers from a script, and the binary.

#![allow(dead_code, unused_imports)] // each test binary uses its own part

pub mod federation;
pub mod fixtures;
pub mod mock;
pub mod mock_catalogue;
mod mock_federation;

use std::path::Path;

use assert_cmd::{Command, assert::Assert};

pub use mock::{MockAgent, Script};

/// The binary, with an environment of which nothing leaks in.
pub fn allot(socket: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allot"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("ALLOT_SOCKET", socket)
        .timeout(std::time::Duration::from_secs(60));
    command
}

/// What a command wrote to stdout.
pub fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What a command wrote to stderr.
pub fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// The JSON documents of stdout, one a line.
pub fn documents(assert: &Assert) -> Vec<serde_json::Value> {
    stdout(assert)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A text with what depends on the day it is run taken out: how much time is left.
pub fn steady(text: &str) -> String {
    let line = |line: &str| match line.strip_suffix(" left") {
        Some(rest) => {
            let rest = rest.trim_end_matches("days").trim_end();
            format!("{}N days left", rest.trim_end_matches(char::is_numeric))
        }
        None => line.to_owned(),
    };
    let mut text: String = text.lines().map(|l| line(l) + "\n").collect();
    if text.is_empty() {
        text.push('\n');
    }
    text
}
