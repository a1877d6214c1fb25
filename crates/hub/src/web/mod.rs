//! The hub's plain HTTP: the log as files (C2SP `tlog-tiles`), so that anybody can audit it with standard tools, the long
//! texts that it names, and figures for Prometheus.
//!
//! | path | what |
//! |---|---|
//! | `checkpoint` | the newest signed checkpoint, with the cosignatures that there are |
//! | `tile/<L>/<N>[.p/<W>]` | hashes |
//! | `tile/entries/<N>[.p/<W>]` | entries |
//! | `texts/<sha256>` | a long text |
//! | `metrics` | figures |
//! | `recipes.json` | the catalogue, as abra reads it |
//! | `webhook` | forges say here that something changed, if the hub takes that |
//!
//! There is nothing else, and nothing private: no contacts, no invites. No answer has a link, so a proxy can serve it
//! under any prefix. A partial tile is served also when the full one is there.

pub(crate) mod answer;
mod bundle;
pub mod limits;
mod page;

use std::sync::Arc;

use allot_daemon::http;
use allot_replica::Replica;
use axum::{
    Router,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode, Uri, Version},
    response::Response,
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{CompressionLevel, compression::CompressionLayer};

use answer::Compressible;
use page::Page;

/// What connections may cost.
const BOUNDS: http::Bounds = http::Bounds {
    connections: limits::MAX_CONNECTIONS,
    head: limits::HEAD_TIME,
    life: limits::CONNECTION_LIFE,
    farewell: limits::FAREWELL,
    buffer: limits::BUFFER,
    headers: limits::MAX_HEADERS,
    pause: limits::ACCEPT_PAUSE,
};

/// What is served.
#[derive(Clone)]
pub struct WebParts {
    /// The log and its texts.
    pub replica: Arc<Replica>,
    /// The newest checkpoint, a signed note: never of more entries than the log has on disk. None before the first.
    pub checkpoint: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// The figures, in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Serves until told to stop. Connections that there are then have a moment to end.
pub async fn serve(listener: TcpListener, parts: WebParts, stop: CancellationToken) {
    serve_with(listener, parts, Router::new(), stop).await;
}

/// As [`serve`], with more pages.
pub async fn serve_with(
    listener: TcpListener,
    parts: WebParts,
    more: Router,
    stop: CancellationToken,
) {
    let router = router(parts, more);
    http::serve(listener, router, BOUNDS, stop).await;
}

fn router(parts: WebParts, more: Router) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worth_it);
    Router::new()
        .fallback(get(answer))
        .with_state(Arc::new(parts))
        .merge(more)
        .layer(compression)
}

/// A query would be another spelling of a page, and a way around caches.
async fn answer(State(parts): State<Arc<WebParts>>, uri: Uri) -> Response {
    let page = match uri.query() {
        None => Page::of(uri.path()),
        Some(_) => None,
    };
    answer::to(page, &parts).await
}

fn worth_it(_: StatusCode, _: Version, _: &HeaderMap, marks: &Extensions) -> bool {
    marks.get::<Compressible>().is_some()
}
