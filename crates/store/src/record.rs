//! One record as it lies in the journal.
//!
//! ```text
//! length  u32  bytes of the payload, at most `limits::MAX_PAYLOAD`
//! crc     u32  CRC32C of: store id, offset of the record in the file (u64), length, seq, back, payload
//! seq     u64  the record's sequence number
//! back    u32  how many records of the same write group stand before this one
//! payload
//! ```
//!
//! Integers are little-endian. The offset is part of the checksum, so that a payload that happens to hold the
//! bytes of a record is never taken for one. `back` says what was already durable: the writer starts a group
//! only after `fdatasync` of the group before, so a valid record proves that everything before its group was
//! once on disk. That is how a torn tail (nobody was told "yes") is told from damage in the middle.

use bytes::Bytes;

use crate::header::StoreId;
use crate::limits::MAX_PAYLOAD;
use crate::seq::Seq;

/// Bytes before the payload.
pub(crate) const FRAME_LEN: usize = 20;

/// A record read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub seq: Seq,
    /// What was appended.
    pub payload: Bytes,
}

/// The fixed part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub len: u32,
    pub crc: u32,
    pub seq: Seq,
    pub back: u32,
}

impl Frame {
    /// Reads the fixed part; says nothing yet about the checksum.
    pub fn decode(bytes: &[u8; FRAME_LEN]) -> Frame {
        let [l0, l1, l2, l3, c0, c1, c2, c3, s @ .., b0, b1, b2, b3] = *bytes;
        Frame {
            len: u32::from_le_bytes([l0, l1, l2, l3]),
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
            seq: Seq(u64::from_le_bytes(s)),
            back: u32::from_le_bytes([b0, b1, b2, b3]),
        }
    }

    /// Whether the length is one that the writer could have written.
    pub fn plausible(&self) -> bool {
        self.len as usize <= MAX_PAYLOAD
    }

    /// Whether the checksum fits a payload found at `offset` of the journal of `store`.
    pub fn fits(&self, store: StoreId, offset: u64, payload: &[u8]) -> bool {
        checksum(store, offset, self.seq, self.back, payload) == self.crc
    }

    /// Bytes of the whole record.
    pub fn total(&self) -> u64 {
        FRAME_LEN as u64 + u64::from(self.len)
    }

    /// The first sequence of the group that this record was written in.
    pub fn group_start(&self) -> Seq {
        Seq(self.seq.0.saturating_sub(u64::from(self.back)))
    }
}

/// Appends the record to `out`, for the place `offset` in the file.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    store: StoreId,
    offset: u64,
    seq: Seq,
    back: u32,
    payload: &[u8],
) {
    // The writer refuses payloads over MAX_PAYLOAD, so the length always fits.
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let crc = checksum(store, offset, seq, back, payload);
    out.reserve(FRAME_LEN + payload.len());
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&seq.0.to_le_bytes());
    out.extend_from_slice(&back.to_le_bytes());
    out.extend_from_slice(payload);
}

fn checksum(store: StoreId, offset: u64, seq: Seq, back: u32, payload: &[u8]) -> u32 {
    let len = payload.len() as u64;
    let mut crc = crc32c::crc32c(store.as_bytes());
    for number in [offset, len, seq.0, u64::from(back)] {
        crc = crc32c::crc32c_append(crc, &number.to_le_bytes());
    }
    crc32c::crc32c_append(crc, payload)
}
