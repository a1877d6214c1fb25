//! `allot-agent init --collective` and `allot-agent key`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use allot_ledger::PublicKey;
use allot_replica::{JOURNAL_DIR, Replica};
use tempfile::TempDir;

use crate::hub::TestHub;

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allot-agent"));
    command.arg("--dir").arg(dir).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn init(dir: &Path, more: &[&str]) -> Output {
    let socket = dir.join("agent.sock").display().to_string();
    let init = [
        "init", "--server", "a", "--engine", "sim", "--socket", &socket,
    ];
    run(dir, &[&init, more].concat())
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("federation/collective.key")
}

#[test]
fn init_makes_the_collectives_key_and_prints_its_public_part_last() {
    let dir = TempDir::new().unwrap();
    let printed = stdout(&init(dir.path(), &["--collective", "merri-bek"]));
    let line = printed.lines().last().unwrap();
    let (name, _) = PublicKey::from_verifier_key(line).unwrap();
    assert_eq!(name, "merri-bek");
    assert_eq!(stdout(&run(dir.path(), &["key", "show"])).trim(), line);
    let secret = std::fs::read_to_string(file(&dir)).unwrap();
    let secret = secret.lines().last().unwrap();
    assert!(!printed.contains(secret));
    let again = run(dir.path(), &["key", "create", "--collective", "merri-bek"]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("AL-8822") && !said.contains(secret), "{said}");
    let replacement = [
        "key",
        "create",
        "--collective",
        "merri-bek",
        "--replacement",
    ];
    let made = run(dir.path(), &replacement);
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(told.contains("replace-key"), "{told}");
    let made = stdout(&made);
    assert!(made.starts_with("merri-bek+") && made.trim() != line);
    assert_eq!(stdout(&run(dir.path(), &["key", "show"])).trim(), line);
}

#[test]
fn agents_of_one_collective_have_one_key() {
    let (one, two, three) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let key = stdout(&init(one.path(), &["--collective", "sutty"]));
    let key = key.lines().last().unwrap().to_owned();
    let from = file(&one).display().to_string();
    let second = stdout(&init(two.path(), &["--collective-key", &from]));
    assert_eq!(second.lines().last(), Some(key.as_str()));
    stdout(&init(three.path(), &[]));
    let none = run(three.path(), &["key", "show"]);
    assert!(
        String::from_utf8_lossy(&none.stderr).contains("AL-8808"),
        "{none:?}"
    );
    assert_eq!(
        stdout(&run(three.path(), &["key", "import", &from])).trim(),
        key
    );
}

#[test]
fn a_wrong_name_or_file_leaves_no_half_agent() {
    let (other, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    stdout(&init(other.path(), &["--collective", "sutty"]));
    let theirs = file(&other).display().to_string();
    let wrong = init(
        dir.path(),
        &["--collective", "autonomic", "--collective-key", &theirs],
    );
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("AL-8819"),
        "{wrong:?}"
    );
    let config = other.path().join("agent.toml").display().to_string();
    let wrong = init(dir.path(), &["--collective-key", &config]);
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("AL-8819"),
        "{wrong:?}"
    );
    let usage = init(dir.path(), &["--collective", "Not A Name"]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
    assert!(!dir.path().join("agent.toml").exists());
    stdout(&init(dir.path(), &["--collective", "autonomic"]));
}

#[tokio::test]
async fn a_check_of_the_store_looks_at_the_copy_of_the_log_too() {
    let dir = TempDir::new().unwrap();
    stdout(&init(dir.path(), &["--collective", "autonomic"]));
    let without = stdout(&run(dir.path(), &["store", "check"]));
    assert!(!without.contains("log: "), "{without}");
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 30);
    let ledger = dir.path().join("federation/ledger");
    let leaves = hub.leaves();
    let copy = Replica::create(&ledger, leaves[0].clone()).await.unwrap();
    for leaf in &leaves[1..] {
        let mut pen = copy.pen().await;
        pen.fold(leaf).unwrap();
        pen.keep().await.unwrap();
    }
    drop(copy);
    let good = stdout(&run(dir.path(), &["store", "check"]));
    assert!(good.contains("journal: 31 good entries"), "{good}");
    let journal = ledger.join(JOURNAL_DIR).join("journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let entry = b"\"payloadType\"";
    let mut starts = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(entry));
    let middle = starts.nth(10).unwrap();
    bytes[middle] ^= 0xff;
    std::fs::write(&journal, &bytes).unwrap();
    for what in ["check", "repair"] {
        let bad = run(dir.path(), &["store", what]);
        let told = String::from_utf8_lossy(&bad.stdout);
        assert_eq!(bad.status.code(), Some(1), "{told}");
        assert!(told.contains("fetches it anew"), "{told}");
    }
    let json = run(dir.path(), &["store", "check", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(0), "{json}");
    assert_eq!(json["ledger"]["records"], 10, "{json}");
    assert_eq!(
        std::fs::read(&journal).unwrap(),
        bytes,
        "nothing is changed"
    );
}
