//! A hub in a process, over real TLS on loopback, with agents that have real certificates.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test may panic like the test"
)]

mod admins;
mod attacks;
mod clocks;
mod commands;
mod enrolling;
mod faults;
mod found;
mod ledger;
mod members;
mod mending;
mod roles;
mod slow;
mod streams;
mod witnesses;
