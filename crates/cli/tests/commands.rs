//! Commands that read, and those that change without a plan: output, exit codes, errors.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use allot_proto::{
    ErrorKind,
    agent::{
        CreateAppResponse, GenerateSecretsResponse, GeneratedSecret, GetEnvResponse,
        ListAppsResponse, LogLine, UpdateEnvResponse,
    },
    status,
};
use support::{
    MockAgent, Script, allot, documents,
    fixtures::{self, APP},
    stderr, stdout,
};

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(&'static str);

fn failing(kind: ErrorKind, code: &str, text: &'static str) -> Script {
    Script {
        error: Some(status(kind, code, &Said(text), Some("do this"))),
        ..Default::default()
    }
}

#[test]
fn no_agent_exits_with_6_and_says_where_it_looked() {
    let gone = allot(Path::new("/nonexistent/agent.sock"))
        .args(["app", "list"])
        .assert()
        .code(6);
    let talk = stderr(&gone);
    assert!(talk.starts_with("error[AL-6001]: cannot reach the agent at /nonexistent/agent.sock"));
    assert!(talk.contains("help: start it with `allot-agent serve`"));
}

#[test]
fn the_users_own_agent_is_found_without_being_named() {
    let agent = MockAgent::start(Script::default());
    let runtime = tempfile::tempdir().unwrap();
    fs::create_dir(runtime.path().join("allot")).unwrap();
    std::os::unix::fs::symlink(agent.socket(), runtime.path().join("allot/agent.sock")).unwrap();
    // A machine where the system's agent runs answers from there instead, as it should.
    if !Path::new(allot_cli::client::SYSTEM_SOCKET).exists() {
        allot(&agent.socket())
            .env_remove("ALLOT_SOCKET")
            .env("XDG_RUNTIME_DIR", runtime.path())
            .args(["app", "list"])
            .assert()
            .success();
        assert!(agent.was_asked("ListAppsRequest"));
    }
}

#[test]
fn a_refusal_exits_with_5() {
    let agent = MockAgent::start(failing(ErrorKind::Denied, "AL-6101", "viewers may not"));
    let refused = allot(&agent.socket())
        .args(["app", "plan", APP])
        .assert()
        .code(5);
    assert_eq!(
        stderr(&refused),
        "error[AL-6101]: viewers may not\nhelp: do this\n"
    );
}

#[test]
fn an_engine_that_does_not_answer_exits_with_6() {
    let agent = MockAgent::start(failing(ErrorKind::Unavailable, "AL-4001", "no engine"));
    allot(&agent.socket())
        .args(["app", "ps", APP])
        .assert()
        .code(6);
}

#[test]
fn an_error_is_an_object_in_json() {
    let agent = MockAgent::start(failing(ErrorKind::NotFound, "AL-5001", "no such app"));
    let missing = allot(&agent.socket())
        .args(["app", "ps", APP, "-m"])
        .assert()
        .code(1);
    let error = &documents(&missing)[0]["error"];
    assert_eq!(error["code"], "AL-5001");
    assert_eq!(error["message"], "no such app");
    assert_eq!(error["causes"], serde_json::json!([]));
    assert_eq!(error["help"], "do this");
    assert!(stderr(&missing).starts_with("error[AL-5001]: no such app"));
}

#[test]
fn an_old_agent_that_lacks_a_call_is_named_as_such() {
    let agent = MockAgent::start(Script {
        error: Some(tonic::Status::unimplemented("")),
        ..Default::default()
    });
    let old = allot(&agent.socket()).args(["app", "ls"]).assert().code(1);
    assert!(stderr(&old).contains("error[AL-6003]"), "{}", stderr(&old));
    assert!(stderr(&old).contains("update the agent"));
}

#[test]
fn a_wrong_command_line_exits_with_2_and_a_code() {
    let wrong = allot(Path::new("/nonexistent"))
        .args(["app", "deploy"])
        .assert()
        .code(2);
    assert!(stderr(&wrong).starts_with("error[AL-7000]: "));
    let wrong = allot(Path::new("/nonexistent"))
        .args(["app", "env", "set", APP, "NOVALUE"])
        .assert()
        .code(2);
    assert!(stderr(&wrong).contains("expected NAME=VALUE"));
}

#[test]
fn every_request_says_which_client_speaks_and_what_it_needs() {
    let agent = MockAgent::start(Script::default());
    allot(&agent.socket())
        .args(["app", "ls"])
        .assert()
        .success();
    let seen = &agent.seen()[0];
    assert_eq!(seen.client_version.as_deref(), Some(allot_proto::VERSION));
    assert_eq!(seen.min_server.as_deref(), Some(allot_proto::MIN_SERVER));
}

#[test]
fn the_version_names_the_protocol() {
    for flag in ["--version", "-v", "-V"] {
        let shown = allot(Path::new("/nonexistent"))
            .arg(flag)
            .assert()
            .success();
        assert!(stdout(&shown).contains("protocol allot.agent.v1"));
    }
}

#[test]
fn an_agent_without_its_engine_exits_with_6() {
    let mut status = fixtures::status();
    let agent = MockAgent::start(Script {
        status: status.clone(),
        ..Default::default()
    });
    allot(&agent.socket())
        .args(["agent", "status"])
        .assert()
        .success();
    status.engine.as_mut().unwrap().ready = false;
    let agent = MockAgent::start(Script {
        status,
        ..Default::default()
    });
    allot(&agent.socket())
        .args(["agent", "status"])
        .assert()
        .code(6);
}

#[test]
fn list_is_ours_in_json_and_abras_with_status() {
    let agent = MockAgent::start(Script {
        apps: ListAppsResponse {
            apps: fixtures::rows(),
        },
        ..Default::default()
    });
    let ours = allot(&agent.socket()).args(["app", "ls", "-m"]).assert();
    assert_eq!(documents(&ours)[0]["apps"][0]["app"]["name"], APP);
    let abras = allot(&agent.socket())
        .args(["app", "ls", "-S", "-m"])
        .assert();
    let server = &documents(&abras)[0]["srv1.example.org"];
    assert_eq!(server["apps"][0]["appName"], APP);
    assert_eq!(server["apps"][0]["chaos"], "false");
    let none = allot(&agent.socket())
        .args(["app", "ls", "-s", "other.example.org"])
        .assert();
    assert_eq!(stdout(&none).lines().count(), 1, "only the heading");
}

#[test]
fn logs_bear_their_service_and_go_through_a_closed_pipe_quietly() {
    let line = |n: u32| LogLine {
        service: if n.is_multiple_of(2) { "app" } else { "db" }.into(),
        text: format!("line {n}\n"),
        ..Default::default()
    };
    let agent = MockAgent::start(Script {
        logs: (0..20_000).map(line).collect(),
        ..Default::default()
    });
    let whole = allot(&agent.socket())
        .args(["app", "logs", APP])
        .assert()
        .success();
    assert!(stdout(&whole).starts_with("app | line 0\ndb  | line 1\n"));
    let cut = format!("{} app logs {APP} | head -1", env!("CARGO_BIN_EXE_allot"));
    let cut = assert_cmd::Command::new("bash")
        .args(["-o", "pipefail", "-c", &cut])
        .env("ALLOT_SOCKET", agent.socket())
        .assert()
        .success();
    assert_eq!(stderr(&cut), "");
}

fn new_script() -> Script {
    Script {
        status: fixtures::status(),
        created: CreateAppResponse {
            app: Some(fixtures::app()),
            version: "1.0.0+6.4".into(),
            secrets: vec!["db_password".into()],
            warnings: vec![],
        },
        generated: GenerateSecretsResponse {
            secrets: vec![GeneratedSecret {
                name: "db_password".into(),
                version: "v1".into(),
                full_name: "blog_example_org_db_password_v1".into(),
                created: true,
                ..Default::default()
            }],
        },
        ..Default::default()
    }
}

#[test]
fn new_without_input_asks_nothing() {
    let agent = MockAgent::start(new_script());
    let made = allot(&agent.socket())
        .args(["app", "new", "wordpress", "-n"])
        .assert()
        .success();
    assert!(stdout(&made).contains("app      blog.example.org"));
    assert!(stderr(&made).contains("allot app deploy blog.example.org"));
    assert!(!agent.was_asked("GenerateSecrets"));
}

#[test]
fn new_without_input_names_what_is_missing() {
    let agent = MockAgent::start(new_script());
    let missing = allot(&agent.socket())
        .args(["app", "new", "-n"])
        .assert()
        .code(2);
    assert!(stderr(&missing).contains("error[AL-7002]: RECIPE is missing"));
}

#[test]
fn new_generates_secrets_when_told() {
    let agent = MockAgent::start(new_script());
    let made = allot(&agent.socket())
        .args([
            "app",
            "new",
            "wordpress",
            "-D",
            APP,
            "-S",
            "--set",
            "A=b=c",
            "-m",
        ])
        .assert()
        .success();
    let made = &documents(&made)[0];
    assert_eq!(made["app"]["name"], APP);
    assert_eq!(made["generated"][0]["created"], true);
    assert!(agent.seen()[0].request.contains("\"A\": \"b=c\""));
}

#[test]
fn new_at_a_terminal_asks_three_questions() {
    let agent = MockAgent::start(new_script());
    let line = format!("{} app new", env!("CARGO_BIN_EXE_allot"));
    let done = assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .write_stdin("wordpress\r\ry\r")
        .assert()
        .success();
    let shown = stdout(&done);
    assert!(shown.contains("wordpress.srv1.example.org"), "{shown}");
    assert!(agent.was_asked("CreateAppRequest { recipe: \"wordpress\""));
    assert!(agent.was_asked("GenerateSecretsRequest"));
}

#[test]
fn a_secret_on_the_command_line_is_refused_before_anything_is_sent() {
    let agent = MockAgent::start(Script::default());
    let refused = allot(&agent.socket())
        .args(["app", "secret", "insert", APP, "key", "v1", "canary-7f3a"])
        .assert()
        .code(2);
    let said = stderr(&refused);
    assert!(said.contains("error[AL-7004]"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    assert!(agent.seen().is_empty());
}

#[test]
fn a_secret_comes_from_stdin_or_a_file() {
    let agent = MockAgent::start(Script::default());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("value");
    fs::write(&file, " from file\n").unwrap();
    let insert = ["app", "secret", "insert", APP, "key", "v1"];
    let made = allot(&agent.socket())
        .args(insert)
        .write_stdin("from stdin\n")
        .assert()
        .success();
    assert_eq!(stdout(&made), "stack_key_v1\n");
    allot(&agent.socket())
        .args(insert)
        .arg("--file")
        .arg(&file)
        .assert()
        .success();
    allot(&agent.socket())
        .args(insert)
        .arg(&file)
        .args(["-f", "-t"])
        .assert()
        .success();
    let expected: [&[u8]; 3] = [b"from stdin\n", b" from file\n", b"from file"];
    assert_eq!(agent.inserted(), expected);
}

#[test]
fn a_secret_that_is_empty_or_too_large_is_refused() {
    let agent = MockAgent::start(Script::default());
    for value in [Vec::new(), vec![b'x'; allot_cli::limits::MAX_SECRET + 1]] {
        let refused = allot(&agent.socket())
            .args(["app", "secret", "insert", APP, "key", "v1"])
            .write_stdin(value)
            .assert()
            .code(1);
        assert!(stderr(&refused).contains("error[AL-7006]"));
    }
    assert!(agent.inserted().is_empty());
}

#[test]
fn removing_secrets_needs_a_yes() {
    let agent = MockAgent::start(Script::default());
    let remove = ["app", "secret", "rm", APP, "--all"];
    allot(&agent.socket()).args(remove).assert().code(2);
    assert!(agent.seen().is_empty());
    let done = allot(&agent.socket())
        .args(remove)
        .arg("-n")
        .assert()
        .success();
    assert_eq!(stdout(&done), "stack_db_password_v1\n");
}

fn env_script() -> Script {
    Script {
        env: GetEnvResponse {
            app: APP.into(),
            revision: 7,
            text: "# mine\nDOMAIN=blog.example.org\n".into(),
            changed_at: "2026-11-23T10:00:00Z".into(),
            changed_by: "op".into(),
            ..Default::default()
        },
        updated: UpdateEnvResponse {
            app: APP.into(),
            revision: 8,
            changed: true,
        },
        ..Default::default()
    }
}

/// An editor that appends a line, and notes the mode of the file that it was given.
fn editor(dir: &Path) -> String {
    let script = dir.join("editor");
    let text = "#!/bin/sh\nstat -c %a \"$2\" > \"$1\"\necho EDITED=yes >> \"$2\"\n";
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{} {}", script.display(), dir.join("mode").display())
}

#[test]
fn config_edits_a_private_file_and_saves_against_the_revision_that_was_opened() {
    let agent = MockAgent::start(env_script());
    let dir = tempfile::tempdir().unwrap();
    let saved = allot(&agent.socket())
        .env("EDITOR", editor(dir.path()))
        .env("TMPDIR", dir.path())
        .args(["app", "config", APP])
        .assert()
        .success();
    assert_eq!(stdout(&saved), "saved as revision 8\n");
    assert_eq!(
        fs::read_to_string(dir.path().join("mode")).unwrap(),
        "600\n"
    );
    let sent = &agent.seen()[1].request;
    assert!(sent.contains("base_revision: 7"), "{sent}");
    assert!(sent.contains("EDITED=yes"), "{sent}");
    let left = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 2, "only the editor and its note; the text is gone");
}

#[test]
fn a_conflict_keeps_the_edited_text_and_says_where() {
    let conflict = status(
        ErrorKind::Precondition,
        "AL-5007",
        &Said("revision 8 was saved meanwhile"),
        None,
    );
    let agent = MockAgent::start(Script {
        update_error: Some(conflict),
        ..env_script()
    });
    let dir = tempfile::tempdir().unwrap();
    let refused = allot(&agent.socket())
        .env("EDITOR", editor(dir.path()))
        .env("TMPDIR", dir.path())
        .args(["app", "config", APP])
        .assert()
        .code(1);
    let said = stderr(&refused);
    assert!(said.contains("error[AL-7008]"), "{said}");
    assert!(
        said.contains("cause: revision 8 was saved meanwhile"),
        "{said}"
    );
    let kept = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "env"))
        .unwrap();
    assert!(said.contains(&kept.display().to_string()), "{said}");
    assert!(fs::read_to_string(kept).unwrap().contains("EDITED=yes"));
}

#[test]
fn an_editor_that_fails_saves_nothing() {
    let agent = MockAgent::start(env_script());
    let failed = allot(&agent.socket())
        .env("EDITOR", "false")
        .args(["app", "config", APP])
        .assert()
        .code(1);
    assert!(stderr(&failed).contains("error[AL-7007]"));
    assert!(!agent.was_asked("UpdateEnv"));
}

#[test]
fn config_takes_a_text_from_stdin() {
    let agent = MockAgent::start(env_script());
    allot(&agent.socket())
        .args(["app", "config", APP, "--from", "-"])
        .write_stdin("A=1\n")
        .assert()
        .success();
    assert!(agent.seen()[0].request.contains("text: Some(\"A=1\\n\")"));
}

#[test]
fn env_set_and_unset_send_only_what_changes() {
    let agent = MockAgent::start(env_script());
    allot(&agent.socket())
        .args(["app", "env", "set", APP, "A=1", "B=x=y"])
        .assert()
        .success();
    allot(&agent.socket())
        .args(["app", "env", "unset", APP, "A"])
        .assert()
        .success();
    let seen = agent.seen();
    assert!(
        seen[0]
            .request
            .contains("Variable { name: \"B\", value: \"x=y\" }")
    );
    assert!(seen[1].request.contains("unset: [\"A\"]"));
    assert!(seen[1].request.contains("text: None"));
}

#[test]
fn colour_is_given_only_where_it_is_wanted() {
    let agent = MockAgent::start(Script {
        plan: fixtures::deploy_plan(),
        ..Default::default()
    });
    let plan = ["app", "plan", APP];
    let plain = allot(&agent.socket()).args(plan).assert();
    assert!(!stdout(&plain).contains('\u{1b}'));
    let forced = allot(&agent.socket())
        .args(plan)
        .args(["--color", "always"])
        .env("NO_COLOR", "1")
        .assert();
    assert!(stdout(&forced).contains('\u{1b}'));
}

#[test]
fn completion_scripts_generate_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = allot(Path::new("/nonexistent"))
            .args(["completion", shell])
            .assert()
            .success();
        assert!(stdout(&script).contains("undeploy"), "{shell}");
    }
}

#[test]
fn manual_pages_generate_one_a_command() {
    let dir = tempfile::tempdir().unwrap();
    allot(Path::new("/nonexistent"))
        .arg("man")
        .arg(dir.path().join("man1"))
        .assert()
        .success();
    let page = fs::read_to_string(dir.path().join("man1/allot-app-deploy.1")).unwrap();
    assert!(page.contains("attach"));
    let first = allot(Path::new("/nonexistent"))
        .arg("man")
        .assert()
        .success();
    assert!(stdout(&first).starts_with(".ie"));
}
