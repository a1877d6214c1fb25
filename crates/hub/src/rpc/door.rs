//! The gate in front of the network's services. As [`allot_proto::Gate`], but whom it refuses it hears out first, within
//! bounds: an answer that comes before the message has makes HTTP/2 reset the stream, what is still on its way then
//! counts as an error of the caller's, and after some of these its whole connection ends, streams and all.

use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll},
};

use allot_proto::Guard;
use futures::future::{BoxFuture, FutureExt as _, poll_fn};
use http::{Request, Response, request::Parts};
use http_body::Body as _;
use tokio::time::timeout;
use tonic::{body::Body, codegen::Service};
use tracing::{Instrument as _, Span};

use super::{Caller, methods::who};
use crate::limits::{HEARD_OUT, HEARD_OUT_BYTES};

/// A service behind a guard.
#[derive(Debug, Clone)]
pub struct Door<S, G> {
    inner: S,
    guard: G,
}

impl<S, G> Door<S, G> {
    /// Puts `guard` in front of `inner`.
    pub fn new(inner: S, guard: G) -> Self {
        Self { inner, guard }
    }
}

impl<S, G> Service<Request<Body>> for Door<S, G>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
    G: Guard,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let span = span(&parts);
        let admitted = span.in_scope(|| self.guard.admit(&mut parts));
        match admitted {
            Ok(()) => {
                let call = self.inner.call(Request::from_parts(parts, body));
                call.instrument(span).boxed()
            }
            Err(status) => async move {
                // Who says too much, or nothing, hears the answer all the same.
                let _ = timeout(HEARD_OUT, hear_out(body)).await;
                Ok(status.into_http())
            }
            .boxed(),
        }
    }
}

/// Who calls what, for the log.
fn span(parts: &Parts) -> Span {
    // What nobody knows is not repeated: it may be long, or made to be read wrongly.
    let path = parts.uri.path();
    let method = who(path).map_or("unknown", |_| path);
    let peer = parts.extensions.get::<Caller>();
    match peer.and_then(|caller| caller.peer.as_ref()) {
        Some(peer) => tracing::info_span!("call", method, %peer),
        None => tracing::info_span!("call", method, peer = "nobody"),
    }
}

/// Reads what comes, and keeps nothing of it.
async fn hear_out(body: Body) {
    let mut body = pin!(body);
    let mut heard = 0;
    while heard < HEARD_OUT_BYTES {
        match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            Some(Ok(frame)) => heard += frame.data_ref().map_or(1, |data| data.len().max(1)),
            _ => return,
        }
    }
}
