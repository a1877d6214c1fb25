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
    let wait = SignedDuration::try_from_secs_f64(wait).unwrap_or_default();
    not_before.checked_add(wait).unwrap_or(not_before)
}

/// What all certificates have in common.
fn params(
    name: &str,
    now: Timestamp,
    life: SignedDuration,
) -> Result<CertificateParams, IdentityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let (begin, end) = span(now, life)?;
    params.not_before = to_time(begin)?;
    params.not_after = to_time(end)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial()));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// From when to when a certificate counts that is made now, in whole seconds.
fn span(now: Timestamp, life: SignedDuration) -> Result<(Timestamp, Timestamp), IdentityError> {
    let bad = |_| IdentityError::Time { at: now };
    let now = Timestamp::from_second(now.as_second()).map_err(bad)?;
    let begin = now.checked_sub(BACKDATED).map_err(bad)?;
    let end = now.checked_add(life).map_err(bad)?;
    Ok((begin, end))
}

/// 126 random bits in 16 bytes: positive and never shorter, as RFC 5280 4.1.2.2 wants them.
fn serial() -> [u8; 16] {
    let mut serial: [u8; 16] = rand::random();
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

fn to_time(at: Timestamp) -> Result<OffsetDateTime, IdentityError> {
    OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|_| IdentityError::Time { at })
}
