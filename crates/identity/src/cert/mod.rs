//! Certificates, and who makes them.

mod issuer;
mod request;
mod root;

pub use issuer::Issuer;
pub use request::AgentKey;
pub use root::Root;

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, SerialNumber};
use time::OffsetDateTime;

use crate::{error::IdentityError, limits::BACKDATED};

/// A certificate that was just made, with what it takes to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// DER: its own first, then the issuer's; the hub's has the root last, for who knows only its SHA-256.
    pub chain: Vec<Vec<u8>>,
    /// Its number, hexadecimal.
    pub serial: String,
    /// From when it counts.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

/// When a certificate is renewed: at 70 % of its life and up to a tenth later, by `jitter` in 0..1, so that a thousand
/// agents that came back together do not renew together.
#[must_use]
pub fn renew_at(not_before: Timestamp, not_after: Timestamp, jitter: f64) -> Timestamp {
    let life = not_after.duration_since(not_before).as_secs_f64();
    let wait = life * (0.7 + 0.1 * jitter.clamp(0.0, 1.0));
    SignedDuration::try_from_secs_f64(wait).map_or(not_before, |wait| not_before + wait)
}

/// What all certificates have in common.
fn params(name: &str, now: Timestamp, life: SignedDuration) -> Result<CertificateParams, IdentityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = to_time(now - BACKDATED)?;
    params.not_after = to_time(now + life)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial()));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// 127 random bits: positive, as RFC 5280 4.1.2.2 wants them.
fn serial() -> [u8; 16] {
    let mut serial: [u8; 16] = rand::random();
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

fn to_time(at: Timestamp) -> Result<OffsetDateTime, IdentityError> {
    OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|_| IdentityError::Time { at })
}

/// Certificates count in whole seconds.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
