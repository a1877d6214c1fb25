//! The secret of an invite.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Refused;

/// 256 random bits. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// What the hub keeps of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl Secret {
    /// A secret from 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A secret that came over the network.
    ///
    /// # Errors
    /// It has not 32 bytes; said as of any other wrong one.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Refused> {
        bytes.try_into().map(Self).map_err(|_| Refused::Unknown)
    }

    /// The bytes, for the invite and the call that spends it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        let hash = Sha256::new_with_prefix(b"allotment invite v1\0").chain_update(self.0);
        SecretHash(hash.finalize().into())
    }
}

impl SecretHash {
    /// Compares in a time that tells nothing.
    pub(super) fn is(&self, other: &Self) -> subtle::Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        hex::encode(hash.0)
    }
}

impl TryFrom<String> for SecretHash {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash)?;
        Ok(Self(hash))
    }
}
