//! A zoo of damaged journals: what is torn is cut off, kept and told; everything else is refused.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

mod common;

use allot_store::{JournalError, Seq};
use common::{FRAME, HEADER, file, header, journal, journal_with, open, payloads, record};
use proptest::prelude::*;

const PAYLOADS: [&[u8]; 4] = [b"first", b"", b"the third record", b"last"];

#[test]
fn the_format_is_the_one_that_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let (written, _) = open(dir.path()).unwrap();
    for payload in PAYLOADS {
        written.append_blocking(payload).unwrap();
    }
    pollster::block_on(written.append_batch(vec!["a".into(), "b".into()])).unwrap();
    drop(written);
    let (mut expected, _) = journal(&PAYLOADS);
    record(&mut expected, 5, 0, b"a");
    record(&mut expected, 6, 1, b"b");
    assert_eq!(std::fs::read(file(dir.path())).unwrap(), expected);
}

#[test]
fn a_journal_cut_at_any_byte_keeps_its_good_records_and_tells_what_was_cut() {
    let (bytes, begins) = journal(&PAYLOADS);
    for len in HEADER..bytes.len() {
        let dir = journal_with(&bytes[..len]);
        let (journal, recovery) = open(dir.path()).unwrap();
        let good = begins.iter().filter(|&&begin| begin <= len).count() - 1;
        assert_eq!(payloads(&journal), PAYLOADS[..good], "cut at {len}");
        assert_eq!(recovery.records, good as u64);
        match recovery.cut {
            None => assert_eq!(begins[good], len),
            Some(cut) => {
                assert_eq!(
                    (cut.offset, cut.bytes),
                    (begins[good] as u64, (len - begins[good]) as u64)
                );
                assert_eq!(
                    std::fs::read(cut.saved_to).unwrap(),
                    bytes[begins[good]..len]
                );
            }
        }
        assert_eq!(
            journal.append_blocking("more").unwrap(),
            Seq(good as u64 + 1)
        );
        drop(journal);
        let (journal, recovery) = open(dir.path()).unwrap();
        assert_eq!((recovery.records, recovery.cut), (good as u64 + 1, None));
        assert_eq!(payloads(&journal)[good], b"more");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (bytes, begins) = journal(&PAYLOADS);
    for bit in 0..bytes.len() * 8 {
        let at = bit / 8;
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (bit % 8);
        let dir = journal_with(&bad);
        let opened = open(dir.path());
        if at < HEADER {
            assert_eq!(opened.err().unwrap().code(), "AL-3003", "bit {bit}");
            continue;
        }
        let broken = begins.iter().filter(|&&begin| begin <= at).count() - 1;
        if broken == PAYLOADS.len() - 1 {
            let (journal, recovery) = opened.unwrap();
            assert_eq!(recovery.cut.unwrap().offset, begins[broken] as u64);
            assert_eq!(payloads(&journal), PAYLOADS[..broken]);
        } else {
            let Some(JournalError::Damaged {
                offset,
                seq,
                next_offset,
                next_seq,
                ..
            }) = opened.err()
            else {
                panic!("bit {bit} of the middle was not refused");
            };
            assert_eq!(
                (offset, seq),
                (begins[broken] as u64, Seq(broken as u64 + 1))
            );
            assert_eq!(
                (next_offset, next_seq),
                (begins[broken + 1] as u64, Seq(broken as u64 + 2))
            );
            assert_eq!(
                std::fs::read(file(dir.path())).unwrap(),
                bad,
                "a refused journal is left as it is"
            );
        }
    }
}

#[test]
fn a_group_torn_out_of_order_is_a_torn_tail() {
    let (mut bytes, _) = journal(&PAYLOADS);
    let torn = bytes.len();
    record(&mut bytes, 5, 0, b"fifth");
    record(&mut bytes, 6, 1, b"sixth");
    // The disk wrote the second page of the group and not the first one.
    bytes[torn..torn + FRAME + 5].fill(0);
    let dir = journal_with(&bytes);
    let (journal, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.cut.unwrap().offset, torn as u64);
    assert_eq!(payloads(&journal), PAYLOADS);
}

#[test]
fn a_broken_record_before_a_later_group_is_damage_in_the_middle() {
    let (mut bytes, _) = journal(&PAYLOADS);
    let broken = bytes.len();
    record(&mut bytes, 5, 0, b"fifth");
    record(&mut bytes, 6, 1, b"sixth");
    record(
        &mut bytes,
        7,
        0,
        b"seventh, acknowledged after the sync of the two",
    );
    bytes[broken + FRAME] ^= 1;
    let error = open(journal_with(&bytes).path()).err().unwrap();
    assert!(
        matches!(
            error,
            JournalError::Damaged {
                next_seq: Seq(7),
                ..
            }
        ),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&format!("record 5 at offset {broken}")),
        "{text}"
    );
    assert!(error.help().unwrap().contains("--salvage"));
}

#[test]
fn damage_is_found_however_long_it_is() {
    let mut bytes = header(1);
    record(&mut bytes, 1, 0, b"first");
    record(&mut bytes, 2, 0, &vec![7; 300_000]);
    record(&mut bytes, 3, 0, b"third");
    let (begin, end) = (HEADER + FRAME + 5, bytes.len() - FRAME - 5);
    bytes[begin..end].fill(0xff);
    let error = open(journal_with(&bytes).path()).err().unwrap();
    assert!(
        matches!(
            error,
            JournalError::Damaged {
                seq: Seq(2),
                next_seq: Seq(3),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_payload_that_looks_like_a_record_is_not_one() {
    let (inner, _) = journal(&PAYLOADS);
    let mut bytes = header(1);
    record(&mut bytes, 1, 0, &inner);
    bytes.truncate(bytes.len() - 1);
    let dir = journal_with(&bytes);
    let (journal, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.cut.unwrap().offset, HEADER as u64);
    assert!(payloads(&journal).is_empty());
}

#[test]
fn a_zero_filled_tail_is_cut() {
    for zeros in [1, 19, 20, 21, 4096, 200_000] {
        let (mut bytes, _) = journal(&PAYLOADS);
        bytes.resize(bytes.len() + zeros, 0);
        let dir = journal_with(&bytes);
        let (journal, recovery) = open(dir.path()).unwrap();
        assert_eq!(recovery.cut.unwrap().bytes, zeros as u64);
        assert_eq!(payloads(&journal), PAYLOADS);
    }
}

#[test]
fn a_sequence_that_comes_twice_or_is_left_out_is_refused() {
    for (wrong, what) in [(4, "twice"), (6, "left out"), (1, "from the start")] {
        let (mut bytes, _) = journal(&PAYLOADS);
        let at = bytes.len() as u64;
        record(&mut bytes, wrong, 0, b"x");
        let error = open(journal_with(&bytes).path()).err().unwrap();
        let JournalError::OutOfOrder {
            offset,
            expected,
            found,
            ..
        } = error
        else {
            panic!("{what}: {error}")
        };
        assert_eq!(
            (offset, expected, found),
            (at, Seq(5), Seq(wrong)),
            "{what}"
        );
    }
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let (good, _) = journal(&PAYLOADS);
    let mut magic = good.clone();
    magic[..8].copy_from_slice(b"SQLite f");
    let cases: [(&[u8], &str); 5] = [
        (&magic, "AL-3003"),
        (&good[..31], "AL-3003"),
        (b"", "AL-3003"),
        (&header(2), "AL-3004"),
        (&[0; 4096], "AL-3003"),
    ];
    for (bytes, code) in cases {
        let dir = journal_with(bytes);
        let error = open(dir.path()).err().unwrap();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(std::fs::read(file(dir.path())).unwrap(), bytes);
    }
}

#[test]
fn a_journal_that_went_missing_is_not_replaced_by_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap();
    std::fs::remove_file(file(dir.path())).unwrap();
    let error = open(dir.path()).err().unwrap();
    assert_eq!(error.code(), "AL-3007", "{error}");
    assert!(!file(dir.path()).exists());
}

#[test]
fn bytes_of_another_store_are_not_records() {
    let (mut bytes, _) = journal(&PAYLOADS);
    let other = tempfile::tempdir().unwrap();
    let (stranger, _) =
        allot_store::Journal::open(other.path(), &allot_store::JournalOptions::default()).unwrap();
    for payload in PAYLOADS {
        stranger.append_blocking(payload).unwrap();
    }
    stranger.append_blocking("fifth").unwrap();
    let strange = std::fs::read(file(other.path())).unwrap();
    bytes.extend(&strange[bytes.len()..]);
    let dir = journal_with(&bytes);
    let (journal, recovery) = open(dir.path()).unwrap();
    assert!(recovery.cut.is_some());
    assert_eq!(payloads(&journal), PAYLOADS);
}

#[test]
fn rot_under_an_open_journal_is_told_by_the_reader() {
    let (bytes, begins) = journal(&PAYLOADS);
    let dir = journal_with(&bytes);
    let (journal, _) = open(dir.path()).unwrap();
    let mut bad = bytes.clone();
    bad[begins[2] + FRAME] ^= 1;
    std::fs::write(file(dir.path()), bad).unwrap();
    let mut reader = journal.read_from(Seq::ZERO);
    assert_eq!(reader.by_ref().take(2).filter(Result::is_ok).count(), 2);
    assert!(matches!(
        reader.next(),
        Some(Err(JournalError::Rotten { seq: Seq(3), .. }))
    ));
    assert!(reader.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_garbage_behind_the_records_is_cut_and_nothing_else(garbage in prop::collection::vec(any::<u8>(), 1..2000)) {
        let (mut bytes, _) = journal(&PAYLOADS);
        bytes.extend(&garbage);
        let dir = journal_with(&bytes);
        let (journal, recovery) = open(dir.path()).unwrap();
        prop_assert_eq!(payloads(&journal), PAYLOADS);
        prop_assert_eq!(std::fs::read(recovery.cut.unwrap().saved_to).unwrap(), garbage);
    }
}
