//! How long a call may take: from its first byte until the last of its answer was taken.

use std::{cell::Cell, pin::pin, time::Duration};

use hyper::rt::Executor;
use tokio::{task_local, time::timeout};

task_local! {
    static ENDLESS: Cell<bool>;
}

/// Runs the calls of a connection. One that takes longer is broken off, whatever it waits for: its message, room, or
/// somebody who reads its answer.
#[derive(Debug, Clone, Copy)]
pub struct Calls(pub Duration);

impl<F> Executor<F> for Calls
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        tokio::spawn(ENDLESS.scope(Cell::new(false), in_time(self.0, call)));
    }
}

async fn in_time(time: Duration, call: impl Future<Output = ()>) {
    let mut call = pin!(call);
    if timeout(time, call.as_mut()).await.is_ok() {
        return;
    }
    match ENDLESS.with(Cell::get) {
        true => call.await,
        false => tracing::debug!("a call took too long and was broken off"),
    }
}

/// Says that the call which asks has all that it needs, and an answer without end.
pub(super) fn without_end() {
    // Elsewhere than in a call nothing is broken off.
    let _ = ENDLESS.try_with(|endless| endless.set(true));
}

#[cfg(test)]
mod tests {
    use tokio::{sync::oneshot, time::sleep};

    use super::*;

    const TIME: Duration = Duration::from_secs(30);

    /// Runs a call, and says whether it came to its end.
    async fn ends(call: impl Future<Output = ()> + Send + 'static) -> bool {
        let (end, ended) = oneshot::channel();
        Calls(TIME).execute(async move {
            call.await;
            let _ = end.send(());
        });
        ended.await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_takes_too_long_is_broken_off() {
        assert!(ends(sleep(TIME / 2)).await);
        assert!(!ends(sleep(TIME * 2)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_goes_on_once_it_has_begun() {
        let stream = async {
            sleep(TIME / 2).await;
            without_end();
            sleep(TIME * 100).await;
        };
        assert!(ends(stream).await);
        let late = async {
            sleep(TIME * 2).await;
            without_end();
        };
        assert!(!ends(late).await);
    }
}
