//! Until when votes count, as people type it.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Reads a day, which means its end in UTC, or a time with its offset.
///
/// # Errors
/// What is wrong with it, as a sentence for the command line.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong = || {
        "expected a day such as 2026-12-10, or a time with its offset such as 2026-12-10T18:00:00Z"
            .to_owned()
    };
    // Jiff would also take the day out of a time without an offset, and forget the time.
    if text.len() != "2026-12-10".len() {
        return Err(wrong());
    }
    let day: Date = text.parse().map_err(|_| wrong())?;
    TimeZone::UTC
        .to_timestamp(day.at(23, 59, 59, 0))
        .map_err(|_| wrong())
}

/// So many days after `now`, rounded up to a full hour with one to spare: who reads slowly before
/// confirming shall not be told that the notice is short.
#[must_use]
pub fn after(days: u32, now: Timestamp) -> Option<Timestamp> {
    let days = SignedDuration::from_hours(24 * i64::from(days));
    let spared = now.checked_add(days).ok()?.checked_add(HOUR).ok()?;
    let over = spared.as_second().rem_euclid(HOUR.as_secs());
    if over == 0 && spared.subsec_nanosecond() == 0 {
        return Some(spared);
    }
    Timestamp::from_second(spared.as_second() - over + HOUR.as_secs()).ok()
}

/// Whether a vote that ends then is open for fewer than `days`.
#[must_use]
pub fn is_short(deadline: Timestamp, days: u32, now: Timestamp) -> bool {
    deadline.duration_since(now) < SignedDuration::from_hours(24 * i64::from(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_means_its_end() {
        assert_eq!(
            parse("2026-12-10").unwrap(),
            time("2026-12-10T23:59:59Z"),
            "so that the day itself still counts"
        );
        assert_eq!(
            parse("2026-12-10T18:00:00+01:00").unwrap(),
            time("2026-12-10T17:00:00Z")
        );
    }

    #[test]
    fn what_is_no_deadline_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "10-12-2026",
            "2026-12-10T18:00",
            "2026-12-10 18:00:00",
            "20261210",
            "14",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_end_at_a_full_hour_and_are_never_short() {
        for now in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:20:00Z",
            "2026-11-23T10:59:59.9Z",
        ] {
            let now = time(now);
            let end = after(14, now).unwrap();
            assert_eq!(end.as_second() % 3600, 0);
            let spare = end.duration_since(now) - SignedDuration::from_hours(24 * 14);
            assert!(spare >= HOUR && spare < HOUR * 2, "{spare:?}");
            assert!(!is_short(end, 14, now));
            assert!(is_short(end, 15, now));
        }
    }
}
