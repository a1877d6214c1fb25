//! `allot-hub serve`.

use std::process::ExitCode;

use allot_daemon::telemetry;

use super::CommandError;
use crate::{
    args::ServeArgs,
    config::Config,
    home::Home,
    server::{self, Options, ServeError},
};

/// Runs the hub until it is told to stop.
pub(super) fn run(home: &Home, args: &ServeArgs) -> Result<ExitCode, CommandError> {
    telemetry::start(args.log_json);
    let config = Config::read(home)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })?;
    runtime.block_on(server::serve(Options::new(home.clone(), config)))?;
    Ok(ExitCode::SUCCESS)
}
