//! A stable order for upstream tags, which follow no scheme: runs of digits as numbers, everything else as bytes.

use std::cmp::Ordering;

/// Compares two upstream parts; no upstream part comes first.
pub(super) fn compare_options(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn compare(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() && !b.is_empty() {
        let (chunk_a, rest_a) = chunk(a);
        let (chunk_b, rest_b) = chunk(b);
        let order = match (digits(chunk_a), digits(chunk_b)) {
            // Without leading zeros, the longer run of digits is the greater number, however long it is.
            (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
            _ => chunk_a.cmp(chunk_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.len().cmp(&b.len())
}

/// The first run of digits or of anything else, and what follows it.
fn chunk(text: &str) -> (&str, &str) {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(|c: char| c.is_ascii_digit() != is_digit)
        .unwrap_or(text.len());
    text.split_at(end)
}

fn digits(chunk: &str) -> Option<&str> {
    chunk
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| chunk.trim_start_matches('0'))
}
