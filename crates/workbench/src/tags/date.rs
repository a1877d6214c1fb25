//! Tags that are days: `20240118`, `2024-01-18`, `RELEASE.2024-01-18T22-51-28Z`.

/// The digits of a tag by the words between them, when its first number is a day.
///
/// Returns the words (one more than the numbers) and the numbers. Every number keeps its length within a shape, so the
/// lengths are part of the words.
pub(super) fn read(tag: &str) -> Option<(Vec<String>, Vec<u64>)> {
    let first = tag.find(|c: char| c.is_ascii_digit())?;
    let (prefix, rest) = tag.split_at(first);
    let stamp = stamp(rest)?;
    let (day, suffix) = rest.split_at(stamp);
    let mut words = vec![prefix.to_owned()];
    let mut numbers = Vec::new();
    let mut at = day;
    while !at.is_empty() {
        let digits = run(at, |c| c.is_ascii_digit());
        let (number, behind) = at.split_at(digits);
        let between = run(behind, |c| !c.is_ascii_digit());
        let (word, behind) = behind.split_at(between);
        numbers.push(number.parse().ok()?);
        words.push(format!("{}{word}", "#".repeat(digits)));
        at = behind;
    }
    if let Some(last) = words.last_mut() {
        last.push_str(suffix);
    }
    Some((words, numbers))
}

/// How many bytes at the beginning of `text` are a day, with a time when one follows.
fn stamp(text: &str) -> Option<usize> {
    let day = day(text)?;
    let after = text.get(day..).unwrap_or_default();
    let time = after.strip_prefix(['T', 't', '-', '_', '.']).and_then(time);
    Some(day + time.map_or(0, |time| time + 1))
}

fn day(text: &str) -> Option<usize> {
    let digits = run(text, |c| c.is_ascii_digit());
    if digits == 8 {
        let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
        return is_day(year, month, day).then_some(8);
    }
    // With dots it is a version that counts years: 2023.12.9 and 2023.12.10 are of one shape.
    let mut parts = text.get(..10)?.split(['-', '_']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let alone = text
        .get(10..)
        .is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    (parts.next().is_none()
        && month.len() == 2
        && day.len() == 2
        && alone
        && is_day(year, month, day))
    .then_some(10)
}

fn is_day(year: &str, month: &str, day: &str) -> bool {
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse::<u32>().ok(),
        false => None,
    };
    matches!(number(year), Some(1990..=2199))
        && year.len() == 4
        && matches!(number(month), Some(1..=12))
        && matches!(number(day), Some(1..=31))
}

/// `225128`, `2251`, `22-51-28`, `22.51`: four or six digits in pairs, and a `Z`.
fn time(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut pairs = 0;
    while pairs < 3 {
        let start = match bytes.get(at) {
            Some(b'-' | b'.' | b'_') if pairs > 0 => at + 1,
            _ => at,
        };
        match bytes.get(start..start + 2) {
            Some(pair) if pair.iter().all(u8::is_ascii_digit) => at = start + 2,
            _ => break,
        }
        pairs += 1;
    }
    let more = bytes.get(at).is_some_and(u8::is_ascii_digit);
    if pairs < 2 || more {
        return None;
    }
    Some(at + usize::from(bytes.get(at) == Some(&b'Z')))
}

fn run(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !wanted(c)).unwrap_or(text.len())
}
