//! A handshake with a hub, and what came of it.

use std::{error::Error, io, sync::Arc};

use rustls::{AlertDescription, ClientConfig};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What somebody at the door hears.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The hub greeted: HTTP/2 begins.
    Greeting,
    /// The hub said why not.
    Alert(AlertDescription),
    /// Nothing came of it for another reason.
    Other(String),
}

/// Knocks, and waits for the hub's first byte: with TLS 1.3 it looks at the caller's certificate once the caller's
/// handshake is over.
pub async fn knock(address: &str, config: Arc<ClientConfig>) -> Heard {
    let greeted = async {
        let mut tls = enter(address, config).await?;
        tls.read_u8().await
    };
    match greeted.await {
        Ok(_) => Heard::Greeting,
        Err(error) => heard(&error),
    }
}

/// A connection that nothing was read from yet.
pub async fn enter(address: &str, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    over(tcp, config).await
}

/// TLS over a connection that stands.
pub async fn over(tcp: TcpStream, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let name = "hub.invalid".try_into().map_err(io::Error::other)?;
    TlsConnector::from(config).connect(name, tcp).await
}

fn heard(error: &io::Error) -> Heard {
    let inner = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => Heard::Alert(*alert),
        _ => Heard::Other(error.to_string()),
    }
}
