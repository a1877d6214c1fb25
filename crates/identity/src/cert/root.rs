//! The root: signs issuers, and its key is kept away from the hub.

use std::fmt;

use allot_ledger::{Digest, Slug};
use jiff::Timestamp;
use rcgen::{BasicConstraints, IsCa, KeyPair, KeyUsagePurpose, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use secrecy::SecretString;

use super::{Issuer, params};
use crate::{
    error::IdentityError,
    limits::{ISSUER_LIFE, ROOT_LIFE},
};

/// The root of a hub's CA, with its key.
pub struct Root {
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({})", self.fingerprint())
    }
}

impl Root {
    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn create(federation: &Slug, now: Timestamp) -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let mut params = params(&format!("{federation} root"), now, ROOT_LIFE)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let der = params.self_signed(&key)?.der().clone();
        Ok(Self { der, key })
    }

    /// From its certificate and its key, both PEM.
    ///
    /// # Errors
    /// One of them is not that, or they do not belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let der = read_certificate(certificate)?;
        let key = KeyPair::from_pem(key).map_err(|_| IdentityError::Pem { what: "the key" })?;
        if super::issuer::public_key(&der)? != key.public_key_raw() {
            return Err(IdentityError::OtherKey);
        }
        Ok(Self { der, key })
    }

    /// The certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        to_pem(&self.der)
    }

    /// The key, PEM.
    #[must_use]
    pub fn key_pem(&self) -> SecretString {
        self.key.serialize_pem().into()
    }

    /// SHA-256 of the certificate: what invites carry and the log names.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// A new issuer, with a key of its own.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn make_issuer(&self, federation: &Slug, now: Timestamp) -> Result<Issuer, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let name = format!(
            "{federation} issuer {}",
            hex::encode(&super::serial()[1..5])
        );
        let mut params = params(&name, now, ISSUER_LIFE)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = rcgen::Issuer::from_ca_cert_der(&self.der, &self.key)?;
        let der = params.signed_by(&key, &root)?.der().clone();
        Issuer::new(self.der.clone(), der, key)
    }
}

/// Reads one certificate.
pub(super) fn read_certificate(pem: &str) -> Result<CertificateDer<'static>, IdentityError> {
    let what = "the certificate";
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| IdentityError::Pem { what })
}

pub(super) fn to_pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der))
}
