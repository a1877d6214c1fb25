//! Connecting to a hub.

use std::{
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use allot_identity::tls::{AgentIdentity, Now};
use allot_ledger::{Digest, Slug};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tonic::transport::{Endpoint, Uri};

use super::{
    Hub, HubError,
    tls::{Greeted, greeted},
};
use crate::limits::{CONNECTION_WINDOW, KEEP_ALIVE, KEEP_ALIVE_ANSWER, STREAM_WINDOW};

/// Which hub, and how to know it.
#[derive(Clone)]
pub struct Target {
    /// The federation.
    pub federation: Slug,
    /// SHA-256 of the root of its hub's CA.
    pub ca: Digest,
    /// Host and port.
    pub address: String,
    /// What time it is, for TLS.
    pub now: Now,
}

/// How patient to be.
#[derive(Debug, Clone, Copy)]
pub struct Dial {
    /// With a connection.
    pub connect: Duration,
    /// With an answer.
    pub answer: Duration,
}

impl Hub {
    /// Connects with the certificate that `identity` has now, or with none.
    ///
    /// # Errors
    /// Nobody answers, it is not that hub, or it does not take the certificate.
    pub async fn dial(
        target: &Target,
        identity: Arc<AgentIdentity>,
        dial: Dial,
    ) -> Result<Self, HubError> {
        let address = target.address.clone();
        let late = |_| HubError::Away {
            address: address.clone(),
            source: io::ErrorKind::TimedOut.into(),
        };
        let made = async {
            let greeted = greeted(target, identity).await?;
            speak(greeted, dial).await
        };
        timeout(dial.connect, made).await.map_err(late)?
    }
}

/// HTTP/2 over that one connection. It is not made again when it breaks: whoever connects next looks again at who
/// answers.
async fn speak(greeted: Greeted, dial: Dial) -> Result<Hub, HubError> {
    let once = Mutex::new(Some(TokioIo::new(greeted)));
    let connector = tower::service_fn(move |_: Uri| -> Ready<io::Result<TokioIo<Greeted>>> {
        let taken = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        ready(taken.ok_or_else(|| io::ErrorKind::NotConnected.into()))
    });
    let endpoint = Endpoint::from_static("http://hub")
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER)
        .keep_alive_while_idle(true)
        .buffer_size(16_usize);
    let channel = endpoint.connect_with_connector(connector).await;
    let channel = channel.map_err(|error| HubError::Broken {
        why: error.to_string(),
    })?;
    Ok(Hub::new(channel, dial.answer))
}
