//! Where the file is: its folder says how the resolution stands, its name has the number.

use crate::{
    entry::{ImportedState, Number},
    limits::MAX_IMPORTED_NUMBER,
    markdown::{BadMarkdown, source::shown},
    state::{Phase, Resolution},
};

/// Such as `passed/036.md`. What was blocked goes to `rejected/` and what was taken back to `withdrawn/`: folders that
/// the federation does not have yet, since it had no such decisions.
#[must_use]
pub fn path(resolution: &Resolution) -> String {
    let folder = match resolution.phase {
        Phase::Draft => "drafts",
        Phase::Open => "in-progress",
        Phase::Passed => "passed",
        Phase::Rejected => "rejected",
        Phase::Stalled => "stalled",
        Phase::Withdrawn => "withdrawn",
    };
    format!("{folder}/{:03}.md", resolution.number)
}

/// How it stands, by the folder that the file is in.
pub(super) fn state(path: &str) -> Result<ImportedState, BadMarkdown> {
    let mut parts = path.rsplit(['/', '\\']).skip(1);
    let folder = parts.next().unwrap_or_default();
    match folder.to_ascii_lowercase().as_str() {
        "drafts" | "draft" => Ok(ImportedState::Draft),
        "proposed" | "in-progress" | "in_progress" => Ok(ImportedState::InProgress),
        "passed" => Ok(ImportedState::Passed),
        "stalled" => Ok(ImportedState::Stalled),
        "rejected" => Ok(ImportedState::Rejected),
        "withdrawn" => Ok(ImportedState::Withdrawn),
        _ => Err(BadMarkdown::NoState {
            folder: shown(folder),
        }),
    }
}

/// The digits that the file's name begins with: `036.md`, `036-topic.md`, and not the date in `2024-03-29.md`.
pub(super) fn digits(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = stem.split_at(end.unwrap_or(stem.len()));
    let topic = rest.strip_prefix(['-', '_', ' ']);
    let is_topic = |topic: &str| topic.starts_with(|c: char| !c.is_ascii_digit());
    (!digits.is_empty() && (rest.is_empty() || topic.is_some_and(is_topic))).then_some(digits)
}

/// The number, from wherever there is one; two that differ are refused.
pub(super) fn number(written: [Option<&str>; 3]) -> Result<Number, BadMarkdown> {
    let mut found = None;
    for digits in written.into_iter().flatten() {
        let other = checked(digits)?;
        match found {
            Some(one) if one != other => return Err(BadMarkdown::TwoNumbers { one, other }),
            _ => found = Some(other),
        }
    }
    found.ok_or_else(|| BadMarkdown::NoNumber {
        why: "neither the file's name nor its title has one".to_owned(),
    })
}

fn checked(digits: &str) -> Result<Number, BadMarkdown> {
    match digits.parse() {
        Ok(number) if (1..=MAX_IMPORTED_NUMBER).contains(&number) => Ok(number),
        _ => Err(BadMarkdown::NoNumber {
            why: format!("`{}` is none that a resolution has", shown(digits)),
        }),
    }
}
