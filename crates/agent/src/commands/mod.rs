//! The commands of `allot-agent`, a file each.

mod init;
mod key;
mod serve;
mod store;

use std::process::ExitCode;

use allot_daemon::tell;

use crate::{
    app::AppError,
    args::{Cli, Command},
    config::ConfigError,
    federation::FederationError,
    server::ServeError,
};

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The agent said no.
    #[error(transparent)]
    App(#[from] AppError),
    /// There is no good configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The collective's key.
    #[error(transparent)]
    Federation(#[from] FederationError),
    /// The agent cannot be reached, or stopped being so.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl CommandError {
    fn code(&self) -> &str {
        match self {
            Self::App(e) => e.code(),
            Self::Federation(e) => e.code(),
            Self::Config(e) => e.code(),
            Self::Serve(e) => e.code(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::App(e) => e.help(),
            Self::Federation(e) => e.help(),
            Self::Config(e) => e.help(),
            Self::Serve(e) => e.help(),
        }
    }
}

/// Runs a command. Exit codes are those of design section 4, rule 9.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Init(args) => init::run(&cli.dir, *args),
        Command::Serve(args) => serve::run(&cli.dir, &args),
        Command::Key(command) => key::run(&cli.dir, command),
        Command::Store(command) => store::run(&cli.dir, &command),
    };
    done.unwrap_or_else(|error| {
        tell(&error, error.code(), error.help().as_deref());
        ExitCode::FAILURE
    })
}
