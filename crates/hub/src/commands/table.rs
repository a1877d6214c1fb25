//! Tables: upper-case headings, columns parted by two blanks, no lines.

use comfy_table::{Table, presets};

/// Lays out `rows` under `head`.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| visible(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// Lays out `name  value` lines; those without a value are left out.
pub(super) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let told = pairs.iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| format!("{name:<width$}  {}\n", visible(value)))
        .collect()
}

/// Text that came from elsewhere, without what could move the cursor.
pub(super) fn visible(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}
