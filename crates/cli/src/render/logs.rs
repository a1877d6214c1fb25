//! Log lines, service first.

use std::collections::HashMap;

use allot_proto::agent::LogLine;

use super::{
    style::{Style, Tone},
    text::{cut, visible},
};
use crate::limits;

/// Lays out log lines; services get their column and colour as they turn up.
#[derive(Debug, Default)]
pub struct LogLines {
    series: HashMap<String, usize>,
    width: usize,
}

impl LogLines {
    /// One line. On a terminal control characters are shown instead of obeyed; to a file or pipe the text
    /// goes as the task wrote it.
    pub fn line(&mut self, style: Style, line: &LogLine) -> String {
        let next = self.series.len();
        let number = *self.series.entry(line.service.clone()).or_insert(next);
        self.width = self.width.max(line.service.chars().count());
        let name = format!("{:<width$}", visible(&line.service), width = self.width);
        let text = cut(
            line.text.trim_end_matches(['\r', '\n']),
            limits::MAX_LOG_LINE,
        );
        let text = if style.terminal { visible(&text) } else { text };
        format!("{} | {text}\n", style.paint(Tone::Series(number), &name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(service: &str, text: &str) -> LogLine {
        LogLine {
            service: service.into(),
            text: text.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_log_cannot_steer_the_terminal_and_a_pipe_gets_it_unchanged() {
        let hostile = line("app", "\u{1b}]0;owned\u{7}hi\n");
        let terminal = Style {
            color: false,
            terminal: true,
        };
        assert_eq!(
            LogLines::default().line(terminal, &hostile),
            "app | \\x1b]0;owned\\x07hi\n"
        );
        assert_eq!(
            LogLines::default().line(Style::default(), &hostile),
            "app | \u{1b}]0;owned\u{7}hi\n"
        );
    }

    #[test]
    fn an_endless_line_is_cut() {
        let long = line("app", &"x".repeat(limits::MAX_LOG_LINE + 5));
        let shown = LogLines::default().line(Style::default(), &long);
        assert!(shown.ends_with("x… (cut)\n"));
    }

    #[test]
    fn services_are_told_apart_by_colour() {
        let style = Style {
            color: true,
            terminal: true,
        };
        let mut lines = LogLines::default();
        let (a, b) = (
            lines.line(style, &line("app", "x")),
            lines.line(style, &line("db", "x")),
        );
        assert_ne!(a.split('m').next(), b.split('m').next());
    }
}
