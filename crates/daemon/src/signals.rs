//! Being told to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when the process is told to stop (SIGTERM, SIGINT). Signals count from this call on, not from the first
/// poll.
///
/// # Errors
/// The system does not let us listen for signals.
pub fn told_to_stop() -> io::Result<impl Future<Output = ()> + Send> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
    })
}
