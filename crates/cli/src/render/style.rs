//! Colours, where they are wanted.

use anstyle::{AnsiColor, Style as Ansi};

/// How a stream is written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colour it.
    pub color: bool,
    /// It is a terminal: what would steer it must be made visible instead.
    pub terminal: bool,
}

/// What a text means; each meaning has one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Headings and names.
    Strong,
    /// What is less important.
    Faint,
    /// Success, and what is added.
    Good,
    /// Care, and what changes.
    Care,
    /// Failure, and what goes away.
    Bad,
    /// One of six colours, to tell services apart.
    Series(usize),
}

impl Style {
    /// Gives `text` the look of `tone`.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let look = look(tone);
        format!("{look}{text}{look:#}")
    }
}

fn look(tone: Tone) -> Ansi {
    const SERIES: [AnsiColor; 6] = [
        AnsiColor::Cyan,
        AnsiColor::Magenta,
        AnsiColor::Blue,
        AnsiColor::Green,
        AnsiColor::Yellow,
        AnsiColor::BrightCyan,
    ];
    match tone {
        Tone::Strong => Ansi::new().bold(),
        Tone::Faint => Ansi::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Care => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
        Tone::Series(n) => SERIES
            .get(n % SERIES.len())
            .copied()
            .unwrap_or(AnsiColor::White)
            .on_default(),
    }
}
