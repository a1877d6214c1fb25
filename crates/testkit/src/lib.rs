//! Test doubles: what the suites of several crates share.

mod recipe_repo;
pub mod recording_engine;

pub use recipe_repo::RecipeRepo;
pub use recording_engine::{RecordedRequest, RecordingEngine};
