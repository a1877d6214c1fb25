//! The first bytes of a journal: what it is, of which format, of which store.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The format this code writes, and the newest it reads.
pub(crate) const FORMAT: u32 = 1;

/// Length of the header in bytes: magic 8, format 4, store id 16, CRC32C 4. Integers are little-endian.
pub(crate) const HEADER_LEN: usize = 32;

const MAGIC: [u8; 8] = *b"ALLOTJNL";

/// The name of one store, made at its birth. It is mixed into every record's checksum, so that bytes of
/// another store never pass for records of this one, and it ties an index to its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreId(Uuid);

impl StoreId {
    /// A new id: UUID version 7, made of the time and randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// An id from its 16 bytes, for tests that want the same store every time.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why bytes are not the header of a journal that this code reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderFault {
    #[error("it has {0} bytes of a header of {HEADER_LEN}")]
    Truncated(usize),
    #[error("it does not begin with ALLOTJNL")]
    Magic,
    #[error("the checksum of the header does not fit")]
    Checksum,
    #[error("its format is {0}, and this program reads up to {FORMAT}")]
    Newer(u32),
}

/// The header of a new journal of `id`.
pub(crate) fn encode(id: StoreId) -> [u8; HEADER_LEN] {
    let mut out = [0; HEADER_LEN];
    let (body, crc) = out.split_at_mut(HEADER_LEN - 4);
    let (magic, rest) = body.split_at_mut(MAGIC.len());
    let (format, store) = rest.split_at_mut(4);
    magic.copy_from_slice(&MAGIC);
    format.copy_from_slice(&FORMAT.to_le_bytes());
    store.copy_from_slice(id.as_bytes());
    crc.copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
    out
}

/// Reads a header from the first bytes of a file.
pub(crate) fn decode(bytes: &[u8]) -> Result<StoreId, HeaderFault> {
    let truncated = || HeaderFault::Truncated(bytes.len());
    let (magic, rest) = bytes.split_first_chunk::<8>().ok_or_else(truncated)?;
    let (format, rest) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
    let (store, rest) = rest.split_first_chunk::<16>().ok_or_else(truncated)?;
    let (crc, _) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
    if *magic != MAGIC {
        return Err(HeaderFault::Magic);
    }
    let body = bytes.get(..HEADER_LEN - 4).ok_or_else(truncated)?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
        return Err(HeaderFault::Checksum);
    }
    match u32::from_le_bytes(*format) {
        FORMAT => Ok(StoreId::from_bytes(*store)),
        other => Err(HeaderFault::Newer(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trips_and_every_flipped_bit_is_noticed() {
        let id = StoreId::from_bytes(*b"0123456789abcdef");
        let good = encode(id);
        assert_eq!(decode(&good), Ok(id));
        for at in 0..HEADER_LEN * 8 {
            let mut bad = good;
            bad[at / 8] ^= 1 << (at % 8);
            assert!(decode(&bad).is_err(), "bit {at}");
        }
        for len in 0..HEADER_LEN {
            assert!(decode(&good[..len]).is_err(), "{len} bytes");
        }
    }
}
