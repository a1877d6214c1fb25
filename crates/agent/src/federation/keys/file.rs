//! A signing key, and how its file is written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_ledger::{PublicKey, SecretKey, Slug};
use secrecy::{ExposeSecret as _, SecretString};

use super::KeyError;
use crate::federation::home::FileError;

/// A collective's key with its name.
#[derive(Debug, Clone)]
pub struct CollectiveKey {
    /// Whose.
    pub collective: Slug,
    /// The secret half.
    pub secret: SecretKey,
}

impl CollectiveKey {
    /// A new one.
    #[must_use]
    pub fn create(collective: Slug) -> Self {
        let secret = SecretKey::from_seed(&rand::random());
        Self { collective, secret }
    }

    /// The public half, as people exchange it.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        self.secret.public().verifier_key(self.collective.as_str())
    }

    /// Reads one from a file, wherever it is.
    ///
    /// # Errors
    /// The file cannot be read, or is something else.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::parse(SecretString::from(text).expose_secret(), path.to_owned())
    }

    pub(super) fn to_text(&self) -> SecretString {
        format!(
            "# The signing key of {}. Whoever has this file can sign for it.\n{}\n{}\n",
            self.collective,
            self.verifier_key(),
            self.secret.to_hex()
        )
        .into()
    }

    pub(super) fn parse(text: &str, path: PathBuf) -> Result<Self, KeyError> {
        let mut lines = text
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
        let (public, secret) = (lines.next(), lines.next());
        let malformed = |source| KeyError::Malformed {
            path: path.clone(),
            source,
        };
        let (name, public) =
            PublicKey::from_verifier_key(public.unwrap_or_default()).map_err(malformed)?;
        let secret = SecretKey::from_hex(secret.unwrap_or_default()).map_err(malformed)?;
        if secret.public() != public {
            return Err(KeyError::Mixed { path });
        }
        let collective = name.parse()?;
        Ok(Self { collective, secret })
    }
}
