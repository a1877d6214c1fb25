//! `allot federation ...`, against an agent that answers from a script.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use allot_ledger::{SecretKey, entry::Kind};
use allot_proto::{
    ErrorKind,
    agent::{
        ExportResponse, FederationStatus, GetResolutionResponse, ListResolutionsResponse,
        Resolution,
    },
    status,
};
use assert_cmd::assert::Assert;
use insta::assert_snapshot;
use support::{
    MockAgent, Script, allot, documents, federation as fixtures, stderr, stdout, steady,
};

const INVITE: &str = "allot1canary7f3ainvite";

fn script() -> Script {
    Script {
        federation: fixtures::status(),
        joined: fixtures::joined(),
        members: fixtures::members(),
        application: fixtures::application(),
        recorded: fixtures::recorded("vouch"),
        rotated: fixtures::rotated(),
        ..Default::default()
    }
}

fn of(federation: FederationStatus) -> MockAgent {
    MockAgent::start(Script {
        federation,
        ..script()
    })
}

fn run(agent: &MockAgent, args: &[&str]) -> Assert {
    allot(&agent.socket()).arg("federation").args(args).assert()
}

#[test]
fn status_exits_with_0_unless_it_is_asked_for_more() {
    for (federation, code) in [
        (fixtures::status(), 0),
        (fixtures::hub_away(), 6),
        (fixtures::forked(), 5),
        (
            FederationStatus {
                hub_reachable: false,
                ..fixtures::forked()
            },
            5,
        ),
        (fixtures::outside(), 1),
    ] {
        let agent = of(federation);
        run(&agent, &["status"]).success();
        run(&agent, &["status", "--exit-code"]).code(code);
    }
}

#[test]
fn status_in_no_federation_says_what_to_do() {
    let shown = run(&of(fixtures::outside()), &["status"]).success();
    assert!(stderr(&shown).contains("`allot federation join` takes an invite"));
}

#[test]
fn answers_in_json_have_the_schema_of_the_messages() {
    let agent = MockAgent::start(script());
    for (name, args) in [
        ("status", vec!["status", "-m"]),
        ("members", vec!["members", "-m"]),
        ("rotate_key", vec!["rotate-key", "--yes", "-m"]),
        ("leave", vec!["leave", "--yes", "-m"]),
        ("contact", vec!["contact", "a@example.org", "--yes", "-m"]),
    ] {
        let done = run(&agent, &args).success();
        assert_eq!(stderr(&done), "", "nothing but data in JSON");
        insta::assert_json_snapshot!(format!("json_of_{name}"), documents(&done));
    }
}

#[test]
fn join_takes_the_invite_from_stdin_or_a_file_and_shows_what_it_joined() {
    let agent = MockAgent::start(script());
    let joined = allot(&agent.socket())
        .args(["federation", "join", "--agent", "srv1"])
        .write_stdin(format!("{INVITE}\n"))
        .assert()
        .success();
    assert_snapshot!(stdout(&joined));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("invite");
    // A mail program broke the line.
    fs::write(&file, format!("{}\r\n {}\n", &INVITE[..9], &INVITE[9..])).unwrap();
    run(&agent, &["join", "--file", file.to_str().unwrap()]).success();
    allot(&agent.socket())
        .args(["federation", "join", "-", "-m"])
        .write_stdin(INVITE)
        .assert()
        .success();
    assert_eq!(agent.inserted(), [INVITE.as_bytes(); 3]);
    assert!(agent.was_asked("JoinRequest { agent: \"srv1\""));
}

#[test]
fn an_invite_as_an_argument_is_taken_and_warned_of() {
    let agent = MockAgent::start(script());
    for form in ["table", "json"] {
        let joined = run(&agent, &["join", INVITE, "--output", form]).success();
        let said = stderr(&joined);
        assert!(
            said.contains("every process of this machine can read"),
            "{said}"
        );
        assert!(!said.contains("canary") && !stdout(&joined).contains("canary"));
    }
    assert_eq!(agent.inserted(), [INVITE.as_bytes(); 2]);
}

#[test]
fn an_invite_at_a_terminal_is_not_shown() {
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let silent = dir.path().join("silent");
    Command::new("mkfifo").arg(&silent).status().unwrap();
    // What is typed before the terminal stops echoing would be shown, and is thrown away.
    let line = format!(
        "(until stty -a </dev/tty | grep -q -e ' -echo '; do :; done; echo) >{} & exec {} federation join",
        silent.display(),
        env!("CARGO_BIN_EXE_allot")
    );
    let mut child = Command::new("script")
        .args(["-q", "-e", "-E", "always", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("ALLOT_SOCKET", agent.socket())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    fs::read(&silent).unwrap();
    let mut typing = child.stdin.take().unwrap();
    typing.write_all(format!("{INVITE}\r").as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let shown = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{shown}");
    assert!(shown.contains("Invite (it is not shown)"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    assert_eq!(agent.inserted(), [INVITE.as_bytes()]);
}

#[test]
fn an_invite_that_cannot_be_one_is_refused_before_anything_is_sent() {
    let agent = MockAgent::start(script());
    let from = |input: Vec<u8>| {
        let refused = allot(&agent.socket())
            .args(["federation", "join", "-"])
            .write_stdin(input)
            .assert()
            .code(1);
        stderr(&refused)
    };
    assert!(from(b"".to_vec()).contains("error[AL-7006]: cannot read the invite"));
    assert!(from(b" \r\n\n".to_vec()).contains("cause: it is empty"));
    assert!(from(vec![b'a'; allot_cli::limits::MAX_INVITE + 1]).contains("larger than"));
    assert!(from(vec![0xff]).contains("cannot read standard input"));
    run(&agent, &["join", ""]).code(1);
    let missing = run(&agent, &["join", "--file", "/nonexistent"]).code(1);
    assert!(stderr(&missing).contains("cannot read /nonexistent"));
    assert!(agent.seen().is_empty());
}

#[test]
fn an_error_of_a_join_does_not_repeat_the_invite() {
    let agent = MockAgent::start(Script {
        error: Some(status(
            ErrorKind::Invalid,
            "AL-8302",
            &std::io::Error::other("character 9 is wrong"),
            None,
        )),
        ..script()
    });
    let refused = run(&agent, &["join", INVITE]).code(1);
    assert!(stderr(&refused).contains("error[AL-8302]: character 9 is wrong"));
    assert!(!stderr(&refused).contains("canary"));
}

#[test]
fn members_are_listed_with_what_was_asked_for() {
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["members", "--all", "--contacts"]).success();
    assert!(stdout(&shown).contains("hello@example.org"));
    assert!(stderr(&shown).contains("note: the hub is away"));
    assert!(stderr(&shown).contains("2 may vote"));
    assert!(agent.was_asked("ListMembersRequest { all: true, contacts: true }"));
    let plain = run(&agent, &["members"]).success();
    assert!(!stdout(&plain).contains("hello@example.org"));
}

#[test]
fn members_as_the_federations_own_table() {
    let piece = |path: &str, content: &str| ExportResponse {
        path: path.into(),
        content: content.as_bytes().to_vec(),
    };
    let agent = MockAgent::start(Script {
        markdown: vec![
            piece("passed/036.md", "not this one"),
            piece("membership.md", "| a |\n"),
            piece("membership.md", "| b |\n"),
        ],
        ..script()
    });
    let shown = run(&agent, &["members", "--markdown"]).success();
    assert_eq!(stdout(&shown), "| a |\n| b |\n");
    assert!(agent.was_asked("ExportRequest { numbers: [], members: true, members_only: true }"));
    let json = run(&agent, &["members", "--markdown", "-m"]).success();
    assert_eq!(documents(&json)[0]["markdown"], "| a |\n| b |\n");
    let none = MockAgent::start(script());
    run(&none, &["members", "--markdown"]).code(1);
}

#[test]
fn an_application_is_printed_and_not_sent() {
    let agent = MockAgent::start(script());
    let args = [
        "apply",
        "--federation",
        fixtures::GENESIS,
        "--name",
        "Sutty",
        "--summary",
        "We run sites on it.",
        "--website",
        "https://sutty.example",
        "--sponsor",
        "autonomic",
        "--contact",
        "hello@example.org",
    ];
    let made = run(&agent, &args).success();
    assert_eq!(stdout(&made), format!("{}\n", fixtures::application()));
    assert!(stderr(&made).contains("allot federation vouch FILE"));
    let seen = agent.seen();
    assert_snapshot!(seen[0].request);
    assert_eq!(seen.len(), 1);
    let bad = [&args[..2], &["5f2c"], &args[3..]].concat();
    let bad = run(&agent, &bad).code(2);
    assert!(stderr(&bad).contains("64 hexadecimal digits"));
    let bad = [&args[..10], &["Autonomic!"]].concat();
    run(&agent, &bad).code(2);
}

fn vouch(agent: &MockAgent, application: &str, args: &[&str]) -> Assert {
    allot(&agent.socket())
        .args(["federation", "vouch", "-"])
        .args(args)
        .write_stdin(application)
        .assert()
}

#[test]
fn vouching_shows_who_and_which_key_before_it_signs() {
    let agent = MockAgent::start(script());
    let args = ["--yes", "--deadline", "2099-12-10"];
    let done = vouch(&agent, &fixtures::application(), &args).success();
    assert_snapshot!(format!("{}{}", steady(&stderr(&done)), stdout(&done)));
    let request = agent.seen().last().unwrap().request.clone();
    assert!(request.starts_with("VouchRequest { application: \"{\\\"payload\\\""));
    assert!(
        request.contains("deadline: \"2099-12-10T23:59:59Z\""),
        "{request}"
    );
}

#[test]
fn vouching_again_for_who_is_voted_on_already_is_told() {
    let admit = |slug: &str, seed| {
        let kind = Kind::Admit {
            collective: slug.parse().unwrap(),
            key: SecretKey::from_seed(&[seed; 32]).public(),
        };
        serde_json::to_string(&kind).unwrap()
    };
    for (kind_json, told) in [
        (admit("sutty", 2), true),
        (admit("sutty", 77), false),
        (admit("bonfire", 2), false),
        (r#"{"name":"new"}"#.to_owned(), false),
    ] {
        let open = Resolution {
            number: 7,
            kind: "admit".to_owned(),
            state: "open".to_owned(),
            ..Default::default()
        };
        let agent = MockAgent::start(Script {
            resolutions: ListResolutionsResponse {
                resolutions: vec![open],
                ..Default::default()
            },
            resolution: GetResolutionResponse {
                kind_json: kind_json.clone(),
                ..fixtures::one_resolution()
            },
            ..script()
        });
        let done = vouch(&agent, &fixtures::application(), &["--yes"]).success();
        let warned = stderr(&done).contains("resolution 007 is open and would admit them already");
        assert_eq!(warned, told, "{kind_json}");
    }
}

#[test]
fn vouching_takes_an_application_with_its_contact_beside() {
    let agent = MockAgent::start(script());
    for application in [
        format!(
            r#"{{"envelope":{},"contact":"hello@example.org","salt":"00"}}"#,
            fixtures::application()
        ),
        serde_json::json!({"envelope": fixtures::application(), "contact": "hello@example.org"})
            .to_string(),
    ] {
        let done = vouch(&agent, &application, &["--yes"]).success();
        assert!(stderr(&done).contains("contact     hello@example.org"));
    }
}

#[test]
fn vouching_without_a_yes_sends_nothing() {
    let agent = MockAgent::start(script());
    let asked = vouch(&agent, &fixtures::application(), &[]).code(2);
    let said = stderr(&asked);
    assert!(said.contains("Vouch for sutty"), "{said}");
    assert!(said.contains("error[AL-7001]: vouching for sutty needs a confirmation"));
    assert!(!agent.was_asked("VouchRequest"));
}

#[test]
fn what_takes_an_application_back_is_printed_and_brought_after_asking() {
    let agent = MockAgent::start(script());
    let federation = ["take-back", "--federation", fixtures::GENESIS];
    let made = run(&agent, &federation).success();
    assert!(stderr(&made).contains("allot federation bring FILE"));
    let asked = agent.seen()[0].request.clone();
    assert!(asked.starts_with("MakeWithdrawalRequest"), "{asked}");
    let bring = |text: String, args: &[&str]| {
        allot(&agent.socket())
            .args(["federation", "bring", "-"])
            .args(args)
            .write_stdin(text)
            .assert()
    };
    let asked = bring(fixtures::withdrawal(), &[]).code(2);
    assert!(stderr(&asked).contains("Bring that sutty takes its application back"));
    assert!(!agent.was_asked("BringWithdrawalRequest"));
    let other = bring(fixtures::application(), &["--yes"]).code(1);
    assert!(stderr(&other).contains("AL-7006"), "{}", stderr(&other));
    bring(fixtures::withdrawal(), &["--yes"]).success();
    assert!(agent.was_asked("BringWithdrawalRequest { withdrawal: \"{"));
}

#[test]
fn a_deadline_is_the_rules_days_unless_it_is_named_and_a_short_one_is_told() {
    let agent = MockAgent::start(script());
    let before = jiff::Timestamp::now();
    let done = vouch(&agent, &fixtures::application(), &["--yes"]).success();
    assert!(!stderr(&done).contains("warning: the rules' 14 days"));
    let sent = |request: &str| -> jiff::Timestamp {
        let (_, rest) = request.split_once("deadline: \"").unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let days = |deadline: jiff::Timestamp| deadline.duration_since(before).as_hours() / 24;
    let last = |agent: &MockAgent| agent.seen().last().unwrap().request.clone();
    assert_eq!(days(sent(&last(&agent))), 14);
    let short = vouch(&agent, &fixtures::application(), &["--yes", "--days", "7"]).success();
    assert!(stderr(&short).contains("warning: the rules' 14 days are not kept"));
    assert_eq!(days(sent(&last(&agent))), 7);
    // A deadline in the past is the server's to refuse: it has the log's clock.
    let past = vouch(
        &agent,
        &fixtures::application(),
        &["--yes", "--deadline", "2020-01-01"],
    );
    assert!(stderr(&past.success()).contains("deadline    2020-01-01 23:59:59Z, over"));
    // An agent that does not tell the rules decides alone.
    let older = of(FederationStatus {
        days_open: 0,
        ..fixtures::status()
    });
    let done = vouch(&older, &fixtures::application(), &["--yes"]).success();
    assert!(stderr(&done).contains("deadline    after the rules' days"));
    assert!(last(&older).ends_with("deadline: \"\" }"));
    for wrong in [["--days", "0"], ["--days", "366"], ["--deadline", "soon"]] {
        vouch(&agent, &fixtures::application(), &wrong).code(2);
    }
}

#[test]
fn an_application_that_is_not_sound_is_refused_unseen_by_the_agent() {
    let agent = MockAgent::start(script());
    let good = fixtures::application();
    let mut forged: serde_json::Value = serde_json::from_str(&good).unwrap();
    // 64 bytes that are no signature of anything.
    forged["signatures"][0]["sig"] = format!("{}==", "A".repeat(86)).into();
    for (application, code, said) in [
        (String::new(), 1, "AL-7006"),
        ("not JSON".into(), 1, "AL-7006"),
        ("{}".into(), 1, "holds no signed envelope"),
        ("[1]".into(), 1, "holds no signed envelope"),
        (r#"{"envelope":"x"}"#.into(), 1, "holds no signed envelope"),
        (forged.to_string(), 5, "AL-8013"),
        (
            "x".repeat(allot_cli::limits::MAX_APPLICATION + 1),
            1,
            "larger than",
        ),
    ] {
        let refused = vouch(&agent, &application, &["--yes"]).code(code);
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
    assert!(agent.seen().is_empty());
}

#[test]
fn an_application_for_another_federation_is_warned_of() {
    let agent = of(FederationStatus {
        genesis: "00".repeat(32),
        ..fixtures::status()
    });
    let done = vouch(&agent, &fixtures::application(), &["--yes"]).success();
    assert!(stderr(&done).contains("warning: the application is for another federation, 5f2c"));
}

#[test]
fn leaving_shows_what_follows_and_needs_a_yes() {
    let agent = MockAgent::start(Script {
        recorded: allot_proto::agent::Recorded {
            resolution: 0,
            warnings: vec![],
            ..fixtures::recorded("leave")
        },
        ..script()
    });
    run(&agent, &["leave"]).code(2);
    assert!(!agent.was_asked("LeaveRequest"));
    let done = run(&agent, &["leave", "--yes"]).success();
    assert_snapshot!(format!("{}{}", stderr(&done), stdout(&done)));
    assert!(agent.was_asked("LeaveRequest"));
}

#[test]
fn a_no_at_the_terminal_changes_nothing() {
    let agent = MockAgent::start(script());
    let line = format!("{} federation leave", env!("CARGO_BIN_EXE_allot"));
    let declined = assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .write_stdin("n\r")
        .assert()
        .code(1);
    assert!(stdout(&declined).contains("error[AL-7003]"));
    assert!(!agent.was_asked("LeaveRequest"));
}

#[test]
fn a_profile_keeps_what_is_not_given() {
    let agent = MockAgent::start(script());
    let done = run(&agent, &["profile", "--name", "Autonomic Co-op", "--yes"]).success();
    assert_snapshot!(stderr(&done));
    assert!(agent.was_asked(
        "SetProfileRequest { name: \"Autonomic Co-op\", website: \"https://autonomic.example\" }"
    ));
    run(&agent, &["profile", "--no-website", "--yes"]).success();
    assert!(agent.was_asked("SetProfileRequest { name: \"Autonomic\", website: \"\" }"));
    run(&agent, &["profile", "--yes"]).code(2);
    let unknown = of(FederationStatus {
        collective: "local-it".into(),
        ..fixtures::status()
    });
    run(&unknown, &["profile", "--name", "x", "--yes"]).code(1);
}

#[test]
fn a_contact_is_shown_where_it_goes() {
    let agent = MockAgent::start(script());
    run(&agent, &["contact", "@coop:matrix.example.org"]).code(2);
    let done = run(&agent, &["contact", "@coop:matrix.example.org", "--yes"]).success();
    assert_snapshot!(format!("{}{}", stderr(&done), stdout(&done)));
    let asked = "SetContactRequest { contact: \"@coop:matrix.example.org\", remove: false }";
    assert!(agent.was_asked(asked));
}

#[test]
fn a_new_key_is_told_with_where_it_is() {
    let agent = MockAgent::start(script());
    run(&agent, &["rotate-key"]).code(2);
    assert!(!agent.was_asked("RotateKeyRequest"));
    let done = run(&agent, &["rotate-key", "--yes"]).success();
    assert_snapshot!(format!("{}{}", stderr(&done), stdout(&done)));
}

#[test]
fn a_new_hub_is_held_against_what_the_log_says() {
    let agent = of(fixtures::hub_away());
    let done = run(&agent, &["accept-hub", fixtures::GENESIS, "--yes"]).success();
    assert_snapshot!(stderr(&done));
    let other = "00".repeat(32);
    let differs = run(&agent, &["accept-hub", &other, "--yes"]).success();
    assert!(stderr(&differs).contains("warning: the two differ"));
    assert!(agent.was_asked(&format!("AcceptHubRequest {{ hub: \"{other}\" }}")));
    let none = MockAgent::start(script());
    let unknown = run(&none, &["accept-hub", &other, "--yes"]).success();
    assert!(stderr(&unknown).contains("warning: this agent knows of no new hub"));
    run(&none, &["accept-hub", "5f2c"]).code(2);
}

#[test]
fn a_false_hub_is_rejected_once_it_was_confirmed() {
    let agent = of(fixtures::hub_away());
    run(&agent, &["reject-hub"]).code(2);
    assert!(!agent.was_asked("RejectHubRequest"));
    let done = run(&agent, &["reject-hub", "--yes"]).success();
    assert!(stderr(&done).contains(fixtures::GENESIS), "the new keys");
    assert_eq!(stdout(&done), "back at the hub hub.example:7443\n");
    assert!(agent.was_asked("RejectHubRequest"));
    let none = MockAgent::start(script());
    let unknown = run(&none, &["reject-hub", "--yes"]).success();
    assert!(stderr(&unknown).contains("warning: this agent knows of no new hub"));
}

#[test]
fn no_agent_exits_with_6_for_every_noun() {
    for args in [
        ["federation", "status"],
        ["resolution", "list"],
        ["ledger", "status"],
        ["agent", "operators"],
    ] {
        allot(Path::new("/nonexistent/agent.sock"))
            .args(args)
            .assert()
            .code(6);
    }
}
