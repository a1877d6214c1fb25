//! Signing keys: Ed25519, one per collective, three per hub.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::ids::Digest;

/// The public half: 32 bytes, as base64 in JSON.
///
/// On command lines it is a C2SP verifier key, `<name>+<key id>+<base64>`, whose key id shows a typo.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not 32 bytes of base64, or not a point of the curve.
    #[error("this is no Ed25519 public key in base64")]
    NotAKey,
    /// Not of the form `<name>+<key id>+<base64>`, or the key id does not fit: a typo.
    #[error("this is no verifier key: {0}")]
    NotAVerifierKey(String),
    /// The file of a secret key is damaged.
    #[error("this is no secret key of 32 bytes in hexadecimal")]
    NotASecret,
}

impl BadKey {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAKey => "AL-8002",
            Self::NotAVerifierKey(_) => "AL-8003",
            Self::NotASecret => "AL-8004",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotAKey | Self::NotAVerifierKey(_) => {
                "copy it whole from where `allot-agent init` printed it".to_owned()
            }
            Self::NotASecret => "restore the file from a backup".to_owned(),
        })
    }
}

impl PublicKey {
    /// Checks that `bytes` are a point that signatures can be verified with; weak keys are refused.
    ///
    /// # Errors
    /// They are not.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, BadKey> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| BadKey::NotAKey)?;
        if key.is_weak() {
            return Err(BadKey::NotAKey);
        }
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What names this key in an envelope: its SHA-256.
    #[must_use]
    pub fn id(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Whether `signature` is this key's over `message` (RFC 8032, strict: no malleable forms, no small-order points).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    /// The key as people exchange it: a C2SP verifier key (signed-note.md) under `name`.
    #[must_use]
    pub fn verifier_key(&self, name: &str) -> String {
        let typed = [&[1u8][..], &self.0].concat();
        let id = signed_note::key_id(name, &typed);
        format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode(typed))
    }

    /// Reads a verifier key: the name it is for, and the key.
    ///
    /// # Errors
    /// It is not one, or a character is wrong.
    pub fn from_verifier_key(text: &str) -> Result<(String, Self), BadKey> {
        let wrong = |why: &str| BadKey::NotAVerifierKey(why.to_owned());
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("it has the form <name>+<key id>+<base64>"));
        };
        let typed = BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| wrong("its last part is not base64"))?;
        if format!("{:08x}", signed_note::key_id(name, &typed)) != id {
            return Err(wrong("a character of it is wrong or missing"));
        }
        match typed.split_first() {
            Some((1, key)) => {
                let key = key.try_into().map_err(|_| BadKey::NotAKey)?;
                Ok((name.to_owned(), Self::from_bytes(key)?))
            }
            _ => Err(wrong("it is not an Ed25519 key")),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| BadKey::NotAKey)?;
        Self::from_bytes(bytes.try_into().map_err(|_| BadKey::NotAKey)?)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = BadKey;

    fn try_from(text: String) -> Result<Self, BadKey> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

/// The secret half. It never shows itself, and is wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A key from 32 random bytes; this crate has no randomness of its own.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads what [`SecretKey::to_hex`] wrote.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_hex(text: &str) -> Result<Self, BadKey> {
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| BadKey::NotASecret)?;
        Ok(Self::from_seed(&seed))
    }

    /// The secret, for its file and nothing else.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_in_a_verifier_key_is_seen() {
        let key = SecretKey::from_seed(&[7; 32]).public();
        let text = key.verifier_key("autonomic");
        assert_eq!(
            PublicKey::from_verifier_key(&text),
            Ok(("autonomic".to_owned(), key))
        );
        for at in 0..text.len() {
            let mut typo = text.clone().into_bytes();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            let typo = String::from_utf8(typo).unwrap();
            assert!(PublicKey::from_verifier_key(&typo).is_err(), "{typo}");
        }
    }

    #[test]
    fn a_signature_counts_for_its_message_and_key_only() {
        let (one, other) = (
            SecretKey::from_seed(&[1; 32]),
            SecretKey::from_seed(&[2; 32]),
        );
        let signature = one.sign(b"aye");
        assert!(one.public().verifies(b"aye", &signature));
        assert!(!one.public().verifies(b"nay", &signature));
        assert!(!other.public().verifies(b"aye", &signature));
    }

    #[test]
    fn weak_keys_are_refused() {
        assert_eq!(PublicKey::from_bytes([0; 32]), Err(BadKey::NotAKey));
    }

    #[test]
    fn a_secret_key_never_shows_itself() {
        let key = SecretKey::from_seed(&[0xab; 32]);
        assert!(!format!("{key:?}").contains("abab"));
        assert_eq!(
            SecretKey::from_hex(&key.to_hex()).unwrap().public(),
            key.public()
        );
    }
}
