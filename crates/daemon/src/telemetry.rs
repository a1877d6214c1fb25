//! Logs, on standard error.

use tracing_subscriber::EnvFilter;

/// What is logged when `ALLOT_LOG` does not say.
const DEFAULT_FILTER: &str = "info,gix=warn,sled=warn,hyper=warn,h2=warn";

/// Starts logging. `ALLOT_LOG` chooses what, in the usual filter syntax (`debug`, `allot_agent=trace`...).
pub fn start(json: bool) {
    let filter =
        EnvFilter::try_from_env("ALLOT_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // An error only means that somebody, a test, has started logging before.
    let _ = if json {
        logs.json().try_init()
    } else {
        logs.with_target(false).try_init()
    };
}
