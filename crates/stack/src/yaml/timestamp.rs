//! Plain words that YAML takes for a date or time.

/// The form in which Go prints a YAML timestamp (`2024-01-01 00:00:00 +0000 UTC`), or `None`
/// when the word is no timestamp. The accepted forms are those of Go's yaml.v3: a date, a date
/// and a time, RFC 3339 with `T` or `t`; month, day and hour may have one digit.
pub(super) fn timestamp(word: &str) -> Option<String> {
    let (date, time) = match word.find(['T', 't', ' ']) {
        Some(at) => (&word[..at], Some((&word[at..at + 1], &word[at + 1..]))),
        None => (word, None),
    };
    let date = parse_date(date)?;
    let (clock, zone) = match time {
        None => ("00:00:00".to_owned(), "+0000 UTC".to_owned()),
        Some((" ", rest)) => (parse_clock(rest)?, "+0000 UTC".to_owned()),
        Some((_, rest)) => {
            let at = rest.find(['Z', '+', '-'])?;
            (parse_clock(&rest[..at])?, parse_zone(&rest[at..])?)
        }
    };
    Some(format!("{date} {clock} {zone}"))
}

fn parse_date(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let year = parts.next().filter(|y| y.len() == 4)?;
    let (month, day) = (parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = (number(year)?, short(month)?, short(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days)
        .contains(&day)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn parse_clock(text: &str) -> Option<String> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (
        short(parts.next()?)?,
        short(parts.next()?)?,
        short(parts.next()?)?,
    );
    let bounded = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    let digits = fraction.bytes().all(|b| b.is_ascii_digit()) && fraction.len() <= 9;
    if !bounded || !digits || (text.contains('.') && fraction.is_empty()) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hour:02}:{minute:02}:{second:02}{dot}{fraction}"))
}

fn parse_zone(text: &str) -> Option<String> {
    if text == "Z" {
        return Some("+0000 UTC".to_owned());
    }
    let (sign, rest) = text.split_at(1);
    let (hours, minutes) = rest.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 || number(hours)? > 24 || number(minutes)? >= 60 {
        return None;
    }
    // Go prints the offset twice when the zone has no name.
    Some(format!("{sign}{hours}{minutes} {sign}{hours}{minutes}"))
}

/// A number of one or two digits.
fn short(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 2 {
        None
    } else {
        number(text)
    }
}

fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn dates_and_times_print_as_go_prints_them() {
        for (word, text) in [
            ("2024-01-01", "2024-01-01 00:00:00 +0000 UTC"),
            ("2024-1-2 10:20:30", "2024-01-02 10:20:30 +0000 UTC"),
            ("2024-01-01T10:20:30Z", "2024-01-01 10:20:30 +0000 UTC"),
            (
                "2024-01-01T10:20:30.500Z",
                "2024-01-01 10:20:30.5 +0000 UTC",
            ),
            ("2024-02-29", "2024-02-29 00:00:00 +0000 UTC"),
        ] {
            assert_eq!(timestamp(word).as_deref(), Some(text));
        }
    }

    #[test]
    fn other_words_are_no_timestamps() {
        for word in [
            "2023-02-29",
            "2024-13-01",
            "2024-1",
            "1234",
            "12-12-12",
            "2024-01-01-1",
            "2024-01-01T10:20",
            "2024-01-0é",
        ] {
            assert_eq!(timestamp(word), None, "{word}");
        }
    }
}
