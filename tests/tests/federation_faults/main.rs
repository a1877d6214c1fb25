//! A hub and its agents when something breaks: killed, cut off, out of space, out of time, damaged.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

mod apps;
mod clocks;
mod damage;
mod disk;
mod kills;
mod partition;
mod syncs;
