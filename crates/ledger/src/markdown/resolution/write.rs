//! Writes a resolution's file, in the one form that the federation's template has.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::TimeZone};

use super::{TEXT_BEGINS, keys, path, result};
use crate::{
    entry::{Number, Size},
    markdown::{
        nav::quoted,
        source::{one_line, tidy},
    },
    state::{Phase, Resolution, State, WrittenDates},
};

/// Where the file goes, and what is in it: front matter, the list of keys, the text, and for a vote that has ended its
/// result. `text` is the resolution's own text, which the state does not hold. Days are those of UTC.
///
/// [`super::read`] reads all of it back: the same fields, and the same text followed by the result.
#[must_use]
pub fn write(state: &State, resolution: &Resolution, text: &str) -> (String, String) {
    let title = one_line(&resolution.title);
    let mut file = format!("---\ntitle: {}\n---\n\n", quoted(&full_title(resolution)));
    let dates = dates(resolution);
    let _ = write!(file, "{}", key("Topic", &title));
    let _ = write!(file, "{}", key("Date", &dates.date));
    let _ = write!(file, "{}", key("Deadline", &dates.deadline));
    file.push_str(&passed_on(&dates.passed_on));
    let _ = write!(file, "{}", key("Size", size(resolution.size)));
    let text = tidy(text);
    if keys::begins_like_a_key(&text) || text.starts_with(TEXT_BEGINS) {
        let _ = write!(file, "\n{TEXT_BEGINS}\n");
    }
    for part in [text, result::section(state, resolution)] {
        if !part.is_empty() {
            let _ = write!(file, "\n{part}\n");
        }
    }
    (path(resolution), file)
}

/// Such as `Resolution 036: Democratic Tech Fund joins`.
#[must_use]
pub fn full_title(resolution: &Resolution) -> String {
    let title = one_line(&resolution.title);
    format!("{}: {title}", numbered(resolution.number))
}

fn numbered(number: Number) -> String {
    format!("Resolution {number:03}")
}

/// A line of the list; a key is there also without a value, so that the text cannot be taken for one.
fn key(name: &str, value: &str) -> String {
    format!("- {name}: {}", one_line(value))
        .trim_end()
        .to_owned()
        + "\n"
}

/// The template has no colon here, and the line only where something passed.
fn passed_on(day: &str) -> String {
    let day = one_line(day);
    if day.is_empty() {
        String::new()
    } else if day.starts_with(|c: char| c.is_ascii_digit()) {
        format!("- Passed on {day}\n")
    } else {
        format!("- Passed on: {day}\n")
    }
}

/// Dates as they were written, or the days of the log.
fn dates(resolution: &Resolution) -> WrittenDates {
    if let Some(written) = &resolution.imported {
        return written.clone();
    }
    let passed = resolution
        .closed
        .filter(|_| resolution.phase == Phase::Passed);
    WrittenDates {
        date: resolution.proposed.map(day).unwrap_or_default(),
        deadline: resolution.deadline.map(day).unwrap_or_default(),
        passed_on: passed.map(day).unwrap_or_default(),
    }
}

/// The day of a moment, in UTC.
pub(super) fn day(moment: Timestamp) -> String {
    TimeZone::UTC.to_datetime(moment).date().to_string()
}

fn size(size: Option<Size>) -> &'static str {
    match size {
        Some(Size::Small) => "Small",
        Some(Size::Medium) => "Medium",
        Some(Size::Large) => "Large",
        None => "",
    }
}
