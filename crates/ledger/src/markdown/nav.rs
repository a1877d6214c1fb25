//! The part of `mkdocs.yml` that lists the resolutions.

use std::fmt::Write as _;

use super::resolution::{full_title, path};
use crate::state::{Phase, Resolution};

/// Groups, in the order in which people look for them.
const GROUPS: [(Phase, &str); 6] = [
    (Phase::Open, "In progress"),
    (Phase::Draft, "Drafts"),
    (Phase::Passed, "Passed"),
    (Phase::Stalled, "Stalled"),
    (Phase::Rejected, "Rejected"),
    (Phase::Withdrawn, "Withdrawn"),
];

/// The `nav:` entry of the resolutions: one group for each state that has any, and the newest first in it. `folder` is
/// where their folders are, seen from `docs/`, such as `federation/resolutions`.
#[must_use]
pub fn nav<'a>(resolutions: impl IntoIterator<Item = &'a Resolution>, folder: &str) -> String {
    let mut all: Vec<_> = resolutions.into_iter().collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.number));
    let mut yaml = String::from("- Resolutions:\n");
    let folder = folder.trim_matches('/');
    for (phase, group) in GROUPS {
        let mut of_group = all.iter().filter(|r| r.phase == phase).peekable();
        if of_group.peek().is_some() {
            let _ = writeln!(yaml, "    - {group}:");
        }
        for resolution in of_group {
            let title = quoted(&full_title(resolution));
            let path = quoted(&format!("{folder}/{}", path(resolution)));
            let _ = writeln!(yaml, "        - {title}: {path}");
        }
    }
    if all.is_empty() {
        yaml.truncate("- Resolutions:".len());
        yaml.push_str(" []\n");
    }
    yaml
}

/// A YAML text in double quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut yaml = String::with_capacity(text.len() + 2);
    yaml.push('"');
    for c in super::source::one_line(text).chars() {
        match c {
            '"' | '\\' => yaml.extend(['\\', c]),
            // Line separators of Unicode, and what YAML calls not printable.
            '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' | '\u{feff}' => {
                let _ = write!(yaml, "\\u{:04X}", u32::from(c));
            }
            _ => yaml.push(c),
        }
    }
    yaml.push('"');
    yaml
}
