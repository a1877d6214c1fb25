//! Streams of the simulated engine. They end when it goes away.

use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::control::{SimControl, unreachable};
use super::view::shows;
use crate::engine::{EngineEvent, LogLine, LogQuery, Result};

/// Items until the engine goes away, then one error. A reader that fell behind loses items, as with a real one.
fn until_gone<T: Clone + Send + 'static>(
    receiver: Receiver<T>,
    control: SimControl,
) -> BoxStream<'static, Result<T>> {
    stream::unfold(Some((receiver, control)), |state| async move {
        let (mut receiver, control) = state?;
        loop {
            let received = tokio::select! {
                biased;
                () = control.gone() => return Some((Err(unreachable()), None)),
                received = receiver.recv() => received,
            };
            match received {
                Ok(item) => return Some((Ok(item), Some((receiver, control)))),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
    .boxed()
}

pub(super) fn events(
    receiver: Receiver<EngineEvent>,
    control: SimControl,
) -> BoxStream<'static, Result<EngineEvent>> {
    until_gone(receiver, control)
}

/// Lines written before, then, when followed, those that come.
pub(super) fn lines(
    written: Vec<LogLine>,
    receiver: Receiver<(String, LogLine)>,
    query: LogQuery,
    control: SimControl,
) -> BoxStream<'static, Result<LogLine>> {
    let written = stream::iter(written.into_iter().map(Ok));
    if !query.follow {
        return written.boxed();
    }
    let coming = until_gone(receiver, control).filter_map(move |item| {
        let line = match item {
            Ok((service_id, line)) if shows(&query, &service_id, &line) => Some(Ok(line)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        };
        std::future::ready(line)
    });
    written.chain(coming).boxed()
}
