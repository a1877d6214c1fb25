//! A key that takes another one's place (M8).

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    ids::Digest,
    key::{PublicKey, SecretKey},
};

/// What a new key signs to take an old one's place: nobody can be given a key that somebody else holds.
fn rotation(federation: Digest, old: &PublicKey) -> Vec<u8> {
    format!("allotment rotate-key\n{federation}\n{old}\n").into_bytes()
}

/// The new key's signature for [`Body::RotateKey`](crate::entry::Body::RotateKey).
#[must_use]
pub fn prove_rotation(federation: Digest, old: &PublicKey, new: &SecretKey) -> String {
    BASE64_STANDARD.encode(new.sign(&rotation(federation, old)))
}

pub(super) fn proves_rotation(
    federation: Digest,
    old: &PublicKey,
    new: &PublicKey,
    proof: &str,
) -> bool {
    let signature = BASE64_STANDARD.decode(proof).ok();
    let signature = signature.and_then(|s| <[u8; 64]>::try_from(s).ok());
    signature.is_some_and(|s| new.verifies(&rotation(federation, old), &s))
}
