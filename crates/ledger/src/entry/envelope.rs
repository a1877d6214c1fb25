//! Signed envelopes: DSSE (secure-systems-lab/dsse, `envelope.md` and `protocol.md`), one Ed25519 signature each.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::{
    ids::Digest,
    key::{PublicKey, SecretKey},
    limits::MAX_PAYLOAD_BYTES,
};

/// What the payload is; part of what is signed, so that no signature for another purpose counts here.
pub const PAYLOAD_TYPE: &str = "application/vnd.allotment.entry.v1+json";

/// The exact bytes that were signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// Base64 of the payload.
    payload: String,
    /// Always [`PAYLOAD_TYPE`].
    payload_type: String,
    /// One signature.
    signatures: [Signature; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: Digest,
    sig: String,
}

/// Why an envelope is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadEnvelope {
    /// Not base64, not 64 bytes, another payload type.
    #[error("the envelope is malformed: {what}")]
    Malformed {
        /// What of it.
        what: &'static str,
    },
    /// The payload is no entry that this version knows.
    #[error("the envelope's payload is no entry that this version of Allotment knows")]
    Unknown {
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// Too large.
    #[error("the entry has {bytes} bytes, {limit} is the most", limit = MAX_PAYLOAD_BYTES)]
    TooLarge {
        /// Bytes of the payload.
        bytes: usize,
    },
    /// Signed by another key, or changed afterwards.
    #[error("the signature is not that of the key {key}")]
    WrongSignature {
        /// The key that should have signed.
        key: PublicKey,
    },
}

impl BadEnvelope {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "AL-8010",
            Self::Unknown { .. } => "AL-8011",
            Self::TooLarge { .. } => "AL-8012",
            Self::WrongSignature { .. } => "AL-8013",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Malformed { .. } => "get the envelope again from where it was made".to_owned(),
            Self::Unknown { .. } => {
                "upgrade Allotment: the federation uses entries that came later".to_owned()
            }
            Self::TooLarge { .. } => "say it in fewer words, or put long texts beside".to_owned(),
            Self::WrongSignature { .. } => {
                "only the collective's own key counts; see `allot federation members`".to_owned()
            }
        })
    }
}

impl Envelope {
    /// Signs an entry.
    ///
    /// # Errors
    /// It is too large.
    pub fn sign(entry: &Entry, key: &SecretKey) -> Result<Self, BadEnvelope> {
        let payload =
            serde_json::to_vec(entry).map_err(|source| BadEnvelope::Unknown { source })?;
        if payload.len() > MAX_PAYLOAD_BYTES {
            let bytes = payload.len();
            return Err(BadEnvelope::TooLarge { bytes });
        }
        let signature = key.sign(&to_be_signed(PAYLOAD_TYPE, &payload));
        Ok(Self {
            payload: BASE64_STANDARD.encode(&payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: [Signature {
                keyid: key.public().id(),
                sig: BASE64_STANDARD.encode(signature),
            }],
        })
    }

    /// What it says, unverified: the author named in it tells whose key must have signed.
    ///
    /// # Errors
    /// It is malformed, or of a kind that this version does not know.
    pub fn entry(&self) -> Result<Entry, BadEnvelope> {
        serde_json::from_slice(&self.payload()?).map_err(|source| BadEnvelope::Unknown { source })
    }

    /// Whether `key` signed it.
    ///
    /// # Errors
    /// It did not.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadEnvelope> {
        let [Signature { keyid, sig }] = &self.signatures;
        let malformed = BadEnvelope::Malformed {
            what: "its signature is not 64 bytes of base64",
        };
        let sig = BASE64_STANDARD.decode(sig).ok();
        let Some(sig) = sig.and_then(|s| <[u8; 64]>::try_from(s).ok()) else {
            return Err(malformed);
        };
        let signed = to_be_signed(&self.payload_type, &self.payload()?);
        if *keyid != key.id() || !key.verifies(&signed, &sig) {
            return Err(BadEnvelope::WrongSignature { key: *key });
        }
        Ok(())
    }

    fn payload(&self) -> Result<Vec<u8>, BadEnvelope> {
        let malformed = |what| BadEnvelope::Malformed { what };
        if self.payload_type != PAYLOAD_TYPE {
            return Err(malformed("its payload is of another type"));
        }
        if self.payload.len() / 4 * 3 > MAX_PAYLOAD_BYTES + 2 {
            let bytes = self.payload.len() / 4 * 3;
            return Err(BadEnvelope::TooLarge { bytes });
        }
        BASE64_STANDARD
            .decode(&self.payload)
            .map_err(|_| malformed("its payload is not base64"))
    }
}

/// DSSE's pre-authentication encoding.
fn to_be_signed(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_dsse() {
        // The example of DSSE's protocol.md.
        assert_eq!(
            to_be_signed("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
