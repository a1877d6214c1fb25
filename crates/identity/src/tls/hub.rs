//! The hub's side: an agent shows a certificate or is nobody.

use std::{fmt, sync::Arc};

use allot_ledger::Slug;
use arc_swap::ArcSwap;
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime},
    server::{
        ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::TLS13,
};

use super::{ALPN, Now, Time, certified, provider};
use crate::{
    cert::Certificate,
    error::IdentityError,
    peer::Peer,
    refused::{Refused, timestamp},
    register::Register,
};

/// The certificate that the hub shows. A new one takes effect with the next handshake.
pub struct HubIdentity(ArcSwap<CertifiedKey>);

impl HubIdentity {
    /// Begins with one.
    ///
    /// # Errors
    /// Key and certificate do not belong together.
    pub fn new(
        certificate: &Certificate,
        key: PrivatePkcs8KeyDer<'static>,
    ) -> Result<Self, IdentityError> {
        Ok(Self(ArcSwap::new(certified(&certificate.chain, key)?)))
    }

    /// Goes on with another.
    ///
    /// # Errors
    /// As [`HubIdentity::new`]; then the old one stays.
    pub fn swap(
        &self,
        certificate: &Certificate,
        key: PrivatePkcs8KeyDer<'static>,
    ) -> Result<(), IdentityError> {
        self.0.store(certified(&certificate.chain, key)?);
        Ok(())
    }
}

impl fmt::Debug for HubIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubIdentity")
    }
}

impl ResolvesServerCert for HubIdentity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// TLS as the hub speaks it. A caller without a certificate is let in as nobody: it may spend an invite.
///
/// # Errors
/// The root is no certificate.
pub fn hub_config(
    federation: &Slug,
    root: &[u8],
    identity: Arc<HubIdentity>,
    register: Arc<ArcSwap<Register>>,
    now: Now,
) -> Result<ServerConfig, IdentityError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec()))?;
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .allow_unauthenticated()
        .build()
        .map_err(|e| rustls::Error::General(e.to_string()))?;
    let verifier = Arc::new(AgentVerifier {
        federation: federation.clone(),
        chain,
        register,
    });
    let mut config = ServerConfig::builder_with_details(provider(), Arc::new(Time(now)))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![ALPN.to_vec()];
    // Nothing is resumed: every connection shows its certificate anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

#[derive(Debug)]
struct AgentVerifier {
    federation: Slug,
    chain: Arc<dyn ClientCertVerifier>,
    register: Arc<ArcSwap<Register>>,
}

impl AgentVerifier {
    fn is_agent(&self, certificate: &[u8], now: UnixTime) -> Result<(), Refused> {
        let peer = Peer::of(certificate)?;
        if *peer.federation() != self.federation {
            return Err(Refused::OtherFederation {
                theirs: peer.federation().clone(),
                ours: self.federation.clone(),
            });
        }
        self.register.load().check(&peer, timestamp(now))
    }
}

impl ClientCertVerifier for AgentVerifier {
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        // Anybody can bring a certificate of their own making: not worth a line in the log each time.
        let verified = self
            .chain
            .verify_client_cert(end_entity, intermediates, now)
            .inspect_err(|error| tracing::debug!("a certificate is refused: {error}"))?;
        self.is_agent(end_entity, now).map_err(|refused| {
            // An agent that was evicted tries again and again; the log says who was, and the figures how often.
            tracing::debug!(code = refused.code(), "a certificate is refused: {refused}");
            refused.to_caller()
        })?;
        Ok(verified)
    }

    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
