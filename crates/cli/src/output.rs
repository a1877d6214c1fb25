//! stdout is data, stderr is talk. A reader of stdout that goes away is no error of ours.

use std::{
    cell::Cell,
    io::{self, IsTerminal as _, Write as _},
};

use serde::Serialize;

use crate::{
    args::When,
    error::CliError,
    render::{error::ErrorView, style::Style},
};

/// The two streams and how they are to be written.
#[derive(Debug)]
pub struct Output {
    /// Whether data is JSON.
    pub json: bool,
    /// How data is styled.
    pub data: Style,
    /// How talk is styled.
    pub talk: Style,
    closed: Cell<bool>,
}

impl Output {
    /// Looks at both streams once.
    #[must_use]
    pub fn new(json: bool, color: When) -> Self {
        let style = |tty: bool| {
            let wanted = match color {
                When::Always => true,
                When::Never => false,
                When::Auto => {
                    tty && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                        && std::env::var_os("TERM").is_none_or(|v| v != "dumb")
                }
            };
            Style {
                color: wanted,
                terminal: tty,
            }
        };
        Self {
            json,
            data: style(io::stdout().is_terminal()),
            talk: style(io::stderr().is_terminal()),
            closed: Cell::new(false),
        }
    }

    /// Whether whoever read stdout went away.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.closed.get()
    }

    /// Writes data as it is; `text` brings its own line ends.
    ///
    /// # Errors
    /// `AL-7009` when stdout cannot be written, for example on a full disk.
    pub fn data(&self, text: &str) -> Result<(), CliError> {
        if self.closed() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.set(true);
                Ok(())
            }
            Err(source) => Err(CliError::Output {
                what: "standard output".into(),
                source,
            }),
            Ok(()) => Ok(()),
        }
    }

    /// Writes one JSON document and a line end.
    ///
    /// # Errors
    /// As [`Output::data`].
    pub fn document(&self, value: &impl Serialize) -> Result<(), CliError> {
        let mut text = serde_json::to_string(value).map_err(|error| CliError::Output {
            what: "the answer as JSON".into(),
            source: error.into(),
        })?;
        text.push('\n');
        self.data(&text)
    }

    /// Writes `value` as JSON when that was asked for, else what `table` makes of it.
    ///
    /// # Errors
    /// As [`Output::data`].
    pub fn show<T: Serialize>(
        &self,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), CliError> {
        if self.json {
            self.document(value)
        } else {
            self.data(&table(value))
        }
    }

    /// Says something to the person; `text` brings its own line ends. Silent with JSON output.
    pub fn talk(&self, text: &str) {
        if !self.json {
            self.say(text);
        }
    }

    /// Says something to the person whatever the form of the data. Nothing can be done when stderr is
    /// closed, so that is ignored.
    pub fn say(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    }

    /// Reports an error: on stderr for people, with JSON output also as an object on stdout. A verdict
    /// stands there already, and stays the last line.
    pub fn report(&self, error: &CliError) {
        let object = self.json && !matches!(error, CliError::Verdict { .. });
        for view in ErrorView::of(error) {
            if object {
                let _ = self.document(&serde_json::json!({ "error": view }));
            }
            self.say(&view.text(self.talk));
        }
    }
}
