//! What `check` finds, and what `repair` does about it.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

mod common;

use std::fs;
use std::path::Path;

use allot_store::{
    Area, Batch, CheckReport, RepairAction, RepairOptions, Seq, Severity, Store, StoreError,
    StoreId, StoreOptions, check, repair,
};
use common::{FRAME, HEADER};
use tempfile::TempDir;

const JOURNAL: &str = "journal/journal";
const NOTHING_GIVEN_UP: RepairOptions = RepairOptions {
    salvage: false,
    rebuild_index: false,
};
const SALVAGE: RepairOptions = RepairOptions {
    salvage: true,
    rebuild_index: false,
};

fn options() -> StoreOptions {
    let mut options = StoreOptions::new(1);
    options.journal.store_id = Some(StoreId::from_bytes(common::STORE));
    options
}

/// A closed store with four records, an index that has them, and two blobs.
fn example() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), &options()).unwrap();
    for payload in ["first", "second", "third", "fourth"] {
        let seq = store.journal.append_blocking(payload).unwrap();
        store.index.apply(Batch::new(), seq).unwrap();
    }
    store.blobs.put(b"one").unwrap();
    store.blobs.put(b"two").unwrap();
    dir
}

/// Where each record of the example begins.
fn begin(record: usize) -> usize {
    HEADER
        + ["first", "second", "third"][..record]
            .iter()
            .map(|text| text.len() + FRAME)
            .sum::<usize>()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn worst(report: &CheckReport) -> Option<(Severity, Area, &'static str)> {
    let findings = report
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.area, finding.code));
    findings.max_by_key(|finding| finding.0)
}

fn contents(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false => found.push((path.clone(), fs::read(path).unwrap())),
        }
    }
    found.sort();
    found
}

fn records_after_opening(dir: &Path) -> Vec<Vec<u8>> {
    let (store, report) = Store::open(dir, &options()).unwrap();
    assert_eq!(report.recovery.cut, None);
    common::payloads(&store.journal)
}

#[test]
fn a_good_store_has_no_findings_and_is_not_changed_by_a_check() {
    let dir = example();
    let before = contents(dir.path());
    let report = check(dir.path()).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(
        (report.records, report.index_applied, report.blobs),
        (4, Some(Seq(4)), 2)
    );
    assert!(contents(dir.path()) == before, "a check changes nothing");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["records"], 4);
    let repaired = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap();
    assert_eq!(repaired.actions, []);
}

#[test]
fn a_store_in_use_can_be_checked_and_not_repaired() {
    let dir = example();
    let (_store, _) = Store::open(dir.path(), &options()).unwrap();
    let report = check(dir.path()).unwrap();
    assert!(report.in_use && report.is_healthy());
    assert_eq!(worst(&report).unwrap().0, Severity::Note);
    assert_eq!(
        repair(dir.path(), &NOTHING_GIVEN_UP).unwrap_err().code(),
        "AL-3001"
    );
}

#[test]
fn a_torn_tail_is_a_warning_and_repair_cuts_it() {
    let dir = example();
    let path = dir.path().join(JOURNAL);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let report = check(dir.path()).unwrap();
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.area == Area::Journal)
        .unwrap();
    assert_eq!(
        (finding.severity, finding.code, finding.offset),
        (Severity::Warning, "AL-3012", Some(begin(3) as u64))
    );
    let repaired = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap();
    let [
        RepairAction::TailCut(cut),
        RepairAction::IndexSetAside { .. },
    ] = &repaired.actions[..]
    else {
        panic!("{:?}", repaired.actions)
    };
    assert_eq!(
        fs::read(&cut.saved_to).unwrap(),
        bytes[begin(3)..bytes.len() - 3]
    );
    assert!(repaired.after.is_healthy());
    assert_eq!(
        records_after_opening(dir.path()),
        [b"first".to_vec(), b"second".to_vec(), b"third".to_vec()]
    );
}

#[test]
fn damage_in_the_middle_is_salvaged_only_when_told_to() {
    let dir = example();
    let path = dir.path().join(JOURNAL);
    flip(&path, begin(1) + FRAME);
    let damaged = fs::read(&path).unwrap();
    let report = check(dir.path()).unwrap();
    let finding = &report.findings[0];
    assert_eq!(
        (finding.severity, finding.code, finding.offset),
        (Severity::Error, "AL-3005", Some(begin(1) as u64))
    );

    let refused = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap_err();
    assert!(
        matches!(refused, StoreError::NeedsConsent { .. }),
        "{refused}"
    );
    assert_eq!(fs::read(&path).unwrap(), damaged);

    let repaired = repair(dir.path(), &SALVAGE).unwrap();
    let RepairAction::Salvaged {
        original,
        later_records,
        later,
        last,
    } = &repaired.actions[0]
    else {
        panic!("{:?}", repaired.actions)
    };
    assert_eq!((*later, *last), (2, Seq(1)));
    assert_eq!(fs::read(original).unwrap(), damaged);
    let lines = fs::read_to_string(later_records).unwrap();
    let third = format!(
        r#"{{"seq":3,"offset":{},"payload_hex":"{}"}}"#,
        begin(2),
        hex::encode("third")
    );
    assert_eq!(lines.lines().next(), Some(third.as_str()));
    assert_eq!(lines.lines().count(), 2);
    assert!(repaired.after.is_healthy(), "{:?}", repaired.after);
    assert_eq!(records_after_opening(dir.path()), [b"first"]);
}

#[test]
fn a_broken_header_is_taken_from_its_copy() {
    let dir = example();
    flip(&dir.path().join(JOURNAL), 15);
    assert_eq!(
        worst(&check(dir.path()).unwrap()).unwrap(),
        (Severity::Error, Area::Journal, "AL-3003")
    );
    let repaired = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap();
    assert!(
        matches!(repaired.actions[..], [RepairAction::HeaderRestored { .. }]),
        "{:?}",
        repaired.actions
    );
    assert_eq!(records_after_opening(dir.path()).len(), 4);
}

#[test]
fn a_header_without_a_good_copy_or_without_records_is_beyond_repair() {
    let dir = example();
    flip(&dir.path().join(JOURNAL), 15);
    flip(&dir.path().join("journal/HEADER"), 3);
    assert_eq!(repair(dir.path(), &SALVAGE).unwrap_err().code(), "AL-3041");
    let dir = example();
    fs::write(dir.path().join(JOURNAL), b"ALLOT").unwrap();
    assert_eq!(repair(dir.path(), &SALVAGE).unwrap_err().code(), "AL-3041");
}

#[test]
fn a_store_without_its_journal_is_told_everywhere() {
    let dir = example();
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    assert_eq!(worst(&check(dir.path()).unwrap()).unwrap().2, "AL-3007");
    assert_eq!(repair(dir.path(), &SALVAGE).unwrap_err().code(), "AL-3007");
    assert_eq!(
        Store::open(dir.path(), &options()).err().unwrap().code(),
        "AL-3007"
    );
}

#[test]
fn a_damaged_blob_is_found_and_quarantined() {
    let dir = example();
    let (store, _) = Store::open(dir.path(), &options()).unwrap();
    let id = store.blobs.put(b"one").unwrap();
    let name = id.to_string();
    let path = dir.path().join("blobs").join(&name[..2]).join(&name);
    flip(&path, 1);
    assert_eq!(store.blobs.get(id).unwrap_err().code(), "AL-3032");
    drop(store);
    let report = check(dir.path()).unwrap();
    assert_eq!(
        worst(&report).unwrap(),
        (Severity::Error, Area::Blobs, "AL-3032")
    );
    assert_eq!((report.blobs, &report.findings[0].place), (1, &path));
    let repaired = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap();
    assert!(matches!(
        repaired.actions[..],
        [RepairAction::BlobQuarantined { .. }]
    ));
    assert!(repaired.after.is_healthy());
    let (store, _) = Store::open(dir.path(), &options()).unwrap();
    assert_eq!(store.blobs.get(id).unwrap_err().code(), "AL-3031");
    assert_eq!(store.blobs.put(b"one").unwrap(), id);
    flip(&path, 1);
    store.blobs.put(b"one").unwrap();
    assert_eq!(
        store.blobs.get(id).unwrap(),
        "one",
        "putting a damaged content again heals it"
    );
}

#[test]
fn the_index_is_set_aside_when_asked_or_needed() {
    let dir = example();
    let rebuild = RepairOptions {
        rebuild_index: true,
        ..NOTHING_GIVEN_UP
    };
    assert!(matches!(
        repair(dir.path(), &rebuild).unwrap().actions[..],
        [RepairAction::IndexSetAside { .. }]
    ));
    let dir = example();
    fs::write(dir.path().join("index/state.json"), "").unwrap();
    assert_eq!(
        worst(&check(dir.path()).unwrap()).unwrap(),
        (Severity::Warning, Area::Index, "AL-3021")
    );
    let repaired = repair(dir.path(), &NOTHING_GIVEN_UP).unwrap();
    assert!(matches!(
        repaired.actions[..],
        [RepairAction::IndexSetAside { .. }]
    ));
}
