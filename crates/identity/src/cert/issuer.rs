//! The issuer: signs the certificates of agents and of the hub. Its key is on the hub.

use std::fmt;

use allot_ledger::Slug;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData, SanType,
    string::Ia5String,
};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;

use super::{
    Certificate, params,
    root::{read_certificate, to_pem},
    span,
};
use crate::{
    error::IdentityError,
    id::SpiffeId,
    limits::{AGENT_LIFE, HUB_LIFE, MAX_CSR},
};

/// What signs certificates, with the root that it is known by.
pub struct Issuer {
    root: CertificateDer<'static>,
    der: CertificateDer<'static>,
    not_after: Timestamp,
    signer: rcgen::Issuer<'static, KeyPair>,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer(until {})", self.not_after)
    }
}

impl Issuer {
    pub(super) fn new(
        root: CertificateDer<'static>,
        der: CertificateDer<'static>,
        key: KeyPair,
    ) -> Result<Self, IdentityError> {
        if public_key(&der)? != key.public_key_raw() {
            return Err(IdentityError::OtherKey);
        }
        // Else the hub would start, and no agent would take what it shows.
        let signed = parsed(&der)?.verify_signature(Some(parsed(&root)?.public_key()));
        if signed.is_err() {
            return Err(IdentityError::OtherRoot);
        }
        let not_after = parsed(&der)?.validity().not_after.timestamp();
        let not_after =
            Timestamp::from_second(not_after).map_err(|_| IdentityError::NoCertificate)?;
        let signer = rcgen::Issuer::from_ca_cert_der(&der, key)?;
        Ok(Self {
            root,
            der,
            not_after,
            signer,
        })
    }

    /// From what [`Issuer::certificate_pem`] and [`Issuer::key_pem`] gave, and the root's certificate.
    ///
    /// # Errors
    /// One of them is not that, or they do not belong together.
    pub fn from_pem(root: &str, certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::from_pem(key).map_err(|_| IdentityError::Pem { what: "the key" })?;
        Self::new(read_certificate(root)?, read_certificate(certificate)?, key)
    }

    /// The certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        to_pem(&self.der)
    }

    /// The key, PEM.
    #[must_use]
    pub fn key_pem(&self) -> SecretString {
        self.signer.key().serialize_pem().into()
    }

    /// The root, DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// Until when it can sign.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// A certificate of a day for an agent. Of its request only the public key is taken, once the request proves that
    /// the agent has the private one; the name is what the hub says it is.
    ///
    /// # Errors
    /// The request is none, proves nothing, or has a key of another kind than Ed25519 or P-256.
    pub fn sign_agent(
        &self,
        csr: &[u8],
        id: &SpiffeId,
        now: Timestamp,
    ) -> Result<Certificate, IdentityError> {
        if csr.len() > MAX_CSR {
            return Err(IdentityError::Request {
                why: "it is too long",
            });
        }
        let csr = CertificateSigningRequestDer::from(csr);
        let request = CertificateSigningRequestParams::from_der(&csr).map_err(why)?;
        let known = [&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256];
        if !known.contains(&request.public_key.algorithm()) {
            let why = "its key is neither Ed25519 nor P-256";
            return Err(IdentityError::Request { why });
        }
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        let mut certificate = self.sign(&request.public_key, id, usage, now, AGENT_LIFE)?;
        certificate.chain.pop();
        Ok(certificate)
    }

    /// A certificate of a week for the hub, and its key. Neither needs to be kept: the hub makes new ones when it
    /// starts.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn sign_hub(
        &self,
        federation: &Slug,
        now: Timestamp,
    ) -> Result<(Certificate, PrivatePkcs8KeyDer<'static>), IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        let certificate = self.sign(&key, &SpiffeId::hub(federation), usage, now, HUB_LIFE)?;
        Ok((certificate, key.serialize_der().into()))
    }

    fn sign(
        &self,
        key: &impl PublicKeyData,
        id: &SpiffeId,
        usage: ExtendedKeyUsagePurpose,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<Certificate, IdentityError> {
        // What outlives its issuer counts no more when that ends.
        let life = life.min(self.not_after.duration_since(now));
        if life <= SignedDuration::ZERO {
            let at = self.not_after;
            return Err(IdentityError::IssuerEnded { at });
        }
        let (not_before, not_after) = span(now, life)?;
        let mut params: CertificateParams = params(&short_name(id), now, life)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(id.to_string())?)];
        let serial = params
            .serial_number
            .as_ref()
            .map(|s| hex::encode(s.to_bytes()));
        let der = params.signed_by(key, &self.signer)?.der().to_vec();
        Ok(Certificate {
            chain: vec![der, self.der.to_vec(), self.root.to_vec()],
            serial: serial.unwrap_or_default(),
            not_before,
            not_after,
        })
    }
}

/// For people who look at a certificate; nobody decides by it.
fn short_name(id: &SpiffeId) -> String {
    match id {
        SpiffeId::Agent {
            collective, agent, ..
        } => format!("{collective}/{agent}"),
        SpiffeId::Hub { federation } => format!("{federation} hub"),
    }
}

fn why(error: rcgen::Error) -> IdentityError {
    let why = match error {
        rcgen::Error::InvalidCertificationRequestSignature => "it is not signed with its own key",
        rcgen::Error::UnsupportedExtension => "it asks for what no agent's certificate has",
        _ => "it is no PKCS #10 request",
    };
    IdentityError::Request { why }
}

fn parsed(der: &[u8]) -> Result<x509_parser::certificate::X509Certificate<'_>, IdentityError> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(IdentityError::NoCertificate),
    }
}

/// The raw public key of a certificate.
pub(super) fn public_key(der: &[u8]) -> Result<Vec<u8>, IdentityError> {
    Ok(parsed(der)?.public_key().subject_public_key.data.to_vec())
}
