//! An agent's key, and how it asks for a certificate.

use std::fmt;

use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ED25519};
use rustls::pki_types::PrivatePkcs8KeyDer;
use secrecy::SecretString;

use crate::error::IdentityError;

/// The private key of an agent's certificate. Each certificate has a new one.
pub struct AgentKey(KeyPair);

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentKey(…)")
    }
}

impl AgentKey {
    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn create() -> Result<Self, IdentityError> {
        Ok(Self(KeyPair::generate_for(&PKCS_ED25519)?))
    }

    /// From what [`AgentKey::pem`] gave.
    ///
    /// # Errors
    /// It is not that.
    pub fn from_pem(pem: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::from_pem(pem).map_err(|_| IdentityError::Pem { what: "the key" })?;
        Ok(Self(key))
    }

    /// The key, PEM.
    #[must_use]
    pub fn pem(&self) -> SecretString {
        self.0.serialize_pem().into()
    }

    /// The key, DER (PKCS #8).
    pub(crate) fn der(&self) -> PrivatePkcs8KeyDer<'static> {
        self.0.serialize_der().into()
    }

    /// A request for a certificate, DER (PKCS #10). It names nobody: the hub says whose it is.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn request(&self) -> Result<Vec<u8>, IdentityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        Ok(params.serialize_request(&self.0)?.der().to_vec())
    }
}
