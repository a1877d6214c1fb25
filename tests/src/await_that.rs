//! Waiting for something to become true.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until `met` gives something, and returns that.
///
/// # Panics
/// It has not within `patience`; the message says `what` was waited for.
pub fn await_that<T>(what: &str, patience: Duration, mut met: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(value) = met() {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "not within {} s: {what}",
            patience.as_secs()
        );
        sleep(LOOK_EVERY);
    }
}
