//! Each rule on a recipe that breaks it, beside one that breaks none.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod cases;
mod files;
mod outside;
mod recipe;
mod sample;
mod services;
mod verdict;
