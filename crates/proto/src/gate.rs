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

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
    };

    use bytes::Bytes;
    use futures::FutureExt as _;
    use http_body::Frame;
    use tonic::Code;

    use super::*;

    /// Who the guard says is calling.
    #[derive(Debug, Clone, PartialEq)]
    struct Caller(&'static str);

    /// Lets everything but `/no` in.
    #[derive(Clone)]
    struct NotNo;

    impl Guard for NotNo {
        fn admit(&self, request: &mut Parts) -> Result<(), Box<Status>> {
            if request.uri.path() == "/no" {
                return Err(Box::new(Status::permission_denied("not you")));
            }
            request.extensions.insert(Caller("bea"));
            Ok(())
        }
    }

    /// A message that tells when somebody begins to read it.
    struct Message(Arc<AtomicBool>);

    impl http_body::Body for Message {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            self.0.store(true, Ordering::Relaxed);
            Poll::Ready(None)
        }
    }

    /// A service that reads its message, and answers with whom it saw.
    #[derive(Clone)]
    struct Reads;

    impl Service<Request<Body>> for Reads {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = futures::future::BoxFuture<'static, Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            async move {
                let caller = request.extensions().get::<Caller>().cloned();
                let mut body = std::pin::pin!(request.into_body());
                let next =
                    std::future::poll_fn(|cx| http_body::Body::poll_frame(body.as_mut(), cx));
                assert!(next.await.is_none());
                let mut answer = Response::new(Body::empty());
                answer.extensions_mut().insert(caller.unwrap());
                Ok(answer)
            }
            .boxed()
        }
    }

    /// Calls `path` through the gate. Gives the answer, and whether the message was looked at.
    fn call(path: &str, caller: Option<Caller>) -> (Response<Body>, bool) {
        let read = Arc::new(AtomicBool::new(false));
        let body = Body::new(Message(Arc::clone(&read)));
        let mut request = Request::builder().uri(path).body(body).unwrap();
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        let mut gated = Gate(NotNo).layer(Reads);
        let answer = gated.call(request).now_or_never().unwrap().unwrap();
        (answer, read.load(Ordering::Relaxed))
    }

    #[test]
    fn a_refused_call_ends_before_a_byte_of_its_message_is_read() {
        let (answer, read) = call("/no", None);
        assert!(!read);
        assert!(answer.extensions().get::<Caller>().is_none());
        let status = Status::from_header_map(answer.headers()).unwrap();
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(status.message(), "not you");
        // gRPC's own refusals come with 200: the status is in the headers.
        assert_eq!(answer.status(), http::StatusCode::OK);
    }

    #[test]
    fn an_admitted_call_reaches_the_service_with_what_the_guard_said() {
        let (answer, read) = call("/yes", None);
        assert!(read);
        assert_eq!(answer.extensions().get(), Some(&Caller("bea")));
    }

    #[test]
    fn what_the_guard_says_replaces_what_was_there() {
        let (answer, _) = call("/yes", Some(Caller("admin, I swear")));
        assert_eq!(answer.extensions().get(), Some(&Caller("bea")));
    }

    #[test]
    fn every_method_is_named_once_by_its_path() {
        let paths = methods().unwrap();
        assert!(paths.contains(&"/allot.agent.v1.AppService/ListApps".to_owned()));
        assert!(paths.iter().any(|path| path.starts_with("/allot.hub.v1.")));
        let each: std::collections::BTreeSet<&String> = paths.iter().collect();
        assert_eq!(each.len(), paths.len());
    }
}
