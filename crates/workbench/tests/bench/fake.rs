//! A registry that misbehaves as the first part of an image's path says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use allot_workbench::image::Repository;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

#[derive(Clone, Default)]
struct Shared {
    host: String,
    asked: Arc<AtomicUsize>,
}

pub struct Fake {
    pub host: String,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Shared {
            host: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
        };
        let (host, asked) = (shared.host.clone(), Arc::clone(&shared.asked));
        let app = Router::new().fallback(answer).with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { host, asked, task }
    }

    pub fn repository(&self, path: &str) -> Repository {
        Repository {
            registry: self.host.clone(),
            path: path.to_owned(),
        }
    }

    /// How often anything but `/v2/` was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const MANIFEST: &str = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;

async fn answer(
    State(shared): State<Shared>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if uri.path() == "/v2/" {
        return unauthorized(&shared, "/token");
    }
    if uri.path() == "/token-without-end" {
        return endless_bytes();
    }
    if uri.path() == "/token" {
        // `somebody:secret`
        let known = given == "Basic c29tZWJvZHk6c2VjcmV0";
        let token = if known { "known" } else { "anybody" };
        return format!("{{\"token\":\"{token}\"}}").into_response();
    }
    let count = shared.asked.fetch_add(1, Ordering::SeqCst);
    let behaviour = uri.path().split('/').nth(2).unwrap_or_default();
    let tags = |tags: &[&str]| {
        axum::Json(serde_json::json!({ "name": "x", "tags": tags })).into_response()
    };
    let error = |status: StatusCode, code: &str| {
        (
            status,
            format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"no\"}}]}}"),
        )
            .into_response()
    };
    match behaviour {
        "html" => Html("<!doctype html><title>Sign in</title>".to_owned() + &"<p>".repeat(5_000))
            .into_response(),
        "busy" => error(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS"),
        "busy-once" if count == 0 => (StatusCode::TOO_MANY_REQUESTS, "slow down").into_response(),
        "broken-once" if count == 0 => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        "private" if given != "Bearer known" => error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
        "public" if given != "Bearer anybody" => error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
        "gone" => error(StatusCode::NOT_FOUND, "NAME_UNKNOWN"),
        // As quay.io does it: where the list goes on nobody but the registry can know.
        "paged" => match query.get("next_page").map(String::as_str) {
            None => (goes_on("next_page=a%2Fb%3D"), tags(&["1.0", "1.1"])).into_response(),
            Some("a/b=") => tags(&["1.2"]),
            Some(other) => panic!("nobody said {other}"),
        },
        "huge" => endless_bytes(),
        "huge-token" => unauthorized(&shared, "/token-without-end"),
        "token-elsewhere" => {
            let challenge = "Bearer realm=\"ftp://127.0.0.1/token\"";
            (
                StatusCode::UNAUTHORIZED,
                [(header::WWW_AUTHENTICATE, challenge)],
            )
                .into_response()
        }
        "nothing" => "{\"name\":\"x\",\"tags\":null}".into_response(),
        "odd" => tags(&["1.0", "\u{1b}[2J", "", "a b", "1.1"]),
        "endless" => {
            let page: Vec<String> = (0..1_000).map(|n| format!("1.{count}.{n}")).collect();
            tags(&page.iter().map(String::as_str).collect::<Vec<_>>())
        }
        "trickle" => {
            let last = format!("last=1.{count}");
            (goes_on(&last), tags(&[&format!("1.{count}")])).into_response()
        }
        "silent" => std::future::pending().await,
        "liar" if uri.path().contains("/manifests/") => (
            [(
                "docker-content-digest",
                format!("sha256:{}", "0".repeat(64)),
            )],
            MANIFEST,
        )
            .into_response(),
        "old" => r#"{"schemaVersion":1,"fsLayers":[]}"#.into_response(),
        _ if uri.path().contains("/manifests/") => MANIFEST.into_response(),
        _ => tags(&["1.0", "1.1"]),
    }
}

fn unauthorized(shared: &Shared, token: &str) -> Response {
    let host = &shared.host;
    let challenge = format!("Bearer realm=\"http://{host}{token}\",service=\"fake\"");
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}

fn goes_on(query: &str) -> [(header::HeaderName, String); 1] {
    let link = format!("<http://elsewhere.example.org/v2/x/tags/list?{query}>; rel=\"next\"");
    [(header::LINK, link)]
}

/// A body that never ends.
fn endless_bytes() -> Response {
    let chunk = bytes::Bytes::from(vec![b' '; 1024 * 1024]);
    let chunks = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    axum::body::Body::from_stream(chunks).into_response()
}
