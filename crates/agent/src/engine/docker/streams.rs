//! Opening streams: a stream is handed out once the engine has answered, so that nothing is missed between.

use std::time::Duration;

use bollard::errors::Error as BollardError;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use tokio::sync::oneshot;

use super::call::Call;
use crate::engine::Result;

/// Items of an open request, failures mapped.
pub(super) type Opened<T> = BoxStream<'static, std::result::Result<T, BollardError>>;

/// Drives the request until the engine has answered its head (or failed), then gives the stream back.
pub(super) async fn open<T: Send + 'static>(
    call: &Call<'_>,
    deadline: Duration,
    requested: impl Stream<Item = std::result::Result<T, BollardError>> + Send + 'static,
    answered: oneshot::Receiver<()>,
) -> Result<Opened<T>> {
    let mut requested = requested.boxed();
    let first = tokio::select! {
        biased;
        first = requested.next() => first,
        Ok(()) = answered => return Ok(requested),
        () = tokio::time::sleep(deadline) => return Err(call.timeout(deadline)),
    };
    match first {
        None => Ok(stream::empty().boxed()),
        Some(Ok(item)) => Ok(stream::iter([Ok(item)]).chain(requested).boxed()),
        Some(Err(BollardError::RequestTimeoutError)) => Err(call.timeout(deadline)),
        Some(Err(error)) => Err(call.error(error)),
    }
}
