//! The commands of `allot-hub`, a file each.

mod ask;
mod bar;
mod catalogue;
mod client;
mod dues;
mod error;
mod init;
mod invite;
mod issuer;
mod recover;
mod serve;
mod status;
mod store;
mod table;

use std::process::ExitCode;

use allot_daemon::tell;
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::{
    app::HubError,
    args::{CatalogueCommand, Cli, Command, IssuerCommand, StoreCommand},
    home::Home,
    server::ServeError,
};
pub use error::CommandError;

type Done = Result<ExitCode, CommandError>;

/// Runs a command. Exit codes are those of design section 4, rule 9.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let (home, json) = (&Home::new(&cli.dir), cli.json());
    let done = match cli.command {
        Command::Init(args) => init::run(home, args, json),
        Command::Serve(args) => serve::run(home, &args),
        Command::Invite(args) => invite::run(home, args, json),
        Command::Evict(args) => bar::run(home, &args, false, json),
        Command::Ban(args) => bar::run(home, &args, true, json),
        Command::Dues(args) => dues::run(home, args, json),
        Command::Status => status::run(home, json),
        Command::Issuer(IssuerCommand::Rotate { root_key }) => issuer::run(home, &root_key, json),
        Command::Store(StoreCommand::Check) => store::check(home, json),
        Command::Store(StoreCommand::Repair { from, salvage, yes }) => {
            let asked = store::Repair { from, salvage, yes };
            store::repair(home, &asked, json)
        }
        Command::Catalogue(CatalogueCommand::Status { recipe }) => {
            catalogue::status(home, recipe, json)
        }
        Command::Catalogue(CatalogueCommand::Sync { recipe }) => {
            catalogue::sync(home, recipe, json)
        }
        Command::Recover(args) => recover::run(home, args, json),
    };
    done.unwrap_or_else(|error| {
        tell(&error, error.code(), error.help().as_deref());
        ExitCode::from(error.exit())
    })
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
    println!("{}", text.trim_end());
    Ok(())
}

/// A small runtime, for a command that asks and ends.
fn runtime() -> Result<Runtime, CommandError> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Ok(built.map_err(|source| ServeError::Runtime { source })?)
}
