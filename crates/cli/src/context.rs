//! What every command gets: the streams, whether anybody can be asked, and the way to the agent.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use crate::{
    args::{Format, Global},
    client::Agent,
    error::CliError,
    output::Output,
};

/// The surroundings of a command.
#[derive(Debug)]
pub struct Context {
    /// stdout and stderr.
    pub out: Output,
    /// What `--output` or `-m` asked for; `None` leaves it to the command.
    pub format: Option<Format>,
    /// Whether asking was forbidden.
    pub no_input: bool,
    socket: Option<PathBuf>,
}

impl Context {
    /// Takes the global options.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let format = if global.machine {
            Some(Format::Json)
        } else {
            global.output
        };
        Self {
            out: Output::new(format == Some(Format::Json), global.color),
            format,
            no_input: global.no_input,
            socket: global.socket,
        }
    }

    /// Whether a person can be asked: not forbidden, and a terminal on stdin to answer and on stderr to
    /// see the question.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.no_input && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Connects to the agent.
    ///
    /// # Errors
    /// As [`Agent::connect`].
    pub async fn agent(&self) -> Result<Agent, CliError> {
        Agent::connect(self.socket.as_deref()).await
    }
}
