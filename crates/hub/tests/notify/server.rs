//! A server that writes down what it is asked, and answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use tokio::{net::TcpListener, sync::watch, time::timeout};

/// Nothing here takes as long.
pub const LONG: Duration = Duration::from_secs(30);

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    /// A status and a header.
    With(u16, &'static str, String),
    /// A status and a body.
    Says(u16, &'static str),
    /// A status and a body that does not end.
    Endless(u16),
    /// No answer at all.
    Silence,
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    pub at: Instant,
}

impl Asked {
    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A webhook's message by its name: `opened-1`.
    pub fn name(&self) -> String {
        self.header("x-allot-id")
            .split_once('-')
            .unwrap()
            .1
            .to_owned()
    }
}

#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<watch::Sender<Vec<Asked>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Server {
    /// Answers `replies` first, and then always with 200.
    pub async fn new(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::new(watch::Sender::new(Vec::new())),
            replies: Arc::new(Mutex::new(replies.to_vec().into())),
        };
        let app = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// The names of a webhook's messages so far.
    pub fn names(&self) -> Vec<String> {
        self.asked().iter().map(Asked::name).collect()
    }

    /// Waits for so many requests, and shows all that came.
    pub async fn wait_for(&self, count: usize) -> Vec<Asked> {
        let mut asked = self.asked.subscribe();
        let there = asked.wait_for(|asked| asked.len() >= count);
        let there = timeout(LONG, there).await;
        let there = there.unwrap_or_else(|_| panic!("{:?}", self.asked()));
        there.unwrap().clone()
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let asked = Asked {
        method,
        path: uri.path().to_owned(),
        headers,
        body,
        at: Instant::now(),
    };
    let reply = server.replies.lock().unwrap().pop_front();
    server.asked.send_modify(|all| all.push(asked));
    let status = |code| StatusCode::from_u16(code).unwrap();
    match reply.unwrap_or(Reply::Status(200)) {
        Reply::Status(code) => status(code).into_response(),
        Reply::With(code, name, value) => (status(code), [(name, value)]).into_response(),
        Reply::Says(code, body) => (status(code), body).into_response(),
        Reply::Endless(code) => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let endless =
                futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            (status(code), Body::from_stream(endless)).into_response()
        }
        Reply::Silence => std::future::pending().await,
    }
}
