//! Helpers for the end-to-end suites: the built `allot`, `allot-agent` and `allot-hub`, against a real engine.
//!
//! A [`Plot`] is all that one test needs: an agent of its own, its recipes and its apps. Dropping it takes everything
//! off the swarm again, whether the test passed or not. A [`Federation`] is a hub with collectives, each a process.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness that cannot do its part has failed the test"
)]

mod agent;
mod await_that;
mod docker;
mod fake_engine;
mod federation;
mod http;
mod plot;
mod program;
mod proxy;
mod run;

pub use agent::{Agent, AgentOptions};
pub use await_that::await_that;
pub use docker::Docker;
pub use fake_engine::FakeEngine;
pub use federation::{
    Collective, Commons, Crowd, FORGE, Federation, Forge, Hub, HubOptions, Member, ORGANISATION,
    Transcript, on_swarm, rename, swarm,
};
pub use plot::{Plot, PlotBuilder, RecipeFiles};
pub use proxy::{EngineProxy, Request};
pub use run::{Run, Running};
