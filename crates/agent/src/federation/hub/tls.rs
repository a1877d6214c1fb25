//! A TLS connection of which the other side has said something.

use std::{io, net::SocketAddr, sync::Arc};

use allot_identity::{
    Refused,
    tls::{AgentIdentity, agent_config},
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{HubError, dial::Target};

/// What is read ahead: the first frame of HTTP/2 is shorter, and larger reads go past it.
const AHEAD: usize = 64;

/// A connection with what was read of it already.
pub(super) type Greeted = BufReader<TlsStream<TcpStream>>;

/// Connects, and waits for the hub's first byte: with TLS 1.3 it looks at our certificate after the handshake is over
/// for us, so that only what comes then says whether it takes it.
pub(super) async fn greeted(
    target: &Target,
    identity: Arc<AgentIdentity>,
) -> Result<Greeted, HubError> {
    let config = agent_config(&target.federation, target.ca, identity, target.now.clone())?;
    let away = |source| HubError::Away {
        address: target.address.clone(),
        source,
    };
    let tcp = TcpStream::connect(&target.address).await.map_err(away)?;
    tcp.set_nodelay(true).map_err(away)?;
    // The name is not looked at, so the address that answered does.
    let name = tcp
        .peer_addr()
        .map(|at: SocketAddr| ServerName::from(at.ip()));
    let tls = TlsConnector::from(Arc::new(config));
    let told = |error: io::Error| match Refused::in_chain(&error) {
        Some(refused) => HubError::Identity(refused),
        None => away(error),
    };
    let tls = tls.connect(name.map_err(away)?, tcp).await.map_err(told)?;
    let mut greeted = BufReader::with_capacity(AHEAD, tls);
    if greeted.fill_buf().await.map_err(told)?.is_empty() {
        return Err(away(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(greeted)
}
