//! Plain HTTP of the agent, for figures and for witnessing: each connection has its bounds.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::limits::{
    HTTP_BUFFER, HTTP_CONNECTIONS, HTTP_FAREWELL, HTTP_HEAD_TIME, HTTP_LIFE, HTTP_PAUSE,
};

/// What connections may cost.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    connections: usize,
    head: Duration,
    life: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: HTTP_CONNECTIONS,
            head: HTTP_HEAD_TIME,
            life: HTTP_LIFE,
        }
    }
}

/// Takes connections until told to stop; those that there are then end in time.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_within(listener, router, Bounds::default(), stop).await;
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let next = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        // Those that ended, so that the set stays as small as what is open.
        while connections.try_join_next().is_some() {}
        match next {
            Some((Ok((stream, _)), place)) => {
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    converse(stream, router, bounds, stop).await;
                    drop(place);
                });
            }
            _ => sleep(HTTP_PAUSE).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse(stream: TcpStream, router: Router, bounds: Bounds, stop: CancellationToken) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(HTTP_BUFFER);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Whatever a client does wrong ends its connection, and is nobody else's concern.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(bounds.life) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(HTTP_FAREWELL, connection).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        task::JoinHandle,
    };

    use super::*;

    async fn started(bounds: Bounds) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let stop = CancellationToken::new();
        let running = tokio::spawn(serve_within(listener, router, bounds, stop.clone()));
        (address, stop, running)
    }

    async fn asks(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn who_says_nothing_is_cut_off_and_makes_room_for_others() {
        let bounds = Bounds {
            connections: 2,
            head: Duration::from_millis(200),
            ..Bounds::default()
        };
        let (address, stop, running) = started(bounds).await;
        let mut silent = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HT").await.unwrap();
            silent.push(stream);
        }
        let answer = timeout(Duration::from_secs(10), asks(address)).await;
        assert!(answer.unwrap().ends_with("here"));
        for mut stream in silent {
            let mut rest = Vec::new();
            let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
            drop(ended.expect("it is cut off"));
        }
        stop.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_does_not_live_for_ever() {
        let bounds = Bounds {
            head: Duration::from_secs(60),
            life: Duration::from_millis(100),
            ..Bounds::default()
        };
        let (address, stop, running) = started(bounds).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
        drop(ended.expect("it is ended"));
        assert!(asks(address).await.ends_with("here"));
        stop.cancel();
        running.await.unwrap();
    }
}
