//! Proposals and drafts, without a terminal.

use std::fs;

use allot_proto::agent::{FederationStatus, GetResolutionResponse};
use insta::assert_snapshot;

use crate::{
    last, run, script,
    support::{
        MockAgent, Script, allot, documents, federation as fixtures, stderr, stdout, steady,
    },
};

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
