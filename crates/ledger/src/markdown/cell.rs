//! Cells of a Markdown table.

/// Marks that would mean something in a cell.
const MARKS: [char; 9] = ['\\', '|', '<', '[', ']', '*', '_', '`', '&'];

/// A text as a cell shows it, on one line.
pub(super) fn escape(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in super::source::one_line(text).chars() {
        if MARKS.contains(&c) {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

/// The text of a cell.
pub(super) fn unescape(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => {}
            _ => text.push(c),
        }
        if c == '\\' {
            text.extend(chars.next_if(char::is_ascii_punctuation));
        }
    }
    text
}

/// The cells of a row, still escaped; nothing for a line that is no row.
pub(super) fn split(line: &str) -> Option<Vec<&str>> {
    let line = line.trim();
    let bars = bars(line);
    if bars.is_empty() {
        return None;
    }
    let mut cells = Vec::with_capacity(bars.len() + 1);
    let mut begin = 0;
    for bar in bars {
        cells.push(line[begin..bar].trim());
        begin = bar + 1;
    }
    cells.push(line[begin..].trim());
    if line.starts_with('|') {
        cells.remove(0);
    }
    if cells.len() > 1 && begin == line.len() {
        cells.pop();
    }
    Some(cells)
}

/// Where the bars that part cells are.
fn bars(line: &str) -> Vec<usize> {
    let mut bars = Vec::new();
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c == '|' && !escaped {
            bars.push(at);
        }
        escaped = c == '\\' && !escaped;
    }
    bars
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_row_parts_at_its_bars() {
        assert_eq!(split("| a | b |"), Some(vec!["a", "b"]));
        assert_eq!(split("a | b"), Some(vec!["a", "b"]));
        assert_eq!(split(r"| a \| b | \\|"), Some(vec![r"a \| b", r"\\"]));
        assert_eq!(split("|||"), Some(vec!["", ""]));
        assert_eq!(split("|"), Some(vec![""]));
        assert_eq!(split("no row"), None);
        assert_eq!(split(r"no \| row"), None);
    }

    proptest! {
        #[test]
        fn a_cell_reads_as_it_was_written(one in "\\PC{0,20}", other in r"[\\|<\[\]*_`& -~]{0,12}") {
            let line = format!("| {} | {} |", escape(&one), escape(&other));
            let cells = split(&line).unwrap();
            let cells: Vec<_> = cells.into_iter().map(unescape).collect();
            prop_assert_eq!(cells, [one.trim(), other.trim()]);
        }
    }
}
