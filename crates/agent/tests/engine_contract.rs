//! The engine contract, held against the simulated engine. The clock is paused: waiting costs no time.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;

use std::sync::Arc;

use allot_agent::engine::Engine;
use allot_agent::engine::sim::SimEngine;

fn engine() -> Arc<dyn Engine> {
    Arc::new(SimEngine::new())
}

contract_tests!(tokio::test(start_paused = true));
