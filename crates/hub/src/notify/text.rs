//! What people read: the same lines as plain text and as HTML.

mod words;

use std::fmt::Write as _;

use super::notice::Notice;

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// What it is about.
    Head(String),
    Words(String),
    /// What to type.
    Command(String),
    Item(String),
}

use Line::{Command, Head, Item, Words};

impl Text {
    pub(super) fn of(notice: &Notice) -> Self {
        let lines = words::of(notice);
        Self { lines }
    }

    pub(super) fn plain(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            // Writing into a string does not fail.
            let _ = match line {
                Head(line) if text.is_empty() => writeln!(text, "{line}"),
                Head(line) => writeln!(text, "\n{line}"),
                Words(line) => writeln!(text, "{line}"),
                Command(line) => writeln!(text, "  {line}"),
                Item(line) => writeln!(text, "- {line}"),
            };
        }
        text.truncate(text.trim_end().len());
        text
    }

    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        let mut in_list = false;
        for line in &self.lines {
            let is_item = matches!(line, Item(_));
            if is_item != in_list {
                html.push_str(if is_item { "<ul>" } else { "</ul>" });
                in_list = is_item;
            }
            let _ = match line {
                Head(line) => write!(html, "<p><strong>{}</strong></p>", escaped(line)),
                Words(line) => write!(html, "<p>{}</p>", escaped(line)),
                Command(line) => write!(html, "<p><code>{}</code></p>", escaped(line)),
                Item(line) => write!(html, "<li>{}</li>", escaped(line)),
            };
        }
        if in_list {
            html.push_str("</ul>");
        }
        html
    }
}

/// A text of somebody's in one line, at most `most` characters of it, without what would move the words around it.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let shown = |c: &char| !c.is_control() && !is_direction(*c);
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(shown).collect();
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => line
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// Characters that change the direction of the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
