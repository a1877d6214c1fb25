//! The engine contract, held against a real Docker engine that `ALLOT_TEST_ENGINE` names
//! (`unix:///var/run/docker.sock`). It fails, and does not skip, when the variable is not set:
//! `scripts/test unit` leaves this binary out, `scripts/test deploy` sets the variable.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;

use std::sync::Arc;

use allot_agent::engine::Engine;
use allot_agent::engine::docker::{DockerEngine, Timeouts};

fn engine() -> Arc<dyn Engine> {
    let endpoint = std::env::var("ALLOT_TEST_ENGINE")
        .expect("set ALLOT_TEST_ENGINE to a swarm manager's endpoint, or leave this binary out");
    Arc::new(DockerEngine::connect(&endpoint, Timeouts::default()).unwrap())
}

contract_tests!(tokio::test);
