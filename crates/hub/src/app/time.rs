//! The hub's time, which never goes back: not after an entry, not after a clock that it signed, not over a restart (L4).

use std::sync::Arc;

use allot_ledger::{Digest, log::Tree};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    error::{HubError, Result},
    steady::Steady,
};
use crate::{
    home::{self, Home, HomeError},
    limits::{CLOCK_BEHIND, CLOCK_GAP},
};

/// What the hub has signed last, as it stands in the file `clock`: on disk before anybody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// The time, whole seconds: a cosignature carries no more.
    pub time: Timestamp,
    /// How many entries the log had.
    pub size: u64,
    /// Their root.
    pub root: Digest,
}

impl Beat {
    /// The newest one; none where nothing was signed yet.
    ///
    /// # Errors
    /// The file is damaged. The hub does not guess: it could give an entry a time that it has denied.
    pub fn read(home: &Home) -> Result<Option<Self>> {
        let path = home.clock();
        let Some(text) = home::read_if_there(&path)? else {
            return Ok(None);
        };
        let beat = serde_json::from_str(&text);
        Ok(Some(beat.map_err(|_| HomeError::Damaged { path })?))
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// The disk says no.
    pub fn write(&self, home: &Home) -> Result<()> {
        Ok(home::write(&home.clock(), &serde_json::to_vec(self)?)?)
    }

    /// Whether a log is the one that was signed, or goes on from it.
    ///
    /// # Errors
    /// It has less, or something else: a backup was restored, or the disk lost what was there.
    pub fn check(&self, tree: &Tree) -> Result<()> {
        if tree.root_at(self.size) == Some(self.root) {
            return Ok(());
        }
        Err(HubError::NotWhatWasSigned {
            size: tree.size(),
            signed: self.size,
        })
    }
}

/// The machine's clock, held to what was signed.
pub struct HubTime {
    clock: Arc<Steady>,
    signed: Timestamp,
}

impl HubTime {
    /// Goes on from the newest beat.
    #[must_use]
    pub fn new(clock: Arc<Steady>, signed: Timestamp) -> Self {
        Self { clock, signed }
    }

    /// The last time that was signed.
    #[must_use]
    pub fn signed(&self) -> Timestamp {
        self.signed
    }

    /// A time was signed.
    pub fn sign(&mut self, time: Timestamp) {
        self.signed = self.signed.max(time);
    }

    /// The time for what happens now, whole milliseconds; `last` is the log's.
    ///
    /// # Errors
    /// The machine's clock is minutes behind what was signed. A little is bridged by standing still. Or it was set
    /// forward while the hub ran.
    pub fn now(&self, last: Timestamp) -> Result<Timestamp> {
        // A clock that is behind is not believed: it may be set right by hours.
        let now = self.clock.says();
        let floor = self.signed.max(last);
        if now
            .checked_add(CLOCK_BEHIND)
            .is_ok_and(|ahead| ahead < floor)
        {
            return Err(HubError::ClockBehind { signed: floor, now });
        }
        let now = self.clock.believed()?;
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        Ok(now.max(floor))
    }
}

/// What to say of a hub that starts long after what it has signed last. That it was down is likely, and cannot be known.
#[must_use]
pub fn gap(now: Timestamp, signed: Timestamp) -> Option<String> {
    let gap = now.duration_since(signed);
    (gap > CLOCK_GAP).then(|| {
        let (now, signed, hours) = (second(now), second(signed), gap.as_hours());
        format!(
            "the clock says {now}, and this hub signed a time last at {signed}: if it was not down for {hours} h, the clock is wrong, and votes end early"
        )
    })
}

/// The whole second that has begun: what a cosignature says.
#[must_use]
pub fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use allot_daemon::Clock;
    use jiff::SignedDuration;

    use super::*;

    struct Hands(Mutex<Timestamp>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-11-01T{text}Z").parse().unwrap()
    }

    #[test]
    fn l4_time_stands_still_rather_than_go_back_and_stops_when_far_behind() {
        let hands = Arc::new(Hands(Mutex::new(at("10:00:00.1239"))));
        let mut time = HubTime::new(Arc::new(Steady::new(hands.clone())), Timestamp::UNIX_EPOCH);
        assert_eq!(time.now(at("09:00:00")).unwrap(), at("10:00:00.123"));
        time.sign(at("10:04:00"));
        assert_eq!(time.now(at("09:00:00")).unwrap(), at("10:04:00"));
        assert_eq!(time.now(at("10:04:30")).unwrap(), at("10:04:30"));
        *hands.0.lock().unwrap() -= SignedDuration::from_hours(1);
        assert_eq!(time.now(at("09:00:00")).unwrap_err().code(), "AL-8704");
        time.sign(at("10:00:00"));
        assert_eq!(time.signed(), at("10:04:00"), "never back");
    }

    #[test]
    fn a_hub_that_starts_long_after_what_it_signed_says_so() {
        assert_eq!(gap(at("10:00:00"), at("09:30:00")), None);
        assert_eq!(gap(at("09:00:00"), at("09:30:00")), None);
        let told = gap(at("13:00:00.5"), at("09:30:00")).unwrap();
        assert!(
            told.contains("T13:00:00Z") && told.contains("3 h"),
            "{told}"
        );
    }

    #[test]
    fn a_clock_that_starts_behind_may_be_set_right_by_hours() {
        let hands = Arc::new(Hands(Mutex::new(at("01:00:00"))));
        let time = HubTime::new(Arc::new(Steady::new(hands.clone())), at("09:00:00"));
        assert_eq!(time.now(at("09:00:00")).unwrap_err().code(), "AL-8704");
        *hands.0.lock().unwrap() += SignedDuration::from_hours(9);
        assert_eq!(time.now(at("09:00:00")).unwrap(), at("10:00:00"));
        *hands.0.lock().unwrap() += SignedDuration::from_hours(1);
        assert_eq!(time.now(at("09:00:00")).unwrap_err().code(), "AL-8732");
    }

    #[test]
    fn a_log_that_is_shorter_than_what_was_signed_is_not_served() {
        let mut tree = Tree::default();
        tree.push(b"one");
        let beat = Beat {
            time: at("10:00:00"),
            size: 1,
            root: tree.root(),
        };
        tree.push(b"two");
        assert!(beat.check(&tree).is_ok());
        assert_eq!(beat.check(&Tree::default()).unwrap_err().code(), "AL-8705");
        let mut other = Tree::default();
        other.push(b"another");
        assert!(beat.check(&other).is_err());
    }
}
