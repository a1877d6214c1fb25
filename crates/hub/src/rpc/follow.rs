//! `Follow`, without a copy for each follower: a message that a thousand agents wait for is made once, and all of them are
//! sent the same bytes. tonic would encode it a thousand times, and keep a buffer as large as the largest for each.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use allot_proto::hub::{FollowRequest, ledger_service_server::LedgerServiceServer};
use bytes::Bytes;
use futures::{
    Stream as _,
    future::{BoxFuture, FutureExt as _},
    stream::{self, BoxStream, StreamExt as _},
};
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::Frame;
use tonic::{Status, body::Body, codec::Streaming, codegen::Service, server::NamedService};
use tonic_prost::ProstCodec;

use super::{LedgerRpc, methods::weight, refuse};
use crate::app::Follower;

const FOLLOW: &str = "/allot.hub.v1.LedgerService/Follow";

/// `LedgerService`, with `Follow` served here and all else as tonic does; each method takes messages of its own size.
#[derive(Clone)]
pub struct LedgerRoutes(Arc<LedgerRpc>);

impl LedgerRoutes {
    /// Over a hub.
    #[must_use]
    pub fn new(rpc: LedgerRpc) -> Self {
        Self(Arc::new(rpc))
    }
}

impl NamedService for LedgerRoutes {
    const NAME: &'static str = <LedgerServiceServer<LedgerRpc> as NamedService>::NAME;
}

impl Service<Request<Body>> for LedgerRoutes {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let rpc = Arc::clone(&self.0);
        let path = request.uri().path();
        let limit = weight(path).bytes();
        if path != FOLLOW {
            let service = LedgerServiceServer::from_arc(rpc);
            return service.max_decoding_message_size(limit).call(request);
        }
        async move {
            let answer = match begin(&rpc, request, limit).await {
                Ok(follower) => stretches(follower),
                Err(status) => status.into_http(),
            };
            Ok(answer)
        }
        .boxed()
    }
}

/// Reads the request, and takes a seat.
async fn begin(
    rpc: &LedgerRpc,
    request: Request<Body>,
    limit: usize,
) -> Result<Follower, Box<Status>> {
    let (head, body) = request.into_parts();
    let decoder = ProstCodec::<(), FollowRequest>::raw_decoder(Default::default());
    let mut messages = Streaming::new_request(decoder, body, None, Some(limit));
    let asked = messages.message().await?.unwrap_or_default();
    let metadata = tonic::metadata::MetadataMap::from_headers(head.headers);
    let request = tonic::Request::from_parts(metadata, head.extensions, asked);
    Ok(rpc.follower(&request)?)
}

fn stretches(follower: Follower) -> Response<Body> {
    let frames = stream::unfold(follower, async |mut follower| {
        let frame = match follower.next().await? {
            Ok(bytes) => Frame::data(bytes),
            Err(error) => trailers(&refuse(error)),
        };
        Some((frame, follower))
    });
    let mut answer = Response::new(Body::new(Stretches(frames.boxed())));
    let grpc = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert(CONTENT_TYPE, grpc);
    answer
}

/// How a stream of gRPC ends.
fn trailers(status: &Status) -> Frame<Bytes> {
    let mut headers = http::HeaderMap::new();
    // It fails only for a message that no header can hold, and tonic escapes those.
    let _ = status.add_header(&mut headers);
    Frame::trailers(headers)
}

/// A body that is a stream of frames.
struct Stretches(BoxStream<'static, Frame<Bytes>>);

impl http_body::Body for Stretches {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let next = Pin::new(&mut self.0).poll_next(cx);
        next.map(|frame| frame.map(Ok))
    }
}
