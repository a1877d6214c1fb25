//! What the damage tests share: making journals by hand, and taking them in again.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a helper may panic like the test"
)]

pub mod child;

use std::path::{Path, PathBuf};

use allot_store::{Journal, JournalError, JournalOptions, Record, Recovery, Seq, StoreId};
use tempfile::TempDir;

/// Bytes of a journal's header, and of a record before its payload.
pub const HEADER: usize = 32;
pub const FRAME: usize = 20;

pub const STORE: [u8; 16] = *b"a store for test";

/// A directory with a journal that has these bytes.
pub fn journal_with(bytes: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(dir.path()), bytes).unwrap();
    dir
}

pub fn file(dir: &Path) -> PathBuf {
    dir.join("journal")
}

pub fn open(dir: &Path) -> Result<(Journal, Recovery), JournalError> {
    Journal::open(
        dir,
        &JournalOptions {
            store_id: Some(StoreId::from_bytes(STORE)),
        },
    )
}

pub fn payloads(journal: &Journal) -> Vec<Vec<u8>> {
    let records: Vec<Record> = journal
        .read_from(Seq::ZERO)
        .collect::<Result<_, _>>()
        .unwrap();
    records
        .into_iter()
        .map(|record| record.payload.to_vec())
        .collect()
}

/// The header of format 1, written down a second time so that the code cannot change it unnoticed.
pub fn header(format: u32) -> Vec<u8> {
    let mut out = b"ALLOTJNL".to_vec();
    out.extend(format.to_le_bytes());
    out.extend(STORE);
    out.extend(crc32c::crc32c(&out).to_le_bytes());
    out
}

/// Adds a record of format 1, written down a second time.
pub fn record(out: &mut Vec<u8>, seq: u64, back: u32, payload: &[u8]) {
    let mut checked = STORE.to_vec();
    for number in [out.len() as u64, payload.len() as u64, seq, u64::from(back)] {
        checked.extend(number.to_le_bytes());
    }
    checked.extend(payload);
    out.extend((payload.len() as u32).to_le_bytes());
    out.extend(crc32c::crc32c(&checked).to_le_bytes());
    out.extend(seq.to_le_bytes());
    out.extend(back.to_le_bytes());
    out.extend(payload);
}

/// A journal of records that were appended one by one; returns where each begins, and the end.
pub fn journal(payloads: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
    let mut out = header(1);
    let mut begins = vec![out.len()];
    for (n, payload) in payloads.iter().enumerate() {
        record(&mut out, n as u64 + 1, 0, payload);
        begins.push(out.len());
    }
    (out, begins)
}
