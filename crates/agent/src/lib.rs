//! `allot-agent`: looks after the apps of one swarm.
//!
//! Data goes one way: [`rpc`] (the edge) -> [`app`] (what the agent does) -> ports ([`engine`], [`git`], the store).

pub mod app;
pub mod args;
pub mod catalogue;
pub mod commands;
pub mod config;
pub mod engine;
pub mod federation;
pub mod limits;
pub mod metrics;
pub mod rpc;
pub mod server;
mod web;

pub use allot_daemon::{clock, telemetry};
pub use allot_git as git;
