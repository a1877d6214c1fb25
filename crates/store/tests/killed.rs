//! kill -9 at any moment: every record that was acknowledged is there.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Arc;

use allot_store::{Journal, JournalOptions, Seq};
use common::{child, payloads};

/// Appends from four threads, and prints each acknowledgement, until it is killed.
#[test]
#[ignore = "the child of acked_records_survive_kill"]
fn append_until_killed() {
    let Some(dir) = child::dir() else { return };
    let journal = Arc::new(Journal::open(&dir, &JournalOptions::default()).unwrap().0);
    let threads = (0..4).map(|thread| {
        let journal = Arc::clone(&journal);
        std::thread::spawn(move || {
            for n in 0.. {
                let payload = format!("{}/{thread}/{n}/{}", std::process::id(), "x".repeat(n % 97));
                let seq = journal.append_blocking(payload.clone()).unwrap();
                // One write, so that a kill cannot mix two lines; a cut last line has no newline.
                std::io::stdout()
                    .write_all(format!("\nack {seq} {payload}\n").as_bytes())
                    .unwrap();
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
}

/// Runs a child, kills it after `acks` acknowledgements, and returns all that it managed to print.
fn acknowledged(dir: &Path, acks: usize) -> BTreeMap<u64, String> {
    let mut child = child::command("", "append_until_killed", dir)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (mut found, mut line) = (BTreeMap::new(), String::new());
    let mut killed = false;
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some((seq, payload)) = parse(&line) {
            assert_eq!(found.insert(seq, payload), None, "a sequence is given once");
        }
        if found.len() >= acks && !killed {
            child.kill().unwrap();
            killed = true;
        }
        line.clear();
    }
    assert_eq!(
        child.wait().unwrap().signal(),
        Some(9),
        "the child ended before it was killed"
    );
    found
}

fn parse(line: &str) -> Option<(u64, String)> {
    let (seq, payload) = line
        .strip_suffix('\n')?
        .strip_prefix("ack ")?
        .split_once(' ')?;
    Some((seq.parse().ok()?, payload.to_owned()))
}

#[test]
fn acked_records_survive_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::new();
    let mut draw = u64::from(std::process::id());
    for _ in 0..20 {
        // Any moment will do; the process id makes it another one in each run.
        draw = draw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let acks = 1 + (draw >> 33) as usize % 300;
        for (seq, payload) in acknowledged(dir.path(), acks) {
            assert_eq!(
                all.insert(seq, payload),
                None,
                "a sequence that was acknowledged is not given again"
            );
        }
        let (journal, _) = Journal::open(dir.path(), &JournalOptions::default()).unwrap();
        let records = payloads(&journal);
        assert_eq!(journal.last(), Seq(records.len() as u64));
        for (&seq, payload) in &all {
            assert_eq!(
                &records[seq as usize - 1],
                payload.as_bytes(),
                "record {seq}"
            );
        }
    }
    assert!(all.len() > 20, "{} acknowledgements", all.len());
}
