//! What was typed and what came back, as a document that can be compared.

use std::fmt::Write as _;

use crate::Run;

/// A transcript; what differs from run to run has names instead.
#[derive(Debug, Default)]
pub struct Transcript {
    text: String,
    names: Vec<(String, String)>,
}

impl Transcript {
    /// From now on `value` is written as `[name]`.
    pub fn name(&mut self, name: &str, value: &str) {
        self.name_as(&format!("[{name}]"), value);
    }

    /// From now on `value` is written as just this.
    pub fn name_as(&mut self, name: &str, value: &str) {
        self.names.push((value.to_owned(), name.to_owned()));
        // The longest first: a value may hold another one.
        self.names
            .sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    }

    /// A heading.
    pub fn chapter(&mut self, title: &str) {
        let _ = writeln!(self.text, "\n== {title}");
    }

    /// A command of somebody, and what it printed. A person's view: no JSON.
    pub fn run(&mut self, who: &str, command: &str, run: &Run) {
        self.written(who, command, &run.stdout, &run.stderr, run.code);
    }

    /// The same, of a program that is not `allot`.
    pub fn written(&mut self, who: &str, command: &str, out: &str, talk: &str, code: Option<i32>) {
        let _ = writeln!(self.text, "\n{who}$ {command}");
        self.text.push_str(out);
        for line in talk.lines() {
            let _ = writeln!(self.text, "| {line}");
        }
        match code {
            Some(0) => {}
            Some(code) => {
                let _ = writeln!(self.text, "(exit {code})");
            }
            None => self.text.push_str("(ended by a signal)\n"),
        }
    }

    /// All of it, with names in the place of what they name.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.text.clone();
        for (value, name) in &self.names {
            text = text.replace(value, name);
        }
        text
    }
}
