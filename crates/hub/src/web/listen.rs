//! Connections, each with its bounds.

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

use super::limits::{
    ACCEPT_PAUSE, BUFFER, CONNECTION_LIFE, FAREWELL, HEAD_TIME, MAX_CONNECTIONS, MAX_HEADERS,
};

/// What a connection may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) connections: usize,
    pub(super) head: Duration,
    pub(super) life: Duration,
    pub(super) farewell: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            head: HEAD_TIME,
            life: CONNECTION_LIFE,
            farewell: FAREWELL,
        }
    }
}

/// Takes connections until told to stop; those that there are then end in time.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = tokio::select! {
            next = accept(&listener, &room) => next,
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
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::debug!("a connection could not be taken: {error}");
            sleep(ACCEPT_PAUSE).await;
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
        .max_buf_size(BUFFER)
        .max_headers(MAX_HEADERS)
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
