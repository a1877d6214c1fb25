//! A store in an idle daemon is small.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

use std::path::Path;

use allot_store::{Store, StoreOptions};

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}

fn open(dir: &Path) -> Store {
    Store::open(dir, &StoreOptions::new(1)).unwrap().0
}

/// The agent has 20 MiB in all. sled alone took 23 of them before its histograms were left untouched
/// (see the root `Cargo.toml`).
#[test]
fn an_open_store_costs_less_than_six_mebibytes() {
    let dir = tempfile::tempdir().unwrap();
    let before = resident();
    let store = open(dir.path());
    let cost = resident() - before;
    println!("an empty store costs {cost} KiB");
    assert!(cost < 6 * 1024, "{cost} KiB");
    drop(store);
}
