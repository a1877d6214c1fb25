//! `allot recipe test`: what is shown, what is written, and how it ends.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::{fs, path::Path};

use allot_proto::agent::{
    CleanTestsResponse, ImageName, ListMissingImagesResponse, TestEnded, TestEvent, TestPhase,
    TestStarted, TestedRelease, test_event::Event,
};
use insta::assert_snapshot;
use support::{MockAgent, Script, allot, documents, mock::End, stderr, stdout};

fn release(version: &str, digit: &str) -> Option<TestedRelease> {
    Some(TestedRelease {
        version: version.to_owned(),
        commit: digit.repeat(40),
        tree: digit.repeat(40),
    })
}

fn phase(name: &str, verdict: &str, text: &str, log: &[&str]) -> [TestEvent; 2] {
    let ended = TestPhase {
        name: name.to_owned(),
        verdict: verdict.to_owned(),
        elapsed_ms: 2_100,
        text: text.to_owned(),
        log: log.iter().map(|line| (*line).to_owned()).collect(),
    };
    [
        event(Event::Phase(name.to_owned())),
        event(Event::Ended(ended)),
    ]
}

fn event(event: Event) -> TestEvent {
    TestEvent { event: Some(event) }
}

/// A test that comes to `verdict`.
fn script(verdict: &str) -> Script {
    let started = TestStarted {
        run: "0a1b2c3d".to_owned(),
        stack: "allot-test-guestbook-0a1b2c3d".to_owned(),
        recipe: "guestbook".to_owned(),
        candidate: release("1.2.0+1.1.0", "b"),
        previous: release("1.1.0+1.1.0", "a"),
    };
    let mut test = vec![event(Event::Started(started))];
    test.extend(phase(
        "deploy",
        "passed",
        "all 2 services run and held",
        &["not shown"],
    ));
    test.insert(2, event(Event::Line("app: starting (0/1)".to_owned())));
    test.extend(phase("probe", "skipped", "the recipe names no probe", &[]));
    if verdict == "failed" {
        let log = ["grep: no such entry", "\u{1b}[2Jgone"];
        test.extend(phase(
            "find the data",
            "failed",
            "the data was not found",
            &log,
        ));
    }
    test.push(event(Event::Report(TestEnded {
        verdict: verdict.to_owned(),
        sha256: "ab".repeat(32),
        report: format!(r#"{{"format":1,"verdict":"{verdict}"}}"#).into_bytes(),
    })));
    Script {
        test,
        ..Script::default()
    }
}

#[test]
fn a_test_that_fails_shows_why_and_exits_with_1() {
    let agent = MockAgent::start(script("failed"));
    let run = allot(&agent.socket())
        .args([
            "recipe",
            "test",
            "guestbook",
            "1.2.0+1.1.0",
            "--from",
            "1.1.0+1.1.0",
        ])
        .args(["--set", "A=b"])
        .assert()
        .code(1);
    assert_snapshot!("failed_stdout", stdout(&run));
    assert_snapshot!("failed_stderr", stderr(&run));
    assert!(agent.was_asked("TestRecipeRequest"));
}

#[test]
fn a_test_that_passes_exits_with_0_and_one_that_was_stopped_with_130() {
    for (verdict, code) in [("passed", 0), ("interrupted", 130)] {
        let agent = MockAgent::start(script(verdict));
        allot(&agent.socket())
            .args(["recipe", "test", "guestbook"])
            .assert()
            .code(code);
    }
}

#[test]
fn json_is_the_report_as_it_is_kept_and_nothing_else() {
    let agent = MockAgent::start(script("failed"));
    let run = allot(&agent.socket())
        .args(["recipe", "test", "guestbook", "-m"])
        .assert()
        .code(1);
    let documents = documents(&run);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["sha256"], "ab".repeat(32));
    assert_eq!(documents[0]["report"]["format"], 1);
    assert_eq!(stderr(&run), "");
}

#[test]
fn a_report_is_signed_when_asked_for_and_a_refusal_is_no_verdict() {
    let signed = Script {
        recorded: support::federation::recorded("test_report"),
        ..script("failed")
    };
    let agent = MockAgent::start(signed);
    allot(&agent.socket())
        .args(["recipe", "test", "guestbook", "--sign"])
        .assert()
        .code(1);
    assert!(agent.was_asked("SignTestReportRequest"));
    let refused = allot_proto::status(
        allot_proto::ErrorKind::Denied,
        "AL-6041",
        &std::fmt::Error,
        None,
    );
    let agent = MockAgent::start(Script {
        sign_error: Some(refused),
        ..script("passed")
    });
    allot(&agent.socket())
        .args(["recipe", "test", "guestbook", "--sign"])
        .assert()
        .code(5);
}

#[test]
fn junit_xml_has_a_case_for_each_phase() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("junit.xml");
    let agent = MockAgent::start(script("failed"));
    allot(&agent.socket())
        .args(["recipe", "test", "guestbook", "--junit"])
        .arg(&file)
        .assert()
        .code(1);
    let xml = fs::read_to_string(&file).unwrap();
    assert!(
        xml.contains(r#"tests="3" skipped="1" errors="0" failures="1""#),
        "{xml}"
    );
    let nowhere = dir.path().join("none/junit.xml");
    let agent = MockAgent::start(script("failed"));
    let run = allot(&agent.socket())
        .args(["recipe", "test", "guestbook", "--junit"])
        .arg(&nowhere)
        .assert()
        .code(1);
    assert!(stderr(&run).contains("AL-7009"));
    assert!(
        !agent.was_asked("TestRecipeRequest"),
        "told before it begins"
    );
}

#[test]
fn an_agent_that_is_lost_in_the_middle_is_no_verdict() {
    let mut lost = script("passed");
    lost.test.pop();
    lost.end = End::Closed;
    let agent = MockAgent::start(lost);
    let run = allot(&agent.socket())
        .args(["recipe", "test", "guestbook"])
        .assert()
        .code(1);
    assert!(stderr(&run).contains("AL-6004"), "{}", stderr(&run));
    assert_eq!(stdout(&run), "");
}

#[test]
fn cleaning_names_what_it_removed() {
    let name = "allot-test-guestbook-0a1b2c3d";
    let agent = MockAgent::start(Script {
        cleaned: CleanTestsResponse {
            removed: vec![name.to_owned()],
        },
        ..Script::default()
    });
    let run = allot(&agent.socket())
        .args(["recipe", "test", "--clean"])
        .assert()
        .success();
    assert_eq!(stdout(&run), format!("{name}\n"));
    let nothing = MockAgent::start(Script::default());
    let run = allot(&nothing.socket())
        .args(["recipe", "test", "--clean", "--everything"])
        .assert()
        .success();
    assert_eq!(stderr(&run), "no test left anything\n");
}

fn archive(dir: &Path) {
    let list = r#"[{"Config":"x.json","RepoTags":["a/b:1"]}]"#;
    let mut tar = tar::Builder::new(fs::File::create(dir.join("b.tar")).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(list.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "manifest.json", list.as_bytes())
        .unwrap();
    tar.finish().unwrap();
}

#[test]
fn archives_are_sent_only_where_their_images_are_missing() {
    let dir = tempfile::tempdir().unwrap();
    archive(dir.path());
    let missing = ListMissingImagesResponse {
        missing: vec![ImageName {
            reference: "a/b:1".to_owned(),
            id: String::new(),
        }],
    };
    for (missing, sent) in [
        (missing, true),
        (ListMissingImagesResponse::default(), false),
    ] {
        let agent = MockAgent::start(Script {
            missing,
            ..script("passed")
        });
        allot(&agent.socket())
            .args(["recipe", "test", "guestbook", "--images"])
            .arg(dir.path())
            .assert()
            .success();
        assert_eq!(agent.was_asked("LoadImagesResponse"), sent);
    }
}
