//! A zoo of damaged indexes: after opening and folding, the index always says what the journal says.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use allot_store::{
    Batch, DiscardReason, IndexState, JournalOptions, Seq, Store, StoreId, StoreOptions, Tree,
};
use tempfile::TempDir;

/// The last record of each key, as `SEQ TEXT`.
const LAST: Tree<String> = Tree::new("last");

fn open(dir: &Path) -> (Store, IndexState) {
    let id = StoreId::from_bytes(*b"a store for test");
    let options = StoreOptions {
        journal: JournalOptions { store_id: Some(id) },
        ..StoreOptions::new(1)
    };
    let (store, report) = Store::open(dir, &options).unwrap();
    (store, report.index)
}

/// How many places over the whole file are flipped.
const FLIPS: usize = 59;

/// Applies what the index lacks, one record at a time, as a daemon does.
fn catch_up(store: &Store) {
    for record in store.journal.read_from(store.index.applied().next()) {
        let record = record.unwrap();
        let text = String::from_utf8(record.payload.to_vec()).unwrap();
        let mut batch = Batch::new();
        batch
            .put(&LAST, key_of(record.seq), &format!("{} {text}", record.seq))
            .unwrap();
        store.index.apply(batch, record.seq).unwrap();
    }
}

fn key_of(seq: Seq) -> String {
    format!("key-{:03}", seq.0 % 290)
}

fn expected(store: &Store) -> BTreeMap<Vec<u8>, String> {
    let records = store.journal.read_from(Seq::ZERO).map(Result::unwrap);
    let text = |payload: &[u8]| String::from_utf8(payload.to_vec()).unwrap();
    records
        .map(|record| {
            (
                key_of(record.seq).into(),
                format!("{} {}", record.seq, text(&record.payload)),
            )
        })
        .collect()
}

fn append(store: &Store, records: u64) {
    let from = store.journal.last().0;
    let payloads =
        (from..from + records).map(|n| format!("{n}: {}", "x".repeat(n as usize % 700)).into());
    pollster::block_on(store.journal.append_batch(payloads.collect())).unwrap();
    catch_up(store);
}

/// A closed store with 300 records, all applied.
fn example() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    append(&store, 300);
    dir
}

/// Opens the store; whatever the index was, it must end up right, and stay so over another opening.
fn assert_heals(dir: &Path, what: &str) -> IndexState {
    let (store, state) = open(dir);
    catch_up(&store);
    let found: BTreeMap<_, _> = store.index.scan(&LAST, "").map(Result::unwrap).collect();
    assert_eq!(found, expected(&store), "{what}: {state:?}");
    drop(store);
    let (store, again) = open(dir);
    assert_eq!(again, IndexState::UpTo(store.journal.last()), "{what}");
    state
}

fn sled_dir(dir: &Path) -> PathBuf {
    let mut entries = fs::read_dir(dir.join("index"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.find(|path| path.is_dir()).unwrap()
}

fn sled_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(sled_dir(dir)).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect()
}

fn discarded(state: &IndexState) -> bool {
    matches!(state, IndexState::Discarded(_))
}

#[test]
fn an_index_that_was_deleted_is_made_anew() {
    let dir = example();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    assert_eq!(assert_heals(dir.path(), "deleted"), IndexState::Fresh);
}

#[test]
fn garbage_in_any_file_of_the_index_is_healed() {
    let names: Vec<_> = sled_files(example().path())
        .iter()
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    assert!(names.len() >= 2, "{names:?}");
    for name in names {
        for (what, content) in [
            ("garbage", vec![0xa5; 100_000]),
            ("empty", vec![]),
            ("zeros", vec![0; 1 << 20]),
        ] {
            let dir = example();
            // sled names its snapshots by a number that differs from run to run.
            let files = sled_files(dir.path());
            let target = files
                .iter()
                .find(|path| path.file_name() == Some(&name))
                .or(files.first())
                .unwrap();
            fs::write(target, content).unwrap();
            assert_heals(dir.path(), &format!("{what} in {}", target.display()));
        }
    }
}

#[test]
fn flipped_bytes_anywhere_in_the_index_are_healed() {
    let mut noticed = 0;
    for step in 0..FLIPS {
        let dir = example();
        let path = sled_dir(dir.path()).join("db");
        let mut bytes = fs::read(&path).unwrap();
        let used = bytes.iter().rposition(|&byte| byte != 0).unwrap();
        let at = used * step / FLIPS;
        bytes[at] ^= 1 << (step % 8);
        fs::write(&path, bytes).unwrap();
        noticed += usize::from(discarded(&assert_heals(dir.path(), &format!("byte {at}"))));
    }
    println!("{noticed} of {FLIPS} flips made the index be discarded");
}

#[test]
fn a_truncated_index_is_healed() {
    for part in 0..10 {
        let dir = example();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(sled_dir(dir.path()).join("db"))
            .unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(len * part / 10).unwrap();
        assert_heals(dir.path(), &format!("{part}/10"));
    }
}

#[test]
fn an_index_from_the_future_is_discarded() {
    let dir = example();
    let journal = fs::read(dir.path().join("journal/journal")).unwrap();
    let (store, _) = open(dir.path());
    append(&store, 5);
    drop(store);
    fs::write(dir.path().join("journal/journal"), journal).unwrap();
    let reason = DiscardReason::AheadOfJournal {
        applied: Seq(305),
        journal_last: Seq(300),
    };
    assert_eq!(
        assert_heals(dir.path(), "future"),
        IndexState::Discarded(reason)
    );
    assert!(
        dir.path().join("index.discarded").is_dir(),
        "it is kept for a person to look at"
    );
}

/// What `state.json` says, and what an index of which it says so is discarded for.
#[test]
fn an_index_whose_state_is_in_doubt_is_discarded() {
    let other = StoreId::from_bytes(*b"some other store");
    let cases = [
        (
            vec![("phase", "opening".into())],
            DiscardReason::OpeningCrashed,
        ),
        (
            vec![("phase", "condemned".into())],
            DiscardReason::Condemned,
        ),
        (
            vec![("phase", "in-use".into()), ("boot", "another".into())],
            DiscardReason::MachineWentDown,
        ),
        (
            vec![("store", other.to_string())],
            DiscardReason::OtherStore { found: other },
        ),
    ];
    for (changes, reason) in cases {
        let dir = example();
        let path = dir.path().join("index/state.json");
        let mut state: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for (field, value) in changes {
            state[field] = value.into();
        }
        fs::write(&path, state.to_string()).unwrap();
        assert_eq!(
            assert_heals(dir.path(), &reason.to_string()),
            IndexState::Discarded(reason)
        );
    }
    let dir = example();
    fs::write(dir.path().join("index/state.json"), "{").unwrap();
    assert_eq!(
        assert_heals(dir.path(), "nonsense"),
        IndexState::Discarded(DiscardReason::Unknown)
    );
}
