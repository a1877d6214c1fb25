//! The catalogue of a running hub: real repositories, over `file://` and over a forge's HTTP, become entries of the log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test may panic like the test"
)]

mod bad;
mod commands;
mod forges;
mod many;
mod pages;
mod running;
mod strangers;
mod tags;
mod webhooks;
