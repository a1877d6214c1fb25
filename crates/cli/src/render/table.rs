//! Tables: upper-case headings, columns parted by two blanks, no lines, as docker and kubectl print them.

use comfy_table::{Table, presets};

use super::{
    style::{Style, Tone},
    text::visible,
};

/// Lays out `rows` under `head`. Cells are made harmless; an empty cell stays empty.
#[must_use]
pub fn table(style: Style, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| visible(cell).into_owned()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for (number, line) in table.lines().enumerate() {
        let line = line.trim_end();
        if number == 0 {
            text.push_str(&style.paint(Tone::Strong, line));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

/// Lays out `pairs` as `name  value` lines; pairs with an empty value are left out.
#[must_use]
pub fn pairs(style: Style, indent: usize, pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let name = style.paint(Tone::Faint, &format!("{name:<width$}"));
            format!("{:indent$}{name}  {value}\n", "")
        })
        .collect()
}
