//! Attacks on a federation, over the wire and against the real programs: each is refused with its own error, and whoever
//! is honest is served as before.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

mod canaries;
mod certificates;
mod dishonest;
mod entries;
mod floods;
mod forge;
mod half_open;
mod invites;
mod knock;
mod memory;
mod readers;
mod rights;
mod roles;
mod votes;
mod wire;
