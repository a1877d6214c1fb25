//! `allot ledger ...` and `allot agent operators`, against an agent that answers from a script.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::fs;

use allot_proto::agent::{
    CompareCheckpointResponse, ExportedFile, ListEntriesResponse, ListOperatorsResponse,
    VerifyProgress,
};
use support::{
    MockAgent, Script, allot, documents, federation as fixtures, mock::End, stderr, stdout,
};

fn script() -> Script {
    Script {
        ledger: fixtures::ledger(),
        entries: ListEntriesResponse {
            entries: vec![fixtures::entry(128)],
            size: 129,
        },
        ..Default::default()
    }
}

#[test]
fn status_is_shown_and_told_in_json() {
    let agent = MockAgent::start(script());
    let shown = allot(&agent.socket())
        .args(["ledger", "status"])
        .assert()
        .success();
    assert!(stdout(&shown).contains("by 3 of 5 members (needs 3); the newest entry"));
    let json = allot(&agent.socket())
        .args(["ledger", "status", "-m"])
        .assert()
        .success();
    insta::assert_json_snapshot!(documents(&json));
}

#[test]
fn a_checkpoint_is_printed_to_the_byte() {
    let agent = MockAgent::start(script());
    let shown = allot(&agent.socket())
        .args(["ledger", "status", "--checkpoint"])
        .assert()
        .success();
    assert_eq!(stdout(&shown), fixtures::ledger().checkpoint);
    let none = MockAgent::start(Script::default());
    let missing = allot(&none.socket())
        .args(["ledger", "status", "--checkpoint"])
        .assert()
        .code(1);
    assert_eq!(stdout(&missing), "");
    assert!(stderr(&missing).contains("error[AL-6004]"));
}

#[test]
fn entries_are_asked_for_as_they_were_named() {
    let agent = MockAgent::start(script());
    allot(&agent.socket())
        .args(["ledger", "show"])
        .assert()
        .success();
    allot(&agent.socket())
        .args(["ledger", "show", "--from", "0", "--limit", "7"])
        .args(["--author", "sutty", "--kind", "rotate-key"])
        .assert()
        .success();
    let seen = agent.seen();
    assert_eq!(
        seen[0].request,
        "ListEntriesRequest { from: None, limit: 50, author: \"\", kind: \"\" }"
    );
    assert_eq!(
        seen[1].request,
        "ListEntriesRequest { from: Some(0), limit: 7, author: \"sutty\", kind: \"rotate_key\" }"
    );
}

#[test]
fn one_entry_is_shown_whole() {
    let agent = MockAgent::start(script());
    let shown = allot(&agent.socket())
        .args(["ledger", "show", "128"])
        .assert()
        .success();
    assert!(stdout(&shown).contains("\"resolution\": 41"));
    let json = allot(&agent.socket())
        .args(["ledger", "show", "128", "-m"])
        .assert()
        .success();
    insta::assert_json_snapshot!(documents(&json));
    let none = allot(&agent.socket())
        .args(["ledger", "show", "900"])
        .assert()
        .code(1);
    assert_eq!(
        stderr(&none),
        "error[AL-7012]: the log has no entry 900\nhelp: give an index from 0 to 128\n"
    );
    allot(&agent.socket())
        .args(["ledger", "show", "128", "--kind", "vote"])
        .assert()
        .code(2);
}

fn steps(ends: bool) -> Vec<VerifyProgress> {
    let step = |verified, done| VerifyProgress {
        verified,
        size: 129,
        done,
        root: if done { "cm9vdA==" } else { "" }.into(),
        state: if done { fixtures::GENESIS } else { "" }.into(),
    };
    let mut steps = vec![step(50, false), step(100, false)];
    if ends {
        steps.push(step(129, true));
    }
    steps
}

#[test]
fn verify_ends_with_root_and_state() {
    let agent = MockAgent::start(Script {
        verified: steps(true),
        ..Default::default()
    });
    let shown = allot(&agent.socket())
        .args(["ledger", "verify"])
        .assert()
        .success();
    let expected = format!(
        "verified  129 entries\nroot      cm9vdA==\nstate     {}\n",
        fixtures::GENESIS
    );
    assert_eq!(stdout(&shown), expected);
    let json = allot(&agent.socket())
        .args(["ledger", "verify", "-m"])
        .assert()
        .success();
    let documents = documents(&json);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[2]["done"], true);
}

#[test]
fn a_verification_that_breaks_off_has_proved_nothing() {
    let agent = MockAgent::start(Script {
        verified: steps(false),
        ..Default::default()
    });
    let broken = allot(&agent.socket())
        .args(["ledger", "verify"])
        .assert()
        .code(1);
    assert_eq!(stdout(&broken), "");
    assert!(stderr(&broken).contains("holds no end of the verification"));
    let agent = MockAgent::start(Script {
        verified: steps(false),
        end: End::Error(tonic::Status::permission_denied("forged")),
        ..Default::default()
    });
    allot(&agent.socket())
        .args(["ledger", "verify"])
        .assert()
        .code(5);
}

#[test]
fn verify_shows_how_far_it_is_on_a_terminal() {
    let agent = MockAgent::start(Script {
        verified: steps(true),
        ..Default::default()
    });
    let line = format!("{} ledger verify", env!("CARGO_BIN_EXE_allot"));
    let shown = assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .assert()
        .success();
    assert!(stdout(&shown).contains("of 129"), "{}", stdout(&shown));
    assert!(stdout(&shown).contains("129 entries"));
}

fn exported(paths: &[(&str, &str)]) -> Script {
    Script {
        exported: paths
            .iter()
            .map(|(path, content)| ExportedFile {
                path: (*path).to_owned(),
                content: content.as_bytes().to_vec(),
            })
            .collect(),
        ..Default::default()
    }
}

#[test]
fn an_export_writes_every_file_whole() {
    let agent = MockAgent::start(exported(&[
        ("tile/0/000", "one "),
        ("tile/0/000", "two"),
        ("checkpoint", "signed"),
    ]));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("log");
    let done = allot(&agent.socket())
        .args(["ledger", "export"])
        .arg(&out)
        .assert()
        .success();
    assert_eq!(
        stdout(&done),
        format!("2 files, 13 bytes in {}\n", out.display())
    );
    assert_eq!(fs::read(out.join("tile/0/000")).unwrap(), b"one two");
    let json = allot(&agent.socket())
        .args(["ledger", "export", "-m"])
        .arg(&out)
        .assert()
        .success();
    let document = &documents(&json)[0];
    assert_eq!(document["files"], 2);
    assert_eq!(document["bytes"], 13);
}

#[test]
fn an_export_never_leaves_its_folder() {
    for path in ["../owned", "/tmp/owned", "tile/../../owned", "link/owned"] {
        let agent = MockAgent::start(exported(&[("checkpoint", "x"), (path, "owned")]));
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("log");
        fs::create_dir(&out).unwrap();
        std::os::unix::fs::symlink(dir.path(), out.join("link")).unwrap();
        let refused = allot(&agent.socket())
            .args(["ledger", "export"])
            .arg(&out)
            .assert()
            .code(5);
        assert!(
            stderr(&refused).starts_with("error[AL-7011]: "),
            "{}",
            stderr(&refused)
        );
        assert!(!dir.path().join("owned").exists(), "{path}");
    }
}

#[test]
fn an_export_of_nothing_is_no_success() {
    let agent = MockAgent::start(Script::default());
    let dir = tempfile::tempdir().unwrap();
    let none = allot(&agent.socket())
        .args(["ledger", "export"])
        .arg(dir.path())
        .assert()
        .code(1);
    assert!(stderr(&none).contains("holds no log"));
}

fn compared(verdict: &str) -> Script {
    Script {
        compared: CompareCheckpointResponse {
            verdict: verdict.into(),
            own_size: 129,
            other_size: 129,
            proof: "{\"origin\":\"hub\"}".into(),
            kept_in: "/var/lib/allot-agent/federation/equivocation-129.json".into(),
        },
        ..Default::default()
    }
}

#[test]
fn a_checkpoint_that_agrees_is_told() {
    let agent = MockAgent::start(compared("same"));
    let same = allot(&agent.socket())
        .args(["ledger", "compare", "-"])
        .write_stdin("hub\n129\nroot\n")
        .assert()
        .success();
    assert_eq!(
        stdout(&same),
        "same: both have seen the same log (own 129, other 129 entries)\n"
    );
    assert!(agent.was_asked("CompareCheckpointRequest { checkpoint: \"hub\\n129\\nroot\\n\" }"));
}

#[test]
fn a_fork_exits_with_5_and_prints_the_proof() {
    let agent = MockAgent::start(compared("forked"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("theirs.txt");
    fs::write(&file, "hub\n129\nother\n").unwrap();
    let forked = allot(&agent.socket())
        .args(["ledger", "compare"])
        .arg(&file)
        .assert()
        .code(5);
    assert_eq!(stdout(&forked), "{\"origin\":\"hub\"}\n");
    assert_eq!(
        stderr(&forked),
        "error[AL-8105]: the hub has signed two histories: one of 129 entries, and another of 129\n\
         help: send the proof to the other members; it is kept in \
         /var/lib/allot-agent/federation/equivocation-129.json\n"
    );
    let json = allot(&agent.socket())
        .args(["ledger", "compare", "-m"])
        .arg(&file)
        .assert()
        .code(5);
    let documents = documents(&json);
    assert_eq!(documents[0]["verdict"], "forked");
    assert_eq!(documents[1]["error"]["code"], "AL-8105");
}

#[test]
fn a_checkpoint_that_cannot_be_read_is_told_before_anything_is_asked() {
    let agent = MockAgent::start(compared("same"));
    let compare = |text: Vec<u8>| {
        let refused = allot(&agent.socket())
            .args(["ledger", "compare", "-"])
            .write_stdin(text)
            .assert()
            .code(1);
        stderr(&refused)
    };
    assert!(compare(b" \n".to_vec()).contains("cause: it is empty"));
    assert!(compare(vec![0xff, 0xfe]).contains("error[AL-7006]: cannot read standard input"));
    assert!(compare(vec![b'x'; allot_cli::limits::MAX_CHECKPOINT + 1]).contains("larger than"));
    let missing = allot(&agent.socket())
        .args(["ledger", "compare", "/nonexistent"])
        .assert()
        .code(1);
    assert!(stderr(&missing).contains("error[AL-7006]: cannot read /nonexistent"));
    assert!(agent.seen().is_empty());
}

#[test]
fn operators_are_listed() {
    let agent = MockAgent::start(Script {
        operators: ListOperatorsResponse {
            operators: fixtures::operators(),
        },
        ..Default::default()
    });
    let shown = allot(&agent.socket())
        .args(["agent", "operators"])
        .assert()
        .success();
    assert!(stdout(&shown).contains("@allot       operator, delegate"));
    let json = allot(&agent.socket())
        .args(["agent", "operators", "-m"])
        .assert()
        .success();
    insta::assert_json_snapshot!(documents(&json));
}
