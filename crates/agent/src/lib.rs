//! `allot-agent`: looks after the apps of one swarm.

pub mod engine;
pub mod git;
