//! The network: TLS connections of agents, each with its bounds.

mod connection;
mod places;
mod refused;

use std::{net::SocketAddr, sync::Arc};

use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Duration, sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{app::Hub, limits::FAREWELL, rpc::Door};
use connection::Line;
use places::Places;

/// How long no connection is taken after the system could give none.
const PAUSE: Duration = Duration::from_millis(100);

/// What a listener serves.
pub struct Network {
    /// The hub.
    pub hub: Arc<Hub>,
    /// How it speaks TLS.
    pub tls: ServerConfig,
    /// Its services, with the guard in front of them.
    pub services: Door<Routes>,
}

/// Takes connections until told to stop; those that there are then have a moment to end.
pub async fn serve(listener: TcpListener, network: Network, stop: CancellationToken) {
    let limits = &network.hub.config().limits;
    let places = Places::new(limits.connections, limits.connections_per_address);
    let line = Arc::new(Line {
        acceptor: TlsAcceptor::from(Arc::new(network.tls)),
        services: network.services,
        hub: network.hub,
        stop: stop.clone(),
    });
    let mut connections = JoinSet::new();
    loop {
        let next = tokio::select! {
            next = accept(&listener) => next,
            () = stop.cancelled() => break,
        };
        // Those that ended, so that the set stays as small as what is open.
        while connections.try_join_next().is_some() {}
        let Some((stream, address)) = next else {
            continue;
        };
        match places.take(address.ip()) {
            Some(place) => {
                let line = Arc::clone(&line);
                connections.spawn(async move { line.serve(stream, address, place).await });
            }
            None => {
                line.hub.metrics.handshake_refused("full");
                tracing::debug!(%address, "a connection is refused: there are too many");
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(FAREWELL, all).await.is_err() {
        tracing::info!("calls that had not ended were cut off");
    }
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(taken) => Some(taken),
        // Mostly: no file descriptors left. Others are closed meanwhile.
        Err(error) => {
            tracing::warn!("a connection could not be taken: {error}");
            sleep(PAUSE).await;
            None
        }
    }
}
