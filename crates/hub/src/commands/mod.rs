//! The commands of `allot-hub`, a file each.

mod init;
mod serve;

use std::process::ExitCode;

use allot_daemon::tell;
use serde::Serialize;

use crate::{
    app::HubError,
    args::{Cli, Command},
    config::ConfigError,
    found::FoundError,
    home::Home,
    server::ServeError,
};

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The hub said no.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// There is no good configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No hub was made.
    #[error(transparent)]
    Found(#[from] FoundError),
    /// The hub does not serve.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl CommandError {
    fn code(&self) -> &'static str {
        match self {
            Self::Hub(e) => e.code(),
            Self::Config(e) => e.code(),
            Self::Found(e) => e.code(),
            Self::Serve(e) => e.code(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Hub(e) => e.help(),
            Self::Config(e) => e.help(),
            Self::Found(e) => e.help(),
            Self::Serve(e) => e.help(),
        }
    }
}

/// Prints what a command found: as JSON, or as `text` says it.
fn print(
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<(), CommandError> {
    let text = match json {
        true => serde_json::to_string_pretty(value).map_err(HubError::from)?,
        false => text(),
    };
    println!("{text}");
    Ok(())
}

/// Runs a command. Exit codes are those of design section 4, rule 9.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let (home, json) = (Home::new(&cli.dir), cli.json());
    let done = match cli.command {
        Command::Init(args) => init::run(&home, args, json),
        Command::Serve(args) => serve::run(&home, &args),
        _ => Ok(ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        tell(&error, error.code(), error.help().as_deref());
        ExitCode::FAILURE
    })
}
