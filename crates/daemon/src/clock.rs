//! What time it is, behind a trait so that a test can say.

use std::{sync::LazyLock, time::Duration};

use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

/// A source of the time of day. Durations are measured with `tokio::time`, which tests can pause.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// How much time has passed since a moment that stays the same while the program runs. Nobody sets it, and it goes
    /// on while the machine sleeps: what [`now`](Self::now) says can be held against it.
    fn passed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        clock_gettime(ClockId::CLOCK_BOOTTIME).map_or_else(|_| START.elapsed(), Duration::from)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
