//! How much memory a program has while it is attacked.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How much more a program may have under attack than before it, KiB.
pub const BOUND: u64 = 96 * 1024;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks at a process until it is told to stop.
pub struct Watch {
    pid: u32,
    before: u64,
    peak: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    looking: JoinHandle<()>,
}

impl Watch {
    /// Begins to look.
    pub fn on(pid: u32) -> Self {
        let before = resident(pid).expect("a running process");
        let (peak, over) = (
            Arc::new(AtomicU64::new(before)),
            Arc::new(AtomicBool::new(false)),
        );
        let (highest, done) = (Arc::clone(&peak), Arc::clone(&over));
        let looking = thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                highest.fetch_max(resident(pid).unwrap_or(0), Ordering::Relaxed);
                thread::sleep(LOOK_EVERY);
            }
        });
        Self {
            pid,
            before,
            peak,
            over,
            looking,
        }
    }

    /// Says what was seen, and holds it to the bound.
    pub fn end(self, what: &str) {
        self.over.store(true, Ordering::Relaxed);
        self.looking.join().unwrap();
        let after = resident(self.pid).expect("the process still runs");
        let peak = self.peak.load(Ordering::Relaxed).max(after);
        let grown = peak - self.before;
        println!(
            "federation: {what}: {} KiB before, {peak} KiB at the most, {after} KiB after",
            self.before
        );
        assert!(grown < BOUND, "{what}: {grown} KiB more");
    }
}

/// What a process has in memory, KiB; nothing when it is gone.
fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
