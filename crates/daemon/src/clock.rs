//! What time it is, behind a trait so that a test can say.

use jiff::Timestamp;

/// A source of the time of day. Durations are measured with `tokio::time`, which tests can pause.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
