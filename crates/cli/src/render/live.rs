//! Progress on a terminal: one line a service that is rewritten in place.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    time::Duration,
};

use allot_proto::agent::{OperationEvent, operation_event::Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    events,
    style::{Style, Tone},
    text::visible,
};

/// The lines on the terminal.
pub struct Live {
    lines: MultiProgress,
    services: HashMap<String, ProgressBar>,
    look: ProgressStyle,
    style: Style,
}

impl Live {
    /// Draws on stderr.
    #[must_use]
    pub fn new(style: Style) -> Self {
        // The template is fixed; the default bar only stands in should indicatif's syntax ever change.
        let look = ProgressStyle::with_template("  {spinner} {prefix}  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .tick_strings(&["|", "/", "-", "\\", " "]);
        Self {
            lines: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            services: HashMap::new(),
            look,
            style,
        }
    }

    /// Shows an event.
    pub fn event(&mut self, event: &OperationEvent) {
        match event.event.as_ref() {
            Some(Event::Started(started)) => self.print(&events::begun(started)),
            Some(Event::Step(step)) => {
                if let Some(text) = events::step(step) {
                    self.print(&format!("  {text}"));
                }
            }
            Some(Event::Progress(progress)) => {
                let bar = self.bar(&progress.service);
                let text = events::progress(progress);
                if progress.settled {
                    bar.finish_with_message(self.style.paint(Tone::Good, &text));
                } else if progress.failures > 0 {
                    bar.set_message(self.style.paint(Tone::Care, &text));
                } else {
                    bar.set_message(text);
                }
            }
            Some(Event::Failure(_) | Event::Verdict(_)) | None => {}
        }
    }

    /// Leaves the last state on the terminal, stops drawing, and goes to a line of its own: indicatif
    /// leaves the cursor behind its last line.
    pub fn end(&mut self) {
        if self.services.is_empty() {
            return;
        }
        for (_, bar) in self.services.drain() {
            if !bar.is_finished() {
                bar.abandon();
            }
        }
        let _ = writeln!(io::stderr().lock());
    }

    /// Prints above the lines. `MultiProgress::println` fills lines up to the terminal's width, which
    /// looks wrong once the terminal is resized or its text copied; this does not.
    fn print(&self, text: &str) {
        self.lines.suspend(|| {
            // A terminal that cannot be written to shows nothing; the verdict does not depend on it.
            let _ = writeln!(io::stderr().lock(), "{text}");
        });
    }

    fn bar(&mut self, service: &str) -> ProgressBar {
        let (lines, look) = (&self.lines, &self.look);
        self.services
            .entry(service.to_owned())
            .or_insert_with(|| {
                let bar = lines.add(ProgressBar::new_spinner());
                bar.set_style(look.clone());
                bar.set_prefix(visible(service).into_owned());
                bar.enable_steady_tick(Duration::from_millis(120));
                bar
            })
            .clone()
    }
}
