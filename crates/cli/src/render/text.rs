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
    }
}
