//! Messages to followers, as they go over the wire, made once for all who are at the same place.

use std::sync::{Mutex, PoisonError};

use allot_proto::hub::Stretch;
use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message as _;

/// Places that followers of one checkpoint can be at and still share a message: those who are a little late make their
/// own.
const KEPT: usize = 4;

/// The messages of one checkpoint, by the index that they begin with.
#[derive(Debug, Default)]
pub struct Frames(Mutex<Vec<(u64, Bytes)>>);

impl Frames {
    /// The message from an index on, when somebody made it before.
    #[must_use]
    pub fn get(&self, from: u64) -> Option<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(first, _)| *first == from);
        found.map(|(_, frame)| frame.clone())
    }

    /// Keeps a message for the next who needs it.
    pub fn keep(&self, from: u64, frame: &Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT && kept.iter().all(|(first, _)| *first != from) {
            kept.push((from, frame.clone()));
        }
    }
}

/// A message as gRPC sends it: not compressed, its length, itself.
#[must_use]
pub fn frame(message: &Stretch) -> Bytes {
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(5 + length);
    bytes.put_u8(0);
    // A stretch has some hundred KiB at most.
    bytes.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // It fails only where there is no room, and this grows.
    let _ = message.encode(&mut bytes);
    bytes.freeze()
}
