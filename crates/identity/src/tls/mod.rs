//! TLS between agents and hub: 1.3 only, both sides by certificate, and everything that changes swapped in place.

mod agent;
mod hub;

pub use agent::{AgentIdentity, agent_config};
pub use hub::{HubIdentity, hub_config};

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use rustls::{
    ServerConnection,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime},
    sign::CertifiedKey,
    time_provider::TimeProvider,
};

use crate::{error::IdentityError, peer::Peer};

/// What is spoken inside (RFC 7540).
const ALPN: &[u8] = b"h2";

/// What time it is, for TLS: a test can own it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[derive(Clone)]
struct Time(Now);

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from((self.0)().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}

/// The one provider of the house.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Who has called, once the handshake is over; nobody, when no certificate was shown. The one place where a connection
/// becomes a [`Peer`].
#[must_use]
pub fn peer_of(connection: &ServerConnection) -> Option<Peer> {
    if connection.is_handshaking() {
        return None;
    }
    // The verifier has read the same certificate before.
    Peer::of(connection.peer_certificates()?.first()?).ok()
}

fn certified(
    chain: &[Vec<u8>],
    key: PrivatePkcs8KeyDer<'static>,
) -> Result<Arc<CertifiedKey>, IdentityError> {
    let chain = chain
        .iter()
        .map(|der| CertificateDer::from(der.clone()))
        .collect();
    let key = PrivateKeyDer::from(key);
    let key = CertifiedKey::from_der(chain, key, &provider())?;
    Ok(Arc::new(key))
}
