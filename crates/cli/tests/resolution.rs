//! `allot resolution ...`, against an agent that answers from a script.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use allot_proto::{
    ErrorKind,
    agent::{
        ExportResponse, FederationStatus, GetResolutionResponse, ImportResponse,
        ListResolutionsResponse, Recorded, Resolution,
    },
    status,
};
use assert_cmd::assert::Assert;
use insta::assert_snapshot;
use support::{
    MockAgent, Script, allot, documents, federation as fixtures, stderr, stdout, steady,
};

fn script() -> Script {
    Script {
        federation: fixtures::status(),
        resolutions: ListResolutionsResponse {
            resolutions: fixtures::resolutions(),
            ..Default::default()
        },
        resolution: fixtures::one_resolution(),
        recorded: Recorded {
            warnings: vec![],
            ..fixtures::recorded("propose")
        },
        ..Default::default()
    }
}

fn run(agent: &MockAgent, args: &[&str]) -> Assert {
    allot(&agent.socket())
        .arg("resolution")
        .args(args)
        .write_stdin("")
        .assert()
}

fn last(agent: &MockAgent) -> String {
    agent.seen().last().unwrap().request.clone()
}

#[test]
fn resolutions_are_listed_as_they_were_asked_for() {
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["list", "--state", "open,passed", "--awaiting"]).success();
    assert!(stdout(&shown).contains("041     Budget 017: Website"));
    assert_eq!(
        last(&agent),
        "ListResolutionsRequest { states: [\"open\", \"passed\"], awaiting: true, after: 0, limit: 0 }"
    );
    let json = run(&agent, &["ls", "-m"]).success();
    insta::assert_json_snapshot!(documents(&json));
    run(&agent, &["list", "--state", "pending"]).code(2);
    let none = MockAgent::start(Script::default());
    let nothing = run(&none, &["list", "--awaiting"]).success();
    assert!(stderr(&nothing).contains("nothing waits for your vote"));
}

#[test]
fn thousands_of_resolutions_come_in_pages_and_are_one_list() {
    let numbered = |number| Resolution {
        number,
        ..fixtures::resolutions()[0].clone()
    };
    let paged = |page| Script {
        resolutions: ListResolutionsResponse {
            resolutions: (1..=4_000).map(numbered).collect(),
            ..Default::default()
        },
        page,
        ..script()
    };
    let agent = MockAgent::start(paged(1_500));
    let json = run(&agent, &["list", "-m"]).success();
    let list = documents(&json)[0]["resolutions"].clone();
    let numbers = list
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["number"].as_u64());
    assert!(numbers.eq((1..=4_000).map(Some)));
    assert_eq!(agent.seen().len(), 3);
    assert!(last(&agent).contains("after: 3000"));
    // An agent that always gives the same page is not asked for ever.
    let stuck = MockAgent::start(Script {
        resolutions: ListResolutionsResponse {
            resolutions: vec![numbered(7)],
            next_after: 7,
        },
        ..script()
    });
    let told = run(&stuck, &["list"]).code(1);
    assert!(stderr(&told).contains("AL-6004"), "{}", stderr(&told));
}

#[test]
fn a_resolution_is_shown_whole() {
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["show", "41"]).success();
    assert!(stdout(&shown).contains("4 for, 1 against, 1 abstained, 1 silent"));
    assert!(agent.was_asked("GetResolutionRequest { number: 41 }"));
    let json = run(&agent, &["show", "41", "-m"]).success();
    insta::assert_json_snapshot!(documents(&json));
    run(&agent, &["show", "forty"]).code(2);
}

#[test]
fn a_proposal_is_shown_to_the_letter_and_sent_as_shown() {
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("website.md");
    fs::write(&text, "## Summary\n\nA new website.\n").unwrap();
    let args = [
        "propose",
        "--title",
        "Budget 017: Website",
        "--text",
        text.to_str().unwrap(),
        "--kind",
        "open-budget",
        "--budget-number",
        "17",
        "--budget-name",
        "Website",
        "--amount",
        "EUR 3500",
        "--who",
        "sutty",
        "--when",
        "2027",
        "--purpose",
        "a new website",
        "--deadline",
        "2099-12-10",
    ];
    let asked = run(&agent, &args).code(2);
    assert!(stderr(&asked).contains("error[AL-7001]: a proposal needs a confirmation"));
    assert!(!agent.was_asked("ProposeRequest"));
    let done = run(&agent, &[&args[..], &["--yes"]].concat()).success();
    assert_snapshot!(format!("{}{}", steady(&stderr(&done)), stdout(&done)));
    assert_snapshot!("request_of_a_proposal", last(&agent));
    let json = run(&agent, &[&args[..], &["--yes", "-m"]].concat()).success();
    assert_eq!(stderr(&json), "");
    insta::assert_json_snapshot!("json_of_a_proposal", documents(&json));
}

#[test]
fn a_text_needs_its_size_and_a_medium_one_says_how_it_passes() {
    let agent = MockAgent::start(script());
    let text = [
        "propose",
        "--title",
        "A second forge",
        "--text",
        "-",
        "--yes",
    ];
    let missing = run(&agent, &text).code(2);
    assert!(stderr(&missing).contains("error[AL-7002]: --size is missing"));
    let medium = [&text[..], &["--size", "medium", "--deadline", "2099-12-10"]].concat();
    let done = allot(&agent.socket())
        .arg("resolution")
        .args(medium)
        .write_stdin("Adopt it.\n")
        .assert()
        .success();
    assert_snapshot!(steady(&stderr(&done)));
    assert!(last(&agent).contains("kind_json: \"{\\\"name\\\":\\\"text\\\"}\""));
}

#[test]
fn a_small_decision_has_no_deadline_to_show() {
    let agent = MockAgent::start(script());
    let small = [
        "propose", "--title", "A note", "--size", "small", "--text", "-", "-y",
    ];
    let done = run(&agent, &small).success();
    assert_snapshot!(stderr(&done));
}

#[test]
fn a_size_that_is_too_small_for_its_kind_is_told() {
    let agent = MockAgent::start(script());
    let small = [
        "propose",
        "--title",
        "x",
        "--size",
        "medium",
        "--text",
        "-",
        "-y",
        "--kind",
        "exclude",
        "--collective",
        "sutty",
    ];
    let done = run(&agent, &small).success();
    assert!(
        stderr(&done).contains("warning: a decision of this kind is at least large"),
        "{}",
        stderr(&done)
    );
}

#[test]
fn a_proposal_that_lacks_something_sends_nothing() {
    let agent = MockAgent::start(script());
    for (args, code, said) in [
        (vec!["propose", "--size", "small"], 2, "--title is missing"),
        (
            vec!["propose", "--title", "x", "--size", "small"],
            2,
            "--text FILE is missing",
        ),
        (
            vec!["propose", "--title", "x", "--kind", "exclude"],
            2,
            "--collective is missing",
        ),
        (
            vec![
                "propose",
                "--title",
                "x",
                "--text",
                "/nonexistent",
                "--size",
                "small",
            ],
            1,
            "cannot read /nonexistent",
        ),
        (
            vec!["propose", "--kind-json", "{}", "--title", "x"],
            2,
            "error[AL-7000]",
        ),
        (
            vec!["propose", "--title", "x", "--rule", "days_open=1"],
            2,
            "--rule says nothing about a resolution of the kind text",
        ),
        (
            vec!["propose", "41", "--title", "x"],
            2,
            "cannot be used with",
        ),
        (
            vec!["propose", "41", "--kind", "text"],
            2,
            "cannot be used with",
        ),
        (
            vec!["propose", "--deadline", "2099-12-10", "--days", "3"],
            2,
            "cannot be used with",
        ),
    ] {
        let refused = run(&agent, &args).code(code);
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
    assert!(!agent.was_asked("ProposeRequest"));
}

#[test]
fn a_draft_is_proposed_word_for_word_as_it_was_shown() {
    let agent = MockAgent::start(Script {
        resolution: fixtures::draft(),
        ..script()
    });
    let done = run(
        &agent,
        &["propose", "41", "--deadline", "2099-12-10", "--yes"],
    )
    .success();
    assert!(stderr(&done).contains("Propose draft 041: a large resolution"));
    assert!(stderr(&done).contains("| as it was drafted"));
    let request = last(&agent);
    assert!(request.starts_with("ProposeRequest { draft: 41, proposal: Some("));
    assert!(
        request.contains("text: \"as it was drafted\\n\""),
        "{request}"
    );
    assert!(request.contains("\\\"minor\\\":350000"), "{request}");
}

#[test]
fn a_draft_whose_text_is_not_here_is_not_signed() {
    let agent = MockAgent::start(Script {
        resolution: GetResolutionResponse {
            text: String::new(),
            text_note: "it is being fetched".into(),
            ..fixtures::draft()
        },
        ..script()
    });
    let refused = run(&agent, &["propose", "41", "--yes"]).code(1);
    assert!(stderr(&refused).contains("cannot read the text of resolution 041"));
    let unknown = MockAgent::start(Script {
        resolution: GetResolutionResponse {
            kind_json: r#"{"name":"abolish"}"#.into(),
            ..fixtures::draft()
        },
        ..script()
    });
    let refused = run(&unknown, &["propose", "41", "--yes"]).code(1);
    assert!(stderr(&refused).contains("holds no kind that this allot knows"));
    assert!(!agent.was_asked("ProposeRequest") && !unknown.was_asked("ProposeRequest"));
}

#[test]
fn drafting_and_revising_show_what_they_write() {
    let agent = MockAgent::start(Script {
        resolution: fixtures::draft(),
        ..script()
    });
    let draft = [
        "draft",
        "--title",
        "A second forge",
        "--size",
        "medium",
        "--text",
        "-",
    ];
    run(&agent, &draft).code(2);
    let done = run(&agent, &[&draft[..], &["-y"]].concat()).success();
    assert_snapshot!(stderr(&done));
    assert!(last(&agent).starts_with("DraftRequest { proposal: Some("));
    let done = run(&agent, &["revise", "41", "--title", "Another", "-y"]).success();
    assert!(stderr(&done).contains("Change draft 041"));
    let request = last(&agent);
    assert!(
        request.starts_with("ReviseRequest { number: 41"),
        "{request}"
    );
    assert!(
        request.contains("title: \"Another\", size: \"large\""),
        "{request}"
    );
    assert!(
        request.contains("text: \"as it was drafted\\n\""),
        "what is not given stays"
    );
    let nothing = run(&agent, &["revise", "41", "-y"]).code(2);
    assert!(stderr(&nothing).contains("--text FILE is missing"));
}

#[test]
fn who_may_not_sign_is_told_before_a_text_is_written() {
    let agent = MockAgent::start(Script {
        federation: FederationStatus {
            roles: vec!["viewer".into(), "operator".into()],
            ..fixtures::status()
        },
        ..script()
    });
    for verb in ["draft", "propose"] {
        let told = run(&agent, &[verb, "--title", "x", "--size", "small"]).code(2);
        assert!(
            stderr(&told).starts_with(
                "warning: only a delegate can sign, and you are viewer, operator: the agent will refuse it"
            ),
            "{}",
            stderr(&told)
        );
    }
}

/// Runs `allot` on a terminal, typing `input`, with an editor that does `script` to its file `$1`.
fn at_a_terminal(agent: &MockAgent, dir: &Path, line: &str, script: &str, input: &str) -> Assert {
    let editor = dir.join("editor");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let line = format!("{} resolution {line}", env!("CARGO_BIN_EXE_allot"));
    assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("TMPDIR", dir)
        .env("EDITOR", &editor)
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .write_stdin(input)
        .assert()
}

fn kept(dir: &Path) -> Option<PathBuf> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "md"))
}

const NEW: &str = "propose --title Forge --days 20";

#[test]
fn at_a_terminal_the_size_is_asked_and_the_text_is_written_in_an_editor() {
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let done = at_a_terminal(
        &agent,
        dir.path(),
        NEW,
        "cp \"$1\" \"$TMPDIR/template\"; echo 'Adopt it.' >> \"$1\"",
        "huge\rmedium\ry\r",
    );
    let shown = stdout(&done.success());
    assert!(shown.contains("Sign and open it?"), "{shown}");
    let template = fs::read_to_string(dir.path().join("template")).unwrap();
    assert!(
        template.starts_with("<!-- The text of the resolution"),
        "{template}"
    );
    assert!(template.contains("## Summary"));
    let request = last(&agent);
    assert!(
        request.contains("text: \"## Summary\\n\\n## Details\\nAdopt it.\\n\""),
        "without the hint: {request}"
    );
    assert_eq!(kept(dir.path()), None, "what was sent is not kept");
}

#[test]
fn an_edited_text_is_kept_when_it_is_not_signed() {
    let append = "echo 'Adopt it.' >> \"$1\"";
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let declined = at_a_terminal(&agent, dir.path(), NEW, append, "medium\rn\r").code(1);
    let file = kept(dir.path()).unwrap();
    assert!(stdout(&declined).contains(&format!("--text {}", file.display())));
    assert!(!agent.was_asked("ProposeRequest"));
    // What was kept is taken, without the editor's hint.
    let text = file.to_str().unwrap();
    let taken = [
        "propose", "--title", "x", "--size", "small", "--text", text, "-y",
    ];
    run(&agent, &taken).success();
    assert!(
        last(&agent).contains("text: \"## Summary"),
        "{}",
        last(&agent)
    );

    let refusing = MockAgent::start(Script {
        sign_error: Some(status(
            ErrorKind::Precondition,
            "AL-8412",
            &std::io::Error::other("the deadline is in the past"),
            None,
        )),
        ..script()
    });
    let dir = tempfile::tempdir().unwrap();
    let refused = at_a_terminal(&refusing, dir.path(), NEW, append, "medium\ry\r").code(1);
    assert!(stdout(&refused).contains("error[AL-8412]"));
    assert!(kept(dir.path()).is_some());
}

#[test]
fn a_text_that_was_not_written_is_not_proposed() {
    let agent = MockAgent::start(script());
    for nothing in ["true", ": > \"$1\"", "exit 3"] {
        let dir = tempfile::tempdir().unwrap();
        at_a_terminal(&agent, dir.path(), NEW, nothing, "medium\ry\r").code(1);
        assert_eq!(kept(dir.path()), None, "there is nothing to keep");
    }
    assert!(!agent.was_asked("ProposeRequest"));
}

#[test]
fn revising_at_a_terminal_opens_the_text() {
    let agent = MockAgent::start(Script {
        resolution: fixtures::draft(),
        ..script()
    });
    let dir = tempfile::tempdir().unwrap();
    let sed = "sed -i s/drafted/improved/ \"$1\"";
    at_a_terminal(&agent, dir.path(), "revise 41", sed, "y\r").success();
    assert!(last(&agent).contains("text: \"as it was improved\\n\""));
}

#[test]
fn a_vote_says_what_it_is_on_and_what_it_replaces() {
    let agent = MockAgent::start(Script {
        recorded: fixtures::recorded("vote"),
        ..script()
    });
    run(&agent, &["vote", "41", "abstain"]).code(2);
    assert!(!agent.was_asked("VoteRequest"));
    let why = "the amount is not explained";
    let done = run(&agent, &["vote", "41", "against", "--reason", why, "-y"]).success();
    assert_snapshot!(format!("{}{}", steady(&stderr(&done)), stdout(&done)));
    assert_eq!(
        last(&agent),
        format!("VoteRequest {{ number: 41, choice: \"against\", reason: \"{why}\" }}")
    );
    let again = run(&agent, &["vote", "41", "for", "-y"]).success();
    assert!(stderr(&again).contains("has voted for before; this is said again"));
    let json = run(&agent, &["vote", "41", "for", "-y", "-m"]).success();
    insta::assert_json_snapshot!("json_of_a_vote", documents(&json));
}

#[test]
fn who_waits_for_witnesses_is_told() {
    let mut unwitnessed = script();
    unwitnessed.federation.requires_witnesses = true;
    if let Some(resolution) = &mut unwitnessed.resolution.resolution {
        resolution.witnessed = false;
    }
    let agent = MockAgent::start(unwitnessed);
    let told = run(&agent, &["vote", "41", "for", "-y"]).success();
    let told = stderr(&told);
    assert!(
        told.contains("waiting a few seconds until 7 of 12 members have witnessed it"),
        "{told}"
    );
    let agent = MockAgent::start(script());
    let told = run(&agent, &["vote", "41", "for", "-y"]).success();
    assert!(!stderr(&told).contains("waiting"));
}

#[test]
fn a_block_needs_its_reason() {
    let agent = MockAgent::start(script());
    let missing = run(&agent, &["vote", "41", "against", "-y"]).code(2);
    assert!(stderr(&missing).contains("error[AL-7002]: --reason is missing"));
    run(&agent, &["vote", "41", "maybe", "-y"]).code(2);
    assert!(!agent.was_asked("VoteRequest"));
    let dir = tempfile::tempdir().unwrap();
    at_a_terminal(
        &agent,
        dir.path(),
        "vote 41 against",
        "true",
        "too dear\ry\r",
    )
    .success();
    assert!(last(&agent).contains("reason: \"too dear\""));
}

#[test]
fn escalating_withdrawing_and_closing_show_what_follows() {
    let agent = MockAgent::start(script());
    for (verb, args) in [
        (
            "escalate",
            vec!["escalate", "41", "--reason", "it is about money"],
        ),
        (
            "withdraw",
            vec!["withdraw", "41", "--reason", "it was overtaken"],
        ),
        ("close", vec!["close", "41"]),
    ] {
        run(&agent, &args).code(2);
        let done = run(&agent, &[&args[..], &["-y"]].concat()).success();
        assert_snapshot!(
            format!("intent_to_{verb}"),
            format!("{}\n{}\n", steady(&stderr(&done)), last(&agent))
        );
    }
    run(&agent, &["escalate", "41", "-y"]).code(2);
    run(&agent, &["withdraw", "41", "-y"]).code(2);
    let signed = ["EscalateRequest", "WithdrawRequest", "CloseRequest"];
    let seen = agent.seen();
    let count = seen
        .iter()
        .filter(|s| signed.iter().any(|kind| s.request.starts_with(kind)))
        .count();
    assert_eq!(count, 3, "one each, none without a yes");
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn importing(numbers: &[u32], refused: &[&str]) -> Script {
    Script {
        imported: ImportResponse {
            recorded: vec![Recorded {
                resolution: 0,
                warnings: vec![],
                ..fixtures::recorded("import")
            }],
            numbers: numbers.to_vec(),
            warnings: vec!["passed/001.md: its deadline is no date".into()],
            refused: refused.iter().map(|r| (*r).to_owned()).collect(),
        },
        ..script()
    }
}

#[test]
fn an_import_is_checked_and_shown_before_it_is_signed() {
    let agent = MockAgent::start(importing(&[1, 36], &["passed/002.md: it has no title"]));
    let dir = folder(&[("passed/001.md", "one"), ("passed/036.md", "more")]);
    let path = dir.path().to_str().unwrap();
    let checked = run(&agent, &["import", path, "--check"]).success();
    assert_snapshot!(format!("{}{}", stderr(&checked), stdout(&checked)));
    run(&agent, &["import", path]).code(2);
    assert!(
        agent
            .seen()
            .iter()
            .all(|s| s.request.contains("check: true"))
    );
    let done = run(&agent, &["import", path, "--yes"]).success();
    assert_snapshot!(
        "an_import_that_was_signed",
        format!("{}{}", stderr(&done), stdout(&done))
    );
    assert!(last(&agent).contains("path: \"passed/001.md\", content: [111, 110, 101]"));
    assert!(last(&agent).contains("check: false"));
    let json = run(&agent, &["import", path, "--yes", "-m"]).success();
    assert_eq!(documents(&json)[0]["numbers"], serde_json::json!([1, 36]));
}

#[test]
fn an_import_of_which_nothing_is_left_exits_with_1() {
    let agent = MockAgent::start(importing(&[], &["passed/001.md: it has no title"]));
    let dir = folder(&[("passed/001.md", "")]);
    symlink("/etc/passwd", dir.path().join("passed/002.md")).unwrap();
    let path = dir.path().to_str().unwrap();
    for args in [
        vec!["import", path, "--check"],
        vec!["import", path, "--yes"],
    ] {
        let refused = run(&agent, &args).code(1);
        let said = stderr(&refused);
        assert!(
            said.contains("refused: passed/002.md: it is a symbolic link"),
            "{said}"
        );
        assert!(
            said.contains("refused: passed/001.md: it has no title"),
            "{said}"
        );
        assert!(said.contains("error[AL-7010]: nothing can be imported: 2 files refused"));
    }
    let json = run(&agent, &["import", path, "--yes", "-m"]).code(1);
    let documents = documents(&json);
    assert_eq!(documents[0]["refused"].as_array().unwrap().len(), 2);
    assert_eq!(documents[1]["error"]["code"], "AL-7010");
    let known = MockAgent::start(importing(&[], &[]));
    let good = folder(&[("passed/001.md", "one")]);
    let nothing = run(&known, &["import", good.path().to_str().unwrap(), "-y"]).success();
    assert!(stderr(&nothing).contains("nothing to import"));
    assert!(
        known
            .seen()
            .iter()
            .all(|s| s.request.contains("check: true"))
    );
}

#[test]
fn an_import_of_nothing_readable_asks_nothing() {
    let agent = MockAgent::start(importing(&[1], &[]));
    let empty = tempfile::tempdir().unwrap();
    for path in ["/nonexistent", empty.path().to_str().unwrap()] {
        let refused = run(&agent, &["import", path, "--yes"]).code(1);
        assert!(stderr(&refused).contains("error[AL-7006]"));
    }
    run(&agent, &["import"]).code(2);
    assert!(agent.seen().is_empty());
}

#[test]
fn a_large_import_goes_in_batches() {
    let agent = MockAgent::start(importing(&[1], &[]));
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("passed")).unwrap();
    for n in 0..230 {
        fs::write(dir.path().join(format!("passed/{n:03}.md")), "x").unwrap();
    }
    run(&agent, &["import", dir.path().to_str().unwrap(), "--check"]).success();
    let sent: Vec<usize> = agent
        .seen()
        .iter()
        .map(|s| s.request.matches("MarkdownFile").count())
        .collect();
    assert_eq!(sent, [100, 100, 30]);
}

#[test]
fn an_import_that_breaks_off_says_what_is_in() {
    let agent = MockAgent::start(Script {
        sign_error: Some(tonic::Status::unavailable("gone")),
        ..importing(&[1, 2], &[])
    });
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("passed")).unwrap();
    for n in 0..150 {
        fs::write(dir.path().join(format!("passed/{n:03}.md")), "x").unwrap();
    }
    let broken = run(&agent, &["import", dir.path().to_str().unwrap(), "--yes"]).code(6);
    assert!(stderr(&broken).contains("2 resolutions imported before this; the others were not"));
    assert_eq!(stdout(&broken), "", "what is half done is no data");
}

fn exporting(files: &[(&str, &str)]) -> Script {
    Script {
        markdown: files
            .iter()
            .map(|(path, content)| ExportResponse {
                path: (*path).to_owned(),
                content: content.as_bytes().to_vec(),
            })
            .collect(),
        ..script()
    }
}

#[test]
fn an_export_writes_its_files_and_names_those_that_moved() {
    let agent = MockAgent::start(exporting(&[
        ("passed/036.md", "thirty-six"),
        ("nav.yml", "- nav"),
    ]));
    let dir = folder(&[
        ("in-progress/036.md", "old"),
        ("in-progress/041.md", "other"),
    ]);
    let path = dir.path().to_str().unwrap();
    let done = run(&agent, &["export", path, "36", "41", "--members"]).success();
    assert_eq!(stdout(&done), format!("2 files in {path}\n"));
    assert_eq!(
        stderr(&done),
        "warning: in-progress/036.md is of before: the resolution has moved, delete it\n"
    );
    assert_eq!(
        last(&agent),
        "ExportRequest { numbers: [36, 41], members: true, members_only: false }"
    );
    assert_eq!(
        fs::read_to_string(dir.path().join("passed/036.md")).unwrap(),
        "thirty-six"
    );
    assert!(
        dir.path().join("in-progress/036.md").exists(),
        "not ours to delete"
    );
    let json = run(&agent, &["export", path, "-m"]).success();
    let document = &documents(&json)[0];
    assert_eq!(
        document["files"],
        serde_json::json!(["nav.yml", "passed/036.md"])
    );
    assert_eq!(document["stale"], serde_json::json!(["in-progress/036.md"]));
}

#[test]
fn an_export_of_resolutions_never_leaves_its_folder() {
    for path in ["../owned.md", "/tmp/owned.md", "passed/owned.md", "link.md"] {
        let agent = MockAgent::start(exporting(&[(path, "owned")]));
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(dir.path().join("mine"), "mine").unwrap();
        symlink(dir.path(), out.join("passed")).unwrap();
        symlink(dir.path().join("mine"), out.join("link.md")).unwrap();
        let refused = run(&agent, &["export", out.to_str().unwrap()]).code(5);
        assert!(stderr(&refused).contains("error[AL-7011]"), "{path}");
        assert!(!dir.path().join("owned.md").exists(), "{path}");
        assert_eq!(fs::read(dir.path().join("mine")).unwrap(), b"mine");
    }
}

#[test]
fn an_answer_without_a_resolution_is_told() {
    let agent = MockAgent::start(Script {
        resolution: GetResolutionResponse {
            resolution: Some(Resolution {
                size: String::new(),
                ..fixtures::resolution()
            }),
            ..fixtures::draft()
        },
        ..script()
    });
    let broken = run(&agent, &["propose", "41", "-y"]).code(1);
    assert!(stderr(&broken).contains("error[AL-6004]: the agent's answer holds no size"));
}
