//! What a store promises while nothing is broken.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use allot_store::{
    Batch, BlobError, BlobId, DiscardReason, IndexError, IndexState, Journal, JournalError,
    JournalOptions, Record, Seq, Store, StoreOptions, Tree, limits,
};
use bytes::Bytes;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

fn open(dir: &Path) -> Journal {
    Journal::open(dir, &JournalOptions::default()).unwrap().0
}

fn records(journal: &Journal) -> Vec<Record> {
    journal
        .read_from(Seq::ZERO)
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn appended_records_are_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    assert_eq!(journal.append_blocking("one").unwrap(), Seq(1));
    assert_eq!(journal.append_blocking("").unwrap(), Seq(2));
    drop(journal);
    let (journal, recovery) = Journal::open(dir.path(), &JournalOptions::default()).unwrap();
    assert_eq!((recovery.records, recovery.cut), (2, None));
    assert_eq!(journal.append_blocking("three").unwrap(), Seq(3));
    let payloads: Vec<_> = records(&journal)
        .into_iter()
        .map(|record| record.payload)
        .collect();
    assert_eq!(payloads, ["one", "", "three"].map(Bytes::from));
}

#[test]
fn reading_starts_at_any_sequence_and_ends_at_the_last_durable_record() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    // Long enough for several marks.
    let payload = Bytes::from(vec![7; 100 * 1024]);
    pollster::block_on(journal.append_batch(vec![payload.clone(); 20])).unwrap();
    for from in 0..=22 {
        let found: Vec<_> = journal
            .read_from(Seq(from))
            .map(|record| record.unwrap().seq.0)
            .collect();
        assert_eq!(found, (from.max(1)..=20).collect::<Vec<_>>());
    }
    let mut reader = journal.read_from(Seq(20));
    journal.append_blocking("later").unwrap();
    assert_eq!(reader.next().unwrap().unwrap().seq, Seq(20));
    assert!(reader.next().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_get_unique_sequences_and_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(open(dir.path()));
    let writers = (0..64).map(|writer| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            let mut acks = Vec::new();
            for n in 0..20 {
                let text = format!("{writer}-{n}");
                acks.push((
                    journal.append(text.clone()).await.unwrap(),
                    Bytes::from(text),
                ));
            }
            acks
        })
    });
    let mut acks = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        let mine = writer.await.unwrap();
        assert!(mine.is_sorted(), "a writer's own appends keep their order");
        acks.extend(mine);
    }
    acks.sort();
    let found: Vec<_> = records(&journal)
        .into_iter()
        .map(|record| (record.seq, record.payload))
        .collect();
    assert_eq!(
        acks, found,
        "every acknowledged record is there, once, under its sequence"
    );
    let health = journal.health();
    assert_eq!(health.appended, 64 * 20);
    assert!(
        health.syncs * 3 < health.appended,
        "{} syncs for {} appends",
        health.syncs,
        health.appended
    );
}

#[test]
fn appends_work_inside_a_runtime_that_blocks() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    runtime.block_on(async { assert_eq!(journal.append_blocking("x").unwrap(), Seq(1)) });
}

#[test]
fn a_batch_stays_together() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    journal.append_blocking("0").unwrap();
    let range =
        pollster::block_on(journal.append_batch(vec!["1".into(), "2".into(), "3".into()])).unwrap();
    assert_eq!(range, Seq(2)..=Seq(4));
    assert_eq!(journal.last(), Seq(4));
    assert_eq!(*journal.durable().borrow(), Seq(4));
}

#[test]
fn what_is_over_a_limit_is_refused_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let too_long = Bytes::from(vec![0; limits::MAX_PAYLOAD + 1]);
    let error = journal.append_blocking(too_long).unwrap_err();
    assert_eq!(error.code(), "AL-3010");
    assert!(matches!(
        pollster::block_on(journal.append_batch(vec![])),
        Err(JournalError::EmptyBatch)
    ));
    assert_eq!(journal.health().bytes, 32);
    let longest = Bytes::from(vec![1; limits::MAX_PAYLOAD]);
    journal.append_blocking(longest.clone()).unwrap();
    drop(journal);
    assert_eq!(records(&open(dir.path()))[0].payload, longest);
}

#[test]
fn only_one_opens_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), &StoreOptions::new(1)).unwrap();
    let refused = Store::open(dir.path(), &StoreOptions::new(1))
        .err()
        .unwrap();
    assert_eq!(refused.code(), "AL-3001");
    assert!(
        refused
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{refused}"
    );
    drop(store);
    Store::open(dir.path(), &StoreOptions::new(1)).unwrap();
}

#[test]
fn everything_in_a_store_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("store");
    let (store, _) = Store::open(&root, &StoreOptions::new(1)).unwrap();
    store.journal.append_blocking("x").unwrap();
    store.blobs.put(b"x").unwrap();
    let mode = |path: &str| root.join(path).metadata().unwrap().permissions().mode() & 0o777;
    for path in [".", "journal", "index", "blobs", "blobs/2d"] {
        assert_eq!(mode(path), 0o700, "{path}");
    }
    for entry in std::fs::read_dir(root.join("index")).unwrap() {
        let metadata = entry.unwrap().metadata().unwrap();
        assert!(
            metadata.is_file() || metadata.permissions().mode() & 0o777 == 0o700,
            "sled's own directory"
        );
    }
    for path in [
        "LOCK",
        "journal/journal",
        "journal/HEADER",
        "journal/LOCK",
        "index/state.json",
    ] {
        assert_eq!(mode(path), 0o600, "{path}");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct App {
    name: String,
}

const APPS: Tree<App> = Tree::new("apps");
const SIZES: Tree<u64> = Tree::new("app");

fn app(name: &str) -> App {
    App {
        name: name.to_owned(),
    }
}

#[test]
fn the_index_keeps_what_a_batch_put_and_how_far_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(3);
    let (store, report) = Store::open(dir.path(), &options).unwrap();
    assert_eq!(report.index, IndexState::Fresh);
    let seq = store.journal.append_blocking("x").unwrap();
    let mut batch = Batch::new();
    batch.put(&APPS, "a.1", &app("one")).unwrap();
    batch.put(&APPS, "a.2", &app("two")).unwrap();
    batch.put(&APPS, "b", &app("three")).unwrap();
    batch.put(&SIZES, "sa.1", &5).unwrap();
    batch.remove(&APPS, "b");
    store.index.apply(batch, seq).unwrap();
    assert_eq!(store.health().index_behind, 0);
    drop(store);

    let (store, report) = Store::open(dir.path(), &options).unwrap();
    assert_eq!(report.index, IndexState::UpTo(Seq(1)));
    assert_eq!(store.index.get(&APPS, "a.2").unwrap(), Some(app("two")));
    assert_eq!(store.index.get(&APPS, "b").unwrap(), None);
    let found: Vec<_> = store.index.scan(&APPS, "a.").map(Result::unwrap).collect();
    assert_eq!(
        found,
        [(b"a.1".to_vec(), app("one")), (b"a.2".to_vec(), app("two"))]
    );
    assert_eq!(
        store.index.scan(&SIZES, "").count(),
        1,
        "no tree is inside another"
    );
    assert!(matches!(
        store.index.apply(Batch::new(), Seq(0)),
        Err(IndexError::Backwards { .. })
    ));
    drop(store);

    let (_, report) = Store::open(dir.path(), &StoreOptions::new(4)).unwrap();
    let reason = DiscardReason::OtherFormat {
        found: 3,
        wanted: 4,
    };
    assert_eq!(report.index, IndexState::Discarded(reason));
}

#[test]
fn a_value_that_sled_would_move_to_a_file_is_refused() {
    let mut batch = Batch::new();
    let text = "x".repeat(limits::MAX_INDEX_VALUE - 2);
    let tree: Tree<String> = Tree::new("t");
    assert_eq!(batch.put(&tree, "k", &text).unwrap_err().code(), "AL-3022");
    batch.put(&tree, "k", &text[1..].to_owned()).unwrap();
    assert_eq!(
        batch
            .put(&tree, vec![0; limits::MAX_INDEX_KEY + 1], &String::new())
            .unwrap_err()
            .code(),
        "AL-3022"
    );
}

#[test]
fn blobs_are_found_by_their_content() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = allot_store::Blobs::open(dir.path()).unwrap();
    let id = blobs.put(b"content").unwrap();
    assert_eq!(blobs.put(b"content").unwrap(), id);
    assert_eq!(
        id.to_string(),
        "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    );
    assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
    assert_eq!(blobs.get(id).unwrap(), "content");
    assert_eq!(blobs.iter().map(Result::unwrap).collect::<Vec<_>>(), [id]);
    assert!(blobs.remove(id).unwrap());
    assert!(!blobs.remove(id).unwrap());
    assert!(matches!(blobs.get(id), Err(BlobError::Missing { .. })));
    assert_eq!("XY".parse::<BlobId>().unwrap_err().code(), "AL-3034");
}

#[test]
fn many_blobs_are_kept_at_once_and_what_is_damaged_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = allot_store::Blobs::open(dir.path()).unwrap();
    let here = blobs.put(b"2").unwrap();
    let damaged = blobs.put(b"3").unwrap();
    let name = damaged.to_string();
    std::fs::write(dir.path().join(&name[..2]).join(&name), b"x").unwrap();
    let contents = ["1", "2", "3", "1", ""];
    let ids = blobs.put_all(&contents).unwrap();
    assert_eq!((ids[1], ids[2], ids[3]), (here, damaged, ids[0]));
    for (id, content) in ids.iter().zip(contents) {
        assert_eq!(blobs.get(*id).unwrap(), content);
    }
    assert_eq!(blobs.iter().count(), 4);
    // Folders named by two digits, and nothing that was on its way.
    let left = std::fs::read_dir(dir.path()).unwrap();
    assert!(
        left.map(Result::unwrap)
            .all(|entry| entry.file_name().len() == 2)
    );
    assert_eq!(blobs.put_all::<&str>(&[]).unwrap(), []);
    let large = vec![0; usize::try_from(allot_store::limits::MAX_BLOB).unwrap() + 1];
    let refused = blobs.put_all(&[b"4".to_vec(), large]).unwrap_err();
    assert!(matches!(refused, BlobError::TooLarge { .. }));
    assert_eq!(blobs.iter().count(), 4, "nothing of it is there");
}

#[test]
fn many_threads_keep_blobs_at_once_and_lose_none() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = allot_store::Blobs::open(dir.path()).unwrap();
    let keep = |thread: usize| {
        let contents: Vec<_> = (0..20).map(|n| format!("{}", thread * 10 + n)).collect();
        let ids = blobs.put_all(&contents).unwrap();
        for (id, content) in ids.iter().zip(&contents) {
            assert_eq!(&blobs.get(*id).unwrap(), content);
        }
    };
    std::thread::scope(|scope| {
        let keep = &keep;
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || keep(n))).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(blobs.iter().count(), 90);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_payloads_round_trip_over_any_reopening(
        rounds in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20), 1..5)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for round in rounds {
            let journal = open(dir.path());
            expected.extend(round.iter().cloned().map(Bytes::from));
            pollster::block_on(journal.append_batch(round.into_iter().map(Bytes::from).collect())).unwrap();
            let found: Vec<_> = records(&journal).into_iter().map(|record| record.payload).collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}
