//! Plain HTTP within bounds, for figures, logs and witnesses: whatever a client does, it costs what is said here.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// What connections may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at the same time; more wait in the system's queue.
    pub connections: usize,
    /// How long a client may take for a request's head, and say nothing between two requests.
    pub head: Duration,
    /// How long a connection lives.
    pub life: Duration,
    /// How long an answer that is under way has once its connection, or the program, is to end.
    pub farewell: Duration,
    /// Largest head of a request, and what is held of an answer before the client takes it, bytes.
    pub buffer: usize,
    /// Header lines of a request.
    pub headers: usize,
    /// Pause after the system gave no connection, when it has run out of files for example.
    pub pause: Duration,
}

/// Takes connections until told to stop; those that there are then end in time.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = tokio::select! {
            next = accept(&listener, &room, bounds.pause) => next,
            () = stop.cancelled() => break,
        };
        // Those that ended, so that the set stays as small as what is open.
        while connections.try_join_next().is_some() {}
        if let Some((stream, place)) = next {
            let (router, stop) = (router.clone(), stop.clone());
            connections.spawn(async move {
                converse(stream, router, bounds, stop).await;
                drop(place);
            });
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    pause: Duration,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::debug!("a connection could not be taken: {error}");
            sleep(pause).await;
            None
        }
    }
}

async fn converse(stream: TcpStream, router: Router, bounds: Bounds, stop: CancellationToken) {
    // It only makes small answers faster.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(bounds.buffer)
        .max_headers(bounds.headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Whatever a client does wrong ends its connection, and is nobody else's concern.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(bounds.life) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(bounds.farewell, connection).await;
}

#[cfg(test)]
mod tests;
