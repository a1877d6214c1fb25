//! Text that came from elsewhere, made harmless and short.

use std::{borrow::Cow, fmt::Write as _};

/// Shows control characters instead of obeying them, tabs excepted: an escape sequence in an image label
/// or a log line must not repaint somebody's terminal. Characters that turn the reading direction are
/// treated alike, since they can make a name look like another.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !is_hidden(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            c if (c as u32) < 0x80 => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\x{:02x}", c as u32);
            }
            c => {
                let _ = write!(shown, "\\u{{{:x}}}", c as u32);
            }
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts `text` after `limit` characters, with a mark that says so.
#[must_use]
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}… (cut)", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// A time as a person in a hurry reads it: `2026-11-23 10:00:00Z`. What is no time stays as it is.
#[must_use]
pub fn time(rfc3339: &str) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => visible(rfc3339).into_owned(),
    }
}

/// The first eight characters of a commit or hash.
#[must_use]
pub fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

/// Milliseconds as `12.3 s` or `2 min 5 s`.
#[must_use]
pub fn elapsed(ms: u64) -> String {
    if ms < 60_000 {
        return format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    }
    format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000)
}

/// Seconds as one rounded-down figure: `45 s`, `12 min`, `3 h`, `10 days`.
#[must_use]
pub fn span(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = seconds.max(0);
    match seconds {
        s if s < 2 * MINUTE => format!("{s} s"),
        s if s < 2 * HOUR => format!("{} min", s / MINUTE),
        s if s < 2 * DAY => format!("{} h", s / HOUR),
        s => format!("{} days", s / DAY),
    }
}

/// How long it is until then, seen from `now`: `3 days left`, `over`. Nothing for what is no time.
#[must_use]
pub fn left(rfc3339: &str, now: jiff::Timestamp) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(at) if at <= now => "over".to_owned(),
        Ok(at) => format!("{} left", span(at.duration_since(now).as_secs())),
        Err(_) => String::new(),
    }
}

/// A resolution's number, as the federation writes it.
#[must_use]
pub fn number(number: u32) -> String {
    format!("{number:03}")
}

/// `1 entry`, `2 entries`.
#[must_use]
pub fn entries(n: u64) -> String {
    if n == 1 {
        "1 entry".to_owned()
    } else {
        format!("{n} entries")
    }
}

/// `1 service`, `2 services`.
#[must_use]
pub fn count(n: usize, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\u{1b}[2Jb\tc"), "a\\x1b[2Jb\tc");
        assert_eq!(
            visible("x\u{9b}31m\u{202e}y\r\n"),
            "x\\u{9b}31m\\u{202e}y\\r\\n"
        );
        assert!(matches!(visible("plain ü"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("üüüü", 2), "üü… (cut)");
        assert_eq!(cut("üü", 2), "üü");
    }

    #[test]
    fn durations_read_naturally() {
        assert_eq!(elapsed(0), "0.0 s");
        assert_eq!(elapsed(12_345), "12.3 s");
        assert_eq!(elapsed(125_000), "2 min 5 s");
        for (seconds, shown) in [
            (-5, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (1_209_600, "14 days"),
        ] {
            assert_eq!(span(seconds), shown);
        }
    }

    #[test]
    fn what_is_left_is_told_until_it_is_over() {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        assert_eq!(left("2026-12-07T10:00:00Z", now), "14 days left");
        assert_eq!(left("2026-11-23T10:00:00Z", now), "over");
        assert_eq!(left("???", now), "", "imported as it was written");
    }
}
