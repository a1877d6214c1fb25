//! What is about to be signed or sent: the plan of a command that changes something in the federation.

use super::{
    style::{Style, Tone},
    table::pairs,
    text::visible,
};

/// What would be done, before it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// What, in one line.
    pub title: String,
    /// Its parts; empty ones are left out.
    pub rows: Vec<(&'static str, String)>,
    /// What follows from it, a line each.
    pub notes: Vec<String>,
    /// What to think about before saying yes.
    pub warnings: Vec<String>,
    /// The text that is signed, Markdown.
    pub text: String,
}

impl Intent {
    /// One with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// Adds a part.
    #[must_use]
    pub fn row(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.rows.push((name, value.into()));
        self
    }

    /// Adds what follows from it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a warning.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// The text that is shown, every part of it made harmless.
    #[must_use]
    pub fn show(&self, style: Style) -> String {
        let title = visible(&self.title).into_owned();
        let mut shown = format!("{}\n\n", style.paint(Tone::Strong, &title));
        let rows: Vec<(&str, String)> = self
            .rows
            .iter()
            .map(|(name, value)| (*name, visible(value).into_owned()))
            .collect();
        shown.push_str(&pairs(style, 2, &rows));
        if !self.text.is_empty() {
            shown.push_str(&format!("\n{}\n", style.paint(Tone::Strong, "Text")));
            shown.push_str(&quoted(style, &self.text));
        }
        if !self.notes.is_empty() {
            shown.push('\n');
        }
        for note in &self.notes {
            shown.push_str(&format!("{}\n", visible(note)));
        }
        if !self.warnings.is_empty() {
            shown.push('\n');
        }
        for warning in &self.warnings {
            let label = style.paint(Tone::Care, "warning:");
            shown.push_str(&format!("{label} {}\n", visible(warning)));
        }
        shown.push('\n');
        shown
    }
}

/// Somebody's text, each line set off, so that it cannot pass for ours.
#[must_use]
pub fn quoted(style: Style, text: &str) -> String {
    text.lines()
        .map(|line| {
            let line = visible(line);
            let line = format!("  {} {line}", style.paint(Tone::Faint, "|"));
            format!("{}\n", line.trim_end())
        })
        .collect()
}
