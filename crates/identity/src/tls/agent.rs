//! The agent's side: it knows the hub by the SHA-256 of its CA's root, and by its name.

use std::{fmt, sync::Arc};

use allot_ledger::{Digest, Slug};
use arc_swap::ArcSwapOption;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
    sign::CertifiedKey,
    version::TLS13,
};

use super::{ALPN, Now, Time, certified, provider};
use crate::{cert::AgentKey, error::IdentityError, peer::is_hub, refused::Refused};

/// The certificate that an agent shows; none before it has joined. A new one takes effect with the next connection.
#[derive(Default)]
pub struct AgentIdentity(ArcSwapOption<CertifiedKey>);

impl AgentIdentity {
    /// Goes on with another certificate.
    ///
    /// # Errors
    /// Key and certificate do not belong together; then the old one stays.
    pub fn swap(&self, chain: &[Vec<u8>], key: &AgentKey) -> Result<(), IdentityError> {
        self.0.store(Some(certified(chain, key.der())?));
        Ok(())
    }
}

impl fmt::Debug for AgentIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentIdentity")
    }
}

impl ResolvesClientCert for AgentIdentity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.load_full()
    }

    fn has_certs(&self) -> bool {
        self.0.load().is_some()
    }
}

/// TLS as an agent speaks it to the hub of a federation, whose CA's root has the fingerprint `ca`.
///
/// # Errors
/// TLS cannot be set up.
pub fn agent_config(
    federation: &Slug,
    ca: Digest,
    identity: Arc<AgentIdentity>,
    now: Now,
) -> Result<ClientConfig, IdentityError> {
    let verifier = HubVerifier {
        federation: federation.clone(),
        ca,
        algorithms: provider().signature_verification_algorithms,
    };
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Time(now)))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(identity);
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

#[derive(Debug)]
struct HubVerifier {
    federation: Slug,
    ca: Digest,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for HubVerifier {
    /// The address is not looked at: a hub may move. Its name is what its CA says.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let root = intermediates.iter().find(|der| Digest::of(der) == self.ca);
        let root = root.ok_or_else(|| Refused::OtherCa.into_tls())?;
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned())?;
        let parsed = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &roots,
            intermediates,
            now,
            self.algorithms.all,
        )?;
        is_hub(end_entity, &self.federation).map_err(Refused::into_tls)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
