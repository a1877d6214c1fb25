//! One connection: a handshake in time, then HTTP/2 with small buffers.

use std::{net::SocketAddr, pin::pin, sync::Arc};

use allot_identity::{Peer, tls::peer_of};
use http::Request;
use hyper::{body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, service::Routes};
use tower::ServiceExt as _;

use super::{places::Place, refused};
use crate::{
    app::Hub,
    limits::{
        FAREWELL, FAULTY_STREAMS, MAX_HEADERS, PING_EVERY, PING_PATIENCE, RESET_STREAMS,
        SEND_BUFFER, STREAMS_OF_NOBODY, STREAMS_PER_CONNECTION, TCP_KEEPALIVE, WINDOW,
    },
    rpc::{Caller, Calls, Door},
};

/// A connection after its handshake, and whose it is.
type Greeted = (TlsStream<TcpStream>, Option<Peer>);

/// What all connections share.
pub(super) struct Line {
    pub(super) acceptor: TlsAcceptor,
    pub(super) services: Door<Routes>,
    pub(super) hub: Arc<Hub>,
    pub(super) stop: CancellationToken,
}

impl Line {
    /// Serves a connection to its end.
    pub(super) async fn serve(&self, stream: TcpStream, address: SocketAddr, mut place: Place) {
        // Boxed: a handshake is large and soon over, and a connection is there for days.
        match Box::pin(self.greet(stream, &mut place)).await {
            Ok((stream, peer)) => {
                self.hub.metrics.connected();
                self.converse(stream, Caller { peer, address }, &place)
                    .await;
                self.hub.metrics.disconnected();
            }
            Err(code) => {
                tracing::debug!(%address, code, "a connection did not become one");
                self.hub.metrics.handshake_refused(code);
            }
        }
    }

    /// The handshake, in time; who it is keeps the place.
    async fn greet(&self, stream: TcpStream, place: &mut Place) -> Result<Greeted, &'static str> {
        // They only make answers faster, and dead ones known.
        let _ = stream.set_nodelay(true);
        let keepalive = TcpKeepalive::new().with_time(TCP_KEEPALIVE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
        let handshake = timeout(self.hub.rhythm().handshake, self.acceptor.accept(stream));
        let greeted = tokio::select! {
            greeted = handshake => greeted.map_err(|_| "timeout")?,
            () = place.lost() => return Err("crowded"),
        };
        let stream = greeted.map_err(|error| {
            tracing::debug!("a handshake failed: {error}");
            refused::code(&error)
        })?;
        let peer = peer_of(stream.get_ref().1);
        match &peer {
            Some(peer) if !place.keep(peer.to_string()) => Err("full"),
            _ => Ok((stream, peer)),
        }
    }

    async fn converse(&self, stream: TlsStream<TcpStream>, caller: Caller, place: &Place) {
        let peer = caller.peer.clone();
        let streams = match peer {
            Some(_) => STREAMS_PER_CONNECTION,
            None => STREAMS_OF_NOBODY,
        };
        let service = self
            .services
            .clone()
            .map_request(move |request: Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(caller.clone());
                request
            });
        let connection = http2::Builder::new(Calls(self.hub.rhythm().call))
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_concurrent_streams(streams)
            .max_send_buf_size(SEND_BUFFER)
            .max_header_list_size(MAX_HEADERS)
            .max_pending_accept_reset_streams(RESET_STREAMS)
            .max_local_error_reset_streams(FAULTY_STREAMS)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_PATIENCE)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let mut connection = pin!(connection);
        tokio::select! {
            // Whatever a caller does wrong ends its connection, and is nobody else's concern.
            _ = connection.as_mut() => return,
            () = place.lost() => return,
            () = self.over(peer.as_ref()) => {}
            () = self.stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(FAREWELL, connection).await;
    }

    /// Resolves when a connection has no more reason to be: nobody's after a while, and an agent's when it may not call
    /// any more. What is under way says so by itself.
    async fn over(&self, peer: Option<&Peer>) {
        let Some(peer) = peer else {
            return sleep(self.hub.rhythm().nobody).await;
        };
        let mut changes = self.hub.rights.changes();
        loop {
            if let Err(refused) = self.hub.rights.check(peer, self.hub.now()) {
                tracing::info!(%peer, code = refused.code(), "a connection ends: {refused}");
                return;
            }
            let left = peer.not_after().duration_since(self.hub.now());
            let left = std::time::Duration::try_from(left).unwrap_or_default();
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = sleep(left) => {}
            }
        }
    }
}
