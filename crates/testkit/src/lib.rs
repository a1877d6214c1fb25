//! Test doubles: what the suites of several crates share.

mod fake_forge;
mod member;
mod recipe_repo;
pub mod recording_engine;

pub use fake_forge::{FakeForge, Mood};
pub use member::{Member, Seat, connect, hand_in, nobody};
pub use recipe_repo::RecipeRepo;
pub use recording_engine::{RecordedRequest, RecordingEngine};
