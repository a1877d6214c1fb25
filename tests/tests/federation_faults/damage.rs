//! Damaged files, and what brings them back.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    time::Duration,
};

use allot_tests::{Federation, await_that};

const PATIENCE: Duration = Duration::from_secs(60);

fn flip(path: &Path, at: u64) {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 0xff]).unwrap();
}

fn decide_something(federation: &Federation, count: usize) {
    for n in 0..count {
        let title = format!("Thing {n}");
        federation.founders[0].propose(&["--title", &title, "--size", "small"]);
    }
}

#[test]
fn a_torn_tail_is_cut_off_and_said() {
    let mut federation = Federation::of(&["autonomic", "sutty"]);
    decide_something(&federation, 3);
    let size = federation.founders[0].size();
    federation.hub.kill();
    let journal = federation.hub.dir().join("ledger/journal/journal");
    let mut file = OpenOptions::new().append(true).open(&journal).unwrap();
    file.write_all(b"half a record, as a crash leaves it")
        .unwrap();
    drop(file);
    federation.serve_again();
    let notes = federation.hub.status()["notes"].to_string();
    assert!(notes.contains("cut"), "{notes}");
    decide_something(&federation, 1);
    federation.founders[1].await_size(size + 1);
}

#[test]
fn a_damaged_journal_is_mended_from_a_members_copy_by_one_command() {
    let mut federation = Federation::of(&["autonomic", "sutty"]);
    decide_something(&federation, 20);
    let sutty = federation.founder("sutty");
    sutty.await_size(federation.founder("autonomic").size());
    let export = federation.dir().join("export");
    let export = export.to_str().unwrap();
    sutty.allot(&["ledger", "export", export]).done();
    federation.hub.stop();
    let journal = federation.hub.dir().join("ledger/journal/journal");
    let length = File::open(&journal).unwrap().metadata().unwrap().len();
    flip(&journal, length / 2);
    let mut child = federation.hub.spawn();
    let status = await_that("the hub ends by itself", PATIENCE, || {
        child.try_wait().unwrap()
    });
    assert!(!status.success());
    assert!(
        federation.hub.log().contains("AL-3005"),
        "{}",
        federation.hub.log()
    );
    assert!(
        federation.hub.log().contains("store repair --from"),
        "it says what brings everything back"
    );
    let said = federation
        .hub
        .ok(&["store", "repair", "--from", export, "--yes"]);
    assert!(said.contains("journal"), "{said}");
    federation.serve_again();
    let size = federation.founder("autonomic").size();
    decide_something(&federation, 1);
    federation.founder("sutty").await_size(size + 1);
    let verified = federation
        .founder("sutty")
        .allot(&["ledger", "verify"])
        .done();
    assert_eq!(verified.last("done"), true);
}

#[test]
fn a_hub_that_lost_entries_is_refused_by_whoever_saw_them() {
    let mut federation = Federation::of(&["autonomic", "sutty"]);
    decide_something(&federation, 1);
    federation
        .founder("sutty")
        .await_size(federation.founder("autonomic").size());
    federation.hub.stop();
    let journal = federation.hub.dir().join("ledger/journal/journal");
    let short = fs::read(&journal).unwrap();
    federation.serve_again();
    decide_something(&federation, 3);
    let size = federation.founder("autonomic").size();
    await_that("everybody has witnessed it", PATIENCE, || {
        let ledger = federation.founder("sutty").ledger();
        (ledger["witnessed_size"].as_u64() == Some(size)).then_some(())
    });
    federation.hub.kill();
    fs::write(&journal, short).unwrap();
    // The hub itself knows better than to serve less than was witnessed.
    let mut child = federation.hub.spawn();
    let status = await_that("the hub ends by itself", PATIENCE, || {
        child.try_wait().unwrap()
    });
    assert!(!status.success());
    assert!(
        federation.hub.log().contains("AL-8705"),
        "{}",
        federation.hub.log()
    );
    // Whoever restores all of an old backup makes it forget that, too.
    for memory in ["clock", "checkpoint"] {
        let _ = fs::remove_file(federation.hub.dir().join(memory));
    }
    federation.hub.serve();
    await_that("the rollback is told", PATIENCE, || {
        let ledger = federation.founder("sutty").ledger();
        (ledger["problem_code"] == "AL-8104").then_some(())
    });
    assert_eq!(
        federation.founder("sutty").size(),
        size,
        "nothing is forgotten"
    );
}

#[test]
fn a_damaged_index_is_made_anew() {
    let mut federation = Federation::of(&["autonomic", "sutty"]);
    let unused = federation.hub.invite("sutty");
    federation.hub.stop();
    let index = federation.hub.dir().join("private/index");
    let mut damaged = 0;
    let mut folders = vec![index];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                fs::write(entry.path(), b"not what it was").unwrap();
                damaged += 1;
            }
        }
    }
    assert!(damaged > 0, "there is an index to damage");
    federation.serve_again();
    federation.founder("sutty").join(&unused);
}
