//! The bench as a maintainer uses it: real clones made with git, a real registry (Debian's `docker-registry`), and one
//! that misbehaves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it found by panicking"
)]

mod fake;
mod recipe;
mod registry;
mod release;
mod scaffold;
mod server;
mod shared;
mod sync;
mod upgrade;
