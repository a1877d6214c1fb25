//! Long lists, parted into what one entry each can carry.

use serde::Serialize;

use crate::limits::MAX_PAYLOAD_BYTES;

/// What an entry needs beside the list that it carries, bytes.
const FRAME: usize = 1_000;

/// Parts a list, in the same order, with at most so many a part. What is too large by itself stays alone, and is refused
/// when the entry is signed. What goes into the entry is a part of what is in the list.
pub(super) fn batches<T, P: Serialize>(
    list: Vec<T>,
    most: usize,
    part: impl Fn(&T) -> &P,
) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for one in list {
        let bytes = serde_json::to_vec(part(&one)).map_or(MAX_PAYLOAD_BYTES, |json| json.len() + 1);
        match batches.last_mut() {
            Some(batch) if bytes <= room && batch.len() < most => {
                room -= bytes;
                batch.push(one);
            }
            _ => {
                room = (MAX_PAYLOAD_BYTES - FRAME).saturating_sub(bytes);
                batches.push(vec![one]);
            }
        }
    }
    batches
}
