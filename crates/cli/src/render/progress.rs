//! How far something is that takes a while: rewritten in place on a terminal, else a line now and then.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;

/// What is done in less than this needs no word about it.
const SOON: Duration = Duration::from_secs(1);

/// How far it is.
pub enum Progress {
    /// On a terminal.
    Bar(ProgressBar),
    /// Anywhere else.
    Lines(Lines, Instant),
    /// With JSON output.
    Silent,
}

impl Progress {
    /// Begins. `verb` is what was done with the things counted, such as `verified`.
    #[must_use]
    pub fn begin(ctx: &Context, verb: &'static str) -> Self {
        if ctx.out.json {
            return Self::Silent;
        }
        if !ctx.out.talk.terminal {
            return Self::Lines(Lines::new(verb), Instant::now());
        }
        // The template is fixed; the default bar only stands in should indicatif's syntax ever change.
        let look = ProgressStyle::with_template("{bar:30} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(look);
        bar.set_prefix(verb);
        Self::Bar(bar)
    }

    /// Says how far it is; `of` is 0 where the end is not known.
    pub fn at(&mut self, ctx: &Context, done: u64, of: u64) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message(words(&bar.prefix(), done, of));
            }
            Self::Lines(lines, began) => {
                if let Some(line) = lines.line(done, of, began.elapsed()) {
                    ctx.out.talk(&line);
                }
            }
            Self::Silent => {}
        }
    }

    /// Takes it off the terminal.
    pub fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Lines for logs and pipes: one for each tenth, and none twice within a second.
#[derive(Debug)]
pub struct Lines {
    verb: &'static str,
    next: Duration,
    tenth: u64,
}

impl Lines {
    /// None said yet.
    #[must_use]
    pub fn new(verb: &'static str) -> Self {
        Self {
            verb,
            next: SOON,
            tenth: 0,
        }
    }

    /// The line to print after `elapsed`, if one is due.
    pub fn line(&mut self, done: u64, of: u64, elapsed: Duration) -> Option<String> {
        // Without a known end, each second is worth a line.
        let tenth = done.saturating_mul(10).checked_div(of);
        if elapsed < self.next || tenth.is_some_and(|tenth| tenth <= self.tenth) {
            return None;
        }
        self.next = elapsed + SOON;
        self.tenth = tenth.unwrap_or(self.tenth);
        Some(format!("{}\n", words(self.verb, done, of)))
    }
}

fn words(verb: &str, done: u64, of: u64) -> String {
    match of {
        0 => format!("{verb} {done}"),
        of => format!("{verb} {done} of {of}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_is_done_at_once_needs_no_word() {
        let mut lines = Lines::new("verified");
        assert_eq!(lines.line(50, 100, ms(10)), None);
        assert_eq!(lines.line(100, 100, ms(900)), None);
    }

    #[test]
    fn a_line_tells_each_tenth_and_none_twice_within_a_second() {
        let mut lines = Lines::new("verified");
        let said: Vec<String> = [
            (5, 1_000),
            (11, 1_100),
            (12, 1_500),
            (30, 1_900),
            (31, 2_200),
            (32, 5_000),
            (100, 6_000),
        ]
        .into_iter()
        .filter_map(|(done, at)| lines.line(done, 100, ms(at)))
        .collect();
        assert_eq!(
            said,
            [
                "verified 11 of 100\n",
                "verified 31 of 100\n",
                "verified 100 of 100\n"
            ]
        );
    }

    #[test]
    fn without_a_known_end_it_counts() {
        let mut lines = Lines::new("written");
        assert_eq!(lines.line(3, 0, ms(1_000)).as_deref(), Some("written 3\n"));
        assert_eq!(lines.line(4, 0, ms(1_500)), None);
        assert_eq!(lines.line(9, 0, ms(2_000)).as_deref(), Some("written 9\n"));
    }
}
