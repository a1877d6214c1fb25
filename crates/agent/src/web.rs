//! Plain HTTP of the agent, for figures and for witnessing.

use allot_daemon::http::{self, Bounds};
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::limits::{
    HTTP_BUFFER, HTTP_CONNECTIONS, HTTP_FAREWELL, HTTP_HEAD_TIME, HTTP_HEADERS, HTTP_LIFE,
    HTTP_PAUSE,
};

/// What connections may cost.
const BOUNDS: Bounds = Bounds {
    connections: HTTP_CONNECTIONS,
    head: HTTP_HEAD_TIME,
    life: HTTP_LIFE,
    farewell: HTTP_FAREWELL,
    buffer: HTTP_BUFFER,
    headers: HTTP_HEADERS,
    pause: HTTP_PAUSE,
};

/// Takes connections until told to stop; those that there are then end in time.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    http::serve(listener, router, BOUNDS, stop).await;
}
