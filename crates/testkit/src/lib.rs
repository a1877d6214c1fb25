//! Test doubles: what the suites of several crates share.

pub mod recording_engine;

pub use recording_engine::{RecordedRequest, RecordingEngine};
