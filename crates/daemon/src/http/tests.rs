//! Connections, with bounds that a test can wait for.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    routing::get,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(100);

fn usual() -> Bounds {
    Bounds {
        connections: 8,
        head: LONG,
        life: LONG,
        farewell: LONG,
        buffer: 32 * 1024,
        headers: 64,
        pause: SHORT,
    }
}

struct Served {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

async fn served(bounds: Bounds) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let chunk = Bytes::from(vec![0; 64 * 1024]);
    let endless = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    let router = Router::new()
        .route(
            "/endless",
            get(move || async { Body::from_stream(endless) }),
        )
        .fallback(get(|| async { "hello" }));
    let task = tokio::spawn(serve(listener, router, bounds, stop.clone()));
    Served {
        address,
        stop,
        task,
    }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

async fn asks(stream: &mut TcpStream) -> String {
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// Resolves when the other side has closed.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end as well.
    let ended = timeout(LONG, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "still open");
}

#[tokio::test]
async fn who_says_nothing_is_closed() {
    let bounds = Bounds {
        head: SHORT,
        ..usual()
    };
    let served = served(bounds).await;
    let mut silent = served.connect().await;
    closed(&mut silent).await;
    let mut slow = served.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nhos").await.unwrap();
    closed(&mut slow).await;
    let mut idle = served.connect().await;
    assert!(asks(&mut idle).await.starts_with("HTTP/1.1 200"));
    closed(&mut idle).await;
}

#[tokio::test]
async fn a_connection_does_not_live_for_ever() {
    let bounds = Bounds {
        life: SHORT,
        ..usual()
    };
    let served = served(bounds).await;
    let mut stream = served.connect().await;
    assert!(asks(&mut stream).await.starts_with("HTTP/1.1 200"));
    closed(&mut stream).await;
}

#[tokio::test]
async fn connections_over_the_bound_wait_their_turn() {
    let bounds = Bounds {
        connections: 1,
        ..usual()
    };
    let served = served(bounds).await;
    let mut first = served.connect().await;
    assert!(asks(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = served.connect().await;
    let waits = timeout(SHORT, asks(&mut second)).await;
    assert!(waits.is_err(), "answered beside the first");
    drop(first);
    let mut answer = [0; 12];
    timeout(LONG, second.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test]
async fn who_says_nothing_makes_room_for_others() {
    let bounds = Bounds {
        connections: 2,
        head: SHORT,
        ..usual()
    };
    let served = served(bounds).await;
    let mut silent = [served.connect().await, served.connect().await];
    for stream in &mut silent {
        stream.write_all(b"GET / HT").await.unwrap();
    }
    let mut next = served.connect().await;
    let answer = timeout(LONG, asks(&mut next)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for mut stream in silent {
        closed(&mut stream).await;
    }
}

#[tokio::test]
async fn who_does_not_read_gives_its_place_back() {
    let bounds = Bounds {
        connections: 1,
        life: SHORT,
        farewell: SHORT,
        ..usual()
    };
    let served = served(bounds).await;
    let mut greedy = served.connect().await;
    let request = b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n";
    greedy.write_all(request).await.unwrap();
    let mut next = served.connect().await;
    let answer = timeout(LONG, asks(&mut next)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // It was open, and not read, all the time.
    drop(greedy);
}

#[tokio::test]
async fn a_head_that_never_ends_is_refused() {
    let served = served(usual()).await;
    let mut stream = served.connect().await;
    let endless = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(256 * 1024));
    // It is closed in the middle of it.
    let _ = stream.write_all(endless.as_bytes()).await;
    closed(&mut stream).await;
}

#[tokio::test]
async fn it_stops_when_it_is_told_to() {
    let served = served(usual()).await;
    let mut stream = served.connect().await;
    assert!(asks(&mut stream).await.starts_with("HTTP/1.1 200"));
    served.stop.cancel();
    timeout(LONG, served.task).await.unwrap().unwrap();
    closed(&mut stream).await;
}
