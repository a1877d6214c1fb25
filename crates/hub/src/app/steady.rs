//! The machine's clock, held against how long the hub has run. A time that was set forward would stamp entries that no
//! agent takes until then, and end votes that are open: it is not believed until somebody has looked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use allot_daemon::Clock;
use jiff::Timestamp;

use super::error::{HubError, Result};
use crate::limits::{CLOCK_AHEAD, CLOCK_MARKED};

/// The clock that the hub goes by.
pub struct Steady {
    clock: Arc<dyn Clock>,
    /// A moment at which the clock was believed.
    mark: Mutex<Option<Mark>>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    time: Timestamp,
    passed: Duration,
}

impl Mark {
    /// What the clock would say if nobody had touched it.
    fn expected(&self, passed: Duration) -> Timestamp {
        let since = passed.saturating_sub(self.passed);
        self.time.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

impl Steady {
    /// Over a clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let mark = Mutex::default();
        Self { clock, mark }
    }

    /// What the machine's clock says, right or wrong.
    #[must_use]
    pub fn says(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time for something that is written down.
    ///
    /// # Errors
    /// The clock was set forward since it was believed last.
    pub fn believed(&self) -> Result<Timestamp> {
        let (now, passed) = (self.clock.now(), self.clock.passed());
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        let believed = mark.get_or_insert(Mark { time: now, passed });
        let expected = believed.expected(passed);
        if is_ahead(now, expected) {
            return Err(HubError::ClockAhead { now, expected });
        }
        if passed.saturating_sub(believed.passed) >= CLOCK_MARKED {
            *believed = Mark { time: now, passed };
        }
        Ok(now)
    }
}

impl Clock for Steady {
    /// What time it is, as far as can be known: what has passed counts when the clock was set forward.
    fn now(&self) -> Timestamp {
        let (now, passed) = (self.clock.now(), self.clock.passed());
        let mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        match mark.map(|mark| mark.expected(passed)) {
            Some(expected) if is_ahead(now, expected) => expected,
            _ => now,
        }
    }

    fn passed(&self) -> Duration {
        self.clock.passed()
    }
}

fn is_ahead(now: Timestamp, expected: Timestamp) -> bool {
    now.duration_since(expected) > CLOCK_AHEAD
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    /// A clock, and the time that has passed.
    struct Hands(Mutex<(Timestamp, Duration)>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            self.0.lock().unwrap().0
        }

        fn passed(&self) -> Duration {
            self.0.lock().unwrap().1
        }
    }

    fn steady() -> (Arc<Hands>, Steady) {
        let hands = Hands(Mutex::new((
            "2026-11-01T10:00:00Z".parse().unwrap(),
            Duration::from_secs(5),
        )));
        let hands = Arc::new(hands);
        (hands.clone(), Steady::new(hands))
    }

    impl Hands {
        fn turn(&self, minutes: i64) {
            self.0.lock().unwrap().0 += SignedDuration::from_mins(minutes);
        }

        fn pass(&self, minutes: i64) {
            self.turn(minutes);
            self.0.lock().unwrap().1 += Duration::from_secs(60) * u32::try_from(minutes).unwrap();
        }
    }

    #[test]
    fn a_clock_that_was_set_forward_is_not_believed_until_it_is_right() {
        let (hands, steady) = steady();
        let at = steady.believed().unwrap();
        hands.turn(6);
        assert_eq!(steady.believed().unwrap_err().code(), "AL-8732");
        assert_eq!(steady.now(), at, "as far as can be known");
        assert_eq!(steady.says(), at + SignedDuration::from_mins(6));
        hands.turn(-6);
        assert_eq!(steady.believed().unwrap(), at);
    }

    #[test]
    fn time_that_passes_is_believed() {
        let (hands, steady) = steady();
        steady.believed().unwrap();
        for minutes in [1, 70, 60 * 24 * 30] {
            hands.pass(minutes);
            let now = steady.believed().unwrap();
            assert_eq!((now, steady.now()), (hands.now(), hands.now()));
        }
    }

    #[test]
    fn a_clock_cannot_be_set_forward_little_by_little() {
        let (hands, steady) = steady();
        steady.believed().unwrap();
        hands.turn(4);
        steady.believed().unwrap();
        hands.turn(4);
        assert!(steady.believed().is_err());
    }

    #[test]
    fn a_clock_that_was_set_back_may_be_set_right_again() {
        let (hands, steady) = steady();
        steady.believed().unwrap();
        hands.turn(-60);
        steady.believed().unwrap();
        hands.turn(60);
        steady.believed().unwrap();
    }
}
