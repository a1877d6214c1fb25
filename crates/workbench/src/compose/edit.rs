//! Replacing bytes of a file, and no others.

use std::ops::Range;

use super::error::ComposeError;

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The first byte that goes.
    pub start: usize,
    /// The byte after the last that goes.
    pub end: usize,
    /// What comes in their place.
    pub text: String,
}

impl Edit {
    /// Puts `text` in the place of `range`.
    #[must_use]
    pub fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            text: text.into(),
        }
    }
}

/// The text with every edit made. The same edit twice counts once: two services may share a scalar.
///
/// # Errors
/// `AL-9411` when two edits overlap, or one lies outside of the text.
pub fn apply(file: &str, text: &str, edits: &[Edit]) -> Result<String, ComposeError> {
    let mut edits = edits.to_vec();
    edits.sort();
    edits.dedup();
    let mut done = String::with_capacity(text.len());
    let mut at = 0;
    for edit in &edits {
        let overlap = || ComposeError::Overlap {
            file: file.to_owned(),
            from: edit.start,
            to: edit.end,
        };
        text.get(edit.start..edit.end).ok_or_else(overlap)?;
        done.push_str(text.get(at..edit.start).ok_or_else(overlap)?);
        done.push_str(&edit.text);
        at = edit.end;
    }
    done.push_str(text.get(at..).unwrap_or_default());
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_byte_stays() {
        let edits = [
            Edit::new(6..7, "22"),
            Edit::new(1..2, ""),
            Edit::new(6..7, "22"),
        ];
        assert_eq!(
            apply("f", "ab\r\ncd1ü\n", &edits).expect("apart"),
            "a\r\ncd22ü\n"
        );
    }

    #[test]
    fn edits_that_would_meet_are_refused() {
        for edits in [
            [Edit::new(0..2, "x"), Edit::new(1..3, "y")],
            [Edit::new(0..1, "x"), Edit::new(2..9, "y")],
        ] {
            assert_eq!(
                apply("f", "abc", &edits).expect_err("met").code(),
                "AL-9411"
            );
        }
    }
}
