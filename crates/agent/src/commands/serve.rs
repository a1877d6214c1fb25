//! `allot-agent serve`.

use std::{path::Path, process::ExitCode};

use super::CommandError;
use crate::{
    args::ServeArgs,
    config::Config,
    server::{self, ServeError},
    telemetry,
};

/// Runs the agent until it is told to stop.
pub(super) fn run(dir: &Path, args: &ServeArgs) -> Result<ExitCode, CommandError> {
    telemetry::start(args.log_json);
    let mut config = Config::read(dir)?;
    if let Some(socket) = &args.socket {
        config.socket.path.clone_from(socket);
    }
    if let Some(kind) = args.engine {
        config.engine.kind = kind;
    }
    if let Some(endpoint) = &args.endpoint {
        config.engine.endpoint.clone_from(endpoint);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })?;
    runtime.block_on(server::serve(dir, config))?;
    Ok(ExitCode::SUCCESS)
}
