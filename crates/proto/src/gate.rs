//! The gate in front of every service: decides about a call before a byte of its message is read.

use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Request, Response, request::Parts};
use tonic::{Status, body::Body, codegen::Service};
use tower::Layer;

/// Who decides. The method is the request's path, such as `/allot.agent.v1.AppService/ListApps`.
pub trait Guard: Clone + Send + Sync + 'static {
    /// Lets a call in, or says why not. What the handlers need to know goes into the request's extensions.
    ///
    /// # Errors
    /// The caller may not.
    fn admit(&self, request: &mut Parts) -> Result<(), Box<Status>>;
}

/// The layer that puts a [`Guard`] in front of services.
#[derive(Debug, Clone)]
pub struct Gate<G>(pub G);

/// A service behind a gate.
#[derive(Debug, Clone)]
pub struct Gated<S, G> {
    inner: S,
    guard: G,
}

impl<S, G: Guard> Layer<S> for Gate<G> {
    type Service = Gated<S, G>;

    fn layer(&self, inner: S) -> Self::Service {
        let guard = self.0.clone();
        Gated { inner, guard }
    }
}

impl<S, G: Guard> Service<Request<Body>> for Gated<S, G>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match self.guard.admit(&mut parts) {
            Ok(()) => Either::Left(self.inner.call(Request::from_parts(parts, body))),
            Err(status) => Either::Right(ready(Ok(status.into_http()))),
        }
    }
}

/// The paths of all methods in the descriptor set, for tests that hold a table against it.
///
/// # Errors
/// The descriptor set cannot be read.
pub fn methods() -> Result<Vec<String>, prost::DecodeError> {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(crate::DESCRIPTORS)?;
    let mut paths = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            paths.extend(
                service
                    .method
                    .iter()
                    .map(|m| format!("/{name}/{}", m.name())),
            );
        }
    }
    Ok(paths)
}
