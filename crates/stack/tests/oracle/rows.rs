//! The table of differences in the book.

use std::{collections::BTreeSet, fs, path::Path};

/// Rows about something that no compose file shows.
pub const NOT_A_STACK: [&str; 2] = ["limits", "stack-name"];

/// The ids of `docs/reference/compose.md`.
pub fn read() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/compose.md");
    let text = fs::read_to_string(page).unwrap();
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(id, _)| id.to_owned()).collect()
}
