//! A disk that is full: the append says so, nothing half-written stays, and when there is room it goes on.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

mod common;

use std::path::Path;
use std::process::{Command, ExitStatus};

use allot_store::{
    Batch, IndexError, IndexState, Journal, JournalError, Seq, Store, StoreOptions, Tree,
};
use common::{child, file, open, payloads};

fn filled(byte: u8, len: usize) -> Vec<u8> {
    vec![byte; len]
}

/// Appends until it is refused, and checks that the refusal is typed and leaves nothing behind.
fn fill(journal: &Journal, dir: &Path) -> u64 {
    let error = loop {
        if let Err(error) = journal.append_blocking(filled(1, 60_000)) {
            break error;
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert_eq!(error.code(), "AL-3008");
    let health = journal.health();
    assert_eq!(
        file(dir).metadata().unwrap().len(),
        health.bytes,
        "the partial write is taken back"
    );
    assert!(!health.failed);
    assert_eq!(health.refused_for_space, 1);
    health.records
}

/// Runs on a file system of one MiB that it makes full and empty again.
#[test]
#[ignore = "the child of a_full_disk_is_told_and_appends_work_again_when_there_is_room"]
fn fill_the_disk() {
    let Some(dir) = child::dir() else { return };
    let dir = dir.join("journal");
    std::fs::create_dir(&dir).unwrap();
    let filler = dir.join("filler");
    std::fs::write(&filler, filled(0, 200_000)).unwrap();
    let (journal, _) = open(&dir).unwrap();
    let records = fill(&journal, &dir);
    std::fs::remove_file(filler).unwrap();
    assert_eq!(
        journal.append_blocking(filled(2, 60_000)).unwrap(),
        Seq(records + 1)
    );
    drop(journal);
    let (journal, recovery) = open(&dir).unwrap();
    assert_eq!((recovery.records, recovery.cut), (records + 1, None));
    assert_eq!(payloads(&journal).last().unwrap(), &filled(2, 60_000));
}

/// Runs on a file system without any room: opening a new store there is refused.
#[test]
#[ignore = "the child of a_store_on_a_full_disk_does_not_begin"]
fn begin_on_a_full_disk() {
    let Some(dir) = child::dir() else { return };
    let _ = std::fs::write(dir.join("filler"), filled(0, 2 << 20));
    let error = Store::open(&dir.join("store"), &StoreOptions::new(1))
        .err()
        .unwrap();
    assert!(error.to_string().contains("No space left"), "{error}");
    std::fs::remove_file(dir.join("filler")).unwrap();
    Store::open(&dir.join("store"), &StoreOptions::new(1)).unwrap();
}

/// Runs on a small file system that is full: the index breaks, nothing hangs, and when there is room the next
/// opening has an index that works.
#[test]
#[ignore = "the child of an_index_on_a_full_disk_breaks_by_itself_and_is_made_anew"]
fn fill_the_disk_by_the_index() {
    let Some(dir) = child::dir() else { return };
    let (filler, store_dir) = (dir.join("filler"), dir.join("store"));
    let (store, _) = Store::open(&store_dir, &StoreOptions::new(1)).unwrap();
    let seq = store.journal.append_blocking("the truth").unwrap();
    std::fs::write(&filler, filled(0, 600_000)).unwrap();
    let error = (0..).find_map(|n| put_text(&store, n).err()).unwrap();
    assert_eq!(error.code(), "AL-3021", "{error}");
    drop(store);
    std::fs::remove_file(filler).unwrap();
    let (store, report) = Store::open(&store_dir, &StoreOptions::new(1)).unwrap();
    assert_eq!(store.journal.last(), seq);
    assert_ne!(report.index, IndexState::Fresh);
    put_text(&store, 1).unwrap();
}

fn put_text(store: &Store, n: u32) -> Result<(), IndexError> {
    const TEXTS: Tree<String> = Tree::new("texts");
    let mut batch = Batch::new();
    batch.put(&TEXTS, n.to_be_bytes(), &"x".repeat(5000))?;
    store.index.apply(batch, Seq(1))
}

/// Runs with a limit on the size of files.
#[test]
#[ignore = "the child of a_file_size_limit_is_told_like_a_full_disk"]
fn reach_the_file_size_limit() {
    let Some(dir) = child::dir() else { return };
    let (journal, _) = open(&dir).unwrap();
    let records = fill(&journal, &dir);
    assert_eq!(
        journal.append_blocking("a short one has room").unwrap(),
        Seq(records + 1)
    );
}

fn succeeded(mut command: Command) -> (ExitStatus, String) {
    let output = command
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    (output.status, text)
}

/// Runs a child on a file system of its own, of one MiB, in a mount namespace that ends with it.
fn on_a_small_disk(name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let inner = child::command(
        "mount -t tmpfs -o size=1m allot-test \"$ALLOT_STORE_TEST_DIR\" || exit 99;",
        name,
        dir.path(),
    );
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--user", "--map-root-user"])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.env(child::DIR, dir.path());
    let (status, text) = succeeded(command);
    let mounted = status.code() != Some(99) && !text.contains("unshare failed");
    if !mounted && std::env::var_os("ALLOT_WITHOUT_MOUNT").is_some() {
        println!(
            "NOT TESTED: no small file system can be mounted here, and ALLOT_WITHOUT_MOUNT says to go on"
        );
        return;
    }
    assert!(
        mounted,
        "no small file system can be mounted here; set ALLOT_WITHOUT_MOUNT=1 to go without this test: {text}"
    );
    assert!(status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_full_disk_is_told_and_appends_work_again_when_there_is_room() {
    on_a_small_disk("fill_the_disk");
}

#[test]
fn a_store_on_a_full_disk_does_not_begin() {
    on_a_small_disk("begin_on_a_full_disk");
}

#[test]
fn an_index_on_a_full_disk_breaks_by_itself_and_is_made_anew() {
    on_a_small_disk("fill_the_disk_by_the_index");
}

#[test]
fn a_file_size_limit_is_told_like_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    // 512 KiB in the units of a POSIX shell; the signal that comes with it is ignored, as daemons do.
    let (status, text) = succeeded(child::command(
        "trap '' XFSZ; ulimit -f 1024;",
        "reach_the_file_size_limit",
        dir.path(),
    ));
    assert!(status.success() && text.contains("1 passed"), "{text}");
    let (journal, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.cut, None);
    assert_eq!(payloads(&journal).last().unwrap(), b"a short one has room");
    journal.append_blocking(filled(3, 60_000)).unwrap();
}
