//! `allot resolution ...`, against an agent that answers from a script.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod files;
mod listing;
mod proposing;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod voting;

use allot_proto::agent::{ListResolutionsResponse, Recorded};
use assert_cmd::assert::Assert;
use support::{MockAgent, Script, allot, federation as fixtures};

fn script() -> Script {
    Script {
        federation: fixtures::status(),
        resolutions: ListResolutionsResponse {
            resolutions: fixtures::resolutions(),
            ..Default::default()
        },
        resolution: fixtures::one_resolution(),
        recorded: Recorded {
            warnings: vec![],
            ..fixtures::recorded("propose")
        },
        ..Default::default()
    }
}

fn run(agent: &MockAgent, args: &[&str]) -> Assert {
    allot(&agent.socket())
        .arg("resolution")
        .args(args)
        .write_stdin("")
        .assert()
}

fn last(agent: &MockAgent) -> String {
    agent.seen().last().unwrap().request.clone()
}
