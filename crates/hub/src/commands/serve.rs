//! `allot-hub serve`.

use std::process::ExitCode;

use allot_daemon::telemetry;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::CommandError;
use crate::{
    args::ServeArgs,
    config::Config,
    home::Home,
    server::{self, Options, ServeError},
};

/// Open files besides connections: journals, the index, sockets.
const OWN_FILES: u64 = 512;

/// Runs the hub until it is told to stop.
pub(super) fn run(home: &Home, args: &ServeArgs) -> Result<ExitCode, CommandError> {
    telemetry::start(args.log_json);
    let config = Config::read(home)?;
    make_room(config.limits.connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })?;
    runtime.block_on(server::serve(Options::new(home.clone(), config)))?;
    Ok(ExitCode::SUCCESS)
}

/// Asks the system for as many open files as there may be connections, and some more for the hub's own.
fn make_room(connections: usize) {
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OWN_FILES);
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    let most = wanted.min(hard);
    if soft < most && setrlimit(Resource::RLIMIT_NOFILE, most, hard).is_err() || most < wanted {
        tracing::warn!(
            "the system allows {} open files; {connections} connections may need {wanted}",
            soft.max(most)
        );
    }
}
