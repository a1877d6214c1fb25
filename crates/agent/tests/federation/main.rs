//! The agent in its federation, against a hub that can be told to lie.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catalogue;
mod certificates;
mod commands;
mod distrust;
mod following;
mod history;
mod hub;
mod hub_rpc;
mod keys;
mod ledgers;
mod place;
mod rejecting;
mod serving;
mod tested;
mod texts;
mod witnessing;
mod writing;

// An agent's swarm and repositories, as the tests of deploys have them.
#[allow(dead_code)]
#[path = "../agent/plot.rs"]
mod plot;
#[allow(dead_code)]
#[path = "../agent/recipes.rs"]
mod recipes;
