//! The agent on the simulated engine: what it promises, from a plan to a verdict, and at its socket.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apps;
mod crashes;
mod deploys;
mod edge;
mod envs;
mod faults;
mod pages;
mod plans;
mod plot;
mod recipe_tests;
mod recipes;
mod removals;
mod roles;
mod secrets;
mod sockets;
