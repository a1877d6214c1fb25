//! The gate in front of the network's services. As [`allot_proto::Gate`], but whom it lets in takes room first, and whom it
//! refuses it hears out, within bounds: an answer that comes before the message has makes HTTP/2 reset the stream, what
//! is still on its way then counts as an error of the caller's, and after some of these its whole connection ends,
//! streams and all.

use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll},
};

use allot_proto::Guard as _;
use futures::future::{BoxFuture, FutureExt as _, poll_fn};
use http::{Request, Response, request::Parts};
use http_body::Body as _;
use tokio::time::timeout;
use tonic::{Code, Status, body::Body, codegen::Service};
use tower::ServiceExt as _;
use tracing::{Instrument as _, Span};

use super::{
    Caller, NetworkGuard,
    answer::Answer,
    calls::without_end,
    methods::{Weight, weight, who},
    refuse,
};
use crate::{
    app::HubError,
    limits::{HEARD_OUT, HEARD_OUT_BYTES},
};

/// A service behind the guard.
#[derive(Clone)]
pub struct Door<S> {
    inner: S,
    guard: NetworkGuard,
}

impl<S> Door<S> {
    /// Puts `guard` in front of `inner`.
    pub fn new(inner: S, guard: NetworkGuard) -> Self {
        Self { inner, guard }
    }
}

impl<S> Service<Request<Body>> for Door<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let span = span(&parts);
        pass(self.clone(), parts, body).instrument(span).boxed()
    }
}

/// A call's way through the door.
async fn pass<S>(door: Door<S>, mut parts: Parts, body: Body) -> Result<Response<Body>, Infallible>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let weight = weight(parts.uri.path());
    let room = match door.guard.admit(&mut parts) {
        Ok(()) => door.guard.room(&parts, weight).await,
        Err(status) => Err(status),
    };
    let room = match room {
        Ok(room) => room,
        Err(status) => {
            // Who says too much, or nothing, hears the answer all the same.
            let _ = timeout(HEARD_OUT, hear_out(body)).await;
            return Ok(status.into_http());
        }
    };
    let request = Request::from_parts(parts, body);
    let answer = door.inner.oneshot(request).await?;
    let answer = match is_too_large(&answer) {
        true => refuse(HubError::MessageTooLarge).into_http(),
        false => answer,
    };
    if weight == Weight::Stream {
        without_end();
        return Ok(answer);
    }
    Ok(answer.map(|body| Body::new(Answer::new(body, room))))
}

/// Whether the message was not read because of its length. That is said before any service of ours is asked, and without
/// a code.
fn is_too_large(answer: &Response<Body>) -> bool {
    let status = Status::from_header_map(answer.headers());
    status.is_some_and(|status| status.code() == Code::OutOfRange && status.details().is_empty())
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
