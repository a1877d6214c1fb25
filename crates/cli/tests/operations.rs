//! Deploy, undeploy, remove: the question before, the watching, and what the process ends with.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use allot_proto::{ErrorKind, agent::Outcome, status};
use support::{
    MockAgent, Script, allot, documents,
    fixtures::{self, APP, OPERATION},
    mock::End,
    stderr, stdout,
};

fn deploy_script(outcome: Outcome) -> Script {
    Script {
        plan: fixtures::deploy_plan(),
        events: fixtures::events(outcome),
        ..Default::default()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(&'static str);

fn said(kind: ErrorKind, code: &str, text: &'static str) -> tonic::Status {
    status(kind, code, &Said(text), Some("do something else"))
}

#[test]
fn every_verdict_has_its_exit_code() {
    let expected = [
        (Outcome::Converged, 0),
        (Outcome::Completed, 0),
        (Outcome::Unchanged, 0),
        (Outcome::Detached, 0),
        (Outcome::Removed, 0),
        (Outcome::RolledBack, 4),
        (Outcome::Failed, 1),
        (Outcome::TimedOut, 1),
        (Outcome::Interrupted, 6),
        (Outcome::Unspecified, 1),
    ];
    for (outcome, code) in expected {
        let agent = MockAgent::start(deploy_script(outcome));
        allot(&agent.socket())
            .args(["app", "deploy", APP, "--yes"])
            .assert()
            .code(code);
    }
}

#[test]
fn a_deploy_shows_plan_and_progress_on_stderr_and_the_verdict_on_stdout() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    let done = allot(&agent.socket())
        .args(["app", "deploy", APP, "-n"])
        .assert()
        .success();
    assert_eq!(
        stdout(&done),
        "converged: all 2 services run the new spec (12.4 s)\n"
    );
    let talk = stderr(&done);
    assert!(talk.contains("Plan 3f2a91bc: 4 to create"), "{talk}");
    assert!(
        talk.contains("+4.2s  app  1/2  starting (health check)"),
        "{talk}"
    );
    assert_eq!(talk.matches("pulling image").count(), 1, "{talk}");
    assert!(!talk.contains('\u{1b}'), "no terminal, no escape: {talk}");
    assert!(agent.was_asked(&format!(
        "ApplyPlanRequest {{ app: \"{APP}\", hash: \"3f2a91bc5d6e7f80\" }}"
    )));
}

#[test]
fn a_failure_is_explained_and_says_what_to_do() {
    let agent = MockAgent::start(deploy_script(Outcome::Failed));
    let failed = allot(&agent.socket())
        .args(["app", "deploy", APP, "--yes"])
        .assert()
        .code(1);
    assert_eq!(
        stdout(&failed),
        "failed: 1 of 2 services does not run (20.4 s)\n"
    );
    let talk = stderr(&failed);
    for part in [
        "app (task 3jk2l1m0n9)",
        "exit code: 1",
        "| fatal: \\x1b[31mno database",
        "| curl: (7) connection refused",
        "error[AL-5021]: deploy of blog.example.org: failed",
        "help: read the whole log with `allot app logs blog.example.org app`",
    ] {
        assert!(talk.contains(part), "{part} is not in\n{talk}");
    }
}

#[test]
fn nothing_is_applied_unasked_without_a_terminal() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    for verb in ["deploy", "undeploy", "remove"] {
        let refused = allot(&agent.socket())
            .args(["app", verb, APP])
            .write_stdin("y\n")
            .assert()
            .code(2);
        assert!(stderr(&refused).contains("error[AL-7001]"));
        assert!(stderr(&refused).contains("pass --yes"));
    }
    assert!(!agent.was_asked("ApplyPlan"));
}

/// Runs `allot` on a terminal of its own, with `answer` typed; util-linux's `script` makes the terminal.
fn on_terminal(agent: &MockAgent, command: &str, answer: &str) -> (i32, String) {
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_allot"));
    let done = assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .write_stdin(answer)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code().unwrap(), shown)
}

#[test]
fn a_no_at_the_terminal_changes_nothing() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    let (code, shown) = on_terminal(&agent, &format!("app deploy {APP}"), "n\r");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("Apply this plan?"), "{shown}");
    assert!(shown.contains("AL-7003"), "{shown}");
    assert!(!agent.was_asked("ApplyPlan"));
}

#[test]
fn a_yes_at_the_terminal_applies_the_plan_that_was_shown() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    let (code, shown) = on_terminal(&agent, &format!("app deploy {APP}"), "y\r");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("converged"), "{shown}");
    assert!(agent.was_asked("ApplyPlan"));
}

#[test]
fn a_removal_warns_at_the_terminal_that_it_is_for_good() {
    let agent = MockAgent::start(Script {
        plan: fixtures::remove_plan(),
        ..Default::default()
    });
    let (code, shown) = on_terminal(&agent, &format!("app remove {APP}"), "n\r");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("cannot be brought back"), "{shown}");
}

#[test]
fn an_unchanged_deploy_asks_nothing() {
    let agent = MockAgent::start(Script {
        plan: fixtures::unchanged_plan(),
        events: fixtures::events(Outcome::Unchanged),
        ..Default::default()
    });
    let done = allot(&agent.socket())
        .args(["app", "deploy", APP])
        .assert()
        .success();
    assert!(stdout(&done).starts_with("unchanged: "));
    assert!(stdout(&done).contains("simulated"));
}

#[test]
fn a_blocked_plan_is_shown_and_not_applied() {
    let agent = MockAgent::start(Script {
        plan: fixtures::blocked_plan(),
        ..Default::default()
    });
    let blocked = allot(&agent.socket())
        .args(["app", "deploy", APP, "--yes"])
        .assert()
        .code(1);
    let talk = stderr(&blocked);
    assert!(talk.contains("Deploy blog.example.org"), "{talk}");
    assert!(
        talk.contains("error[AL-5012]: the secret cache_password_v1 does not exist\nhelp: run")
    );
    assert!(talk.contains("error[AL-4007]"), "{talk}");
    assert!(!agent.was_asked("ApplyPlan"));
}

#[test]
fn json_of_a_deploy_is_the_plan_then_events_then_the_verdict() {
    let agent = MockAgent::start(deploy_script(Outcome::RolledBack));
    let done = allot(&agent.socket())
        .args(["app", "deploy", APP, "-y", "-m"])
        .assert()
        .code(4);
    let documents = documents(&done);
    assert_eq!(documents[0]["plan"]["hash"], "3f2a91bc5d6e7f80");
    assert_eq!(documents[1]["started"]["operation"], OPERATION);
    let last = documents.last().unwrap();
    assert_eq!(last["verdict"]["outcome"], "rolled_back");
    assert_eq!(last["verdict"]["code"], "AL-5021");
    assert!(
        stderr(&done).starts_with("error[AL-5021]"),
        "no talk but the error"
    );
}

#[test]
fn the_options_reach_the_plan() {
    let agent = MockAgent::start(deploy_script(Outcome::Detached));
    allot(&agent.socket())
        .args([
            "app",
            "deploy",
            APP,
            "2.0.0+6.5",
            "-f",
            "-o",
            "-c",
            "-y",
            "--prune",
        ])
        .args(["--resolve-image", "never"])
        .assert()
        .success();
    let asked = &agent.seen()[0].request;
    for part in [
        "version: \"2.0.0+6.5\"",
        "latest: false",
        "offline: true",
        "resolve_image: Never",
        "detach: true",
        "force: true",
        "prune: true",
    ] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
}

#[test]
fn ctrl_c_detaches_and_says_how_to_look_again() {
    for json in [false, true] {
        let agent = MockAgent::start(Script {
            end: End::Open,
            events: fixtures::progress_events(),
            plan: fixtures::deploy_plan(),
            ..Default::default()
        });
        let mut child = Command::new(env!("CARGO_BIN_EXE_allot"))
            .args(["app", "deploy", APP, "--yes"])
            .args(if json { &["-m"][..] } else { &[] })
            .env_clear()
            .env("ALLOT_SOCKET", agent.socket())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The last event is on the terminal (or in the pipe): from here on only the signal ends it.
        let mut lines: Box<dyn Iterator<Item = std::io::Result<String>>> = if json {
            Box::new(BufReader::new(child.stdout.take().unwrap()).lines())
        } else {
            Box::new(BufReader::new(child.stderr.take().unwrap()).lines())
        };
        let last = if json { "\"sequence\":8" } else { "+12.3s" };
        assert!(lines.by_ref().any(|line| line.unwrap().contains(last)));
        let killed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let rest = rest.join("\n");
        if json {
            assert_eq!(
                rest,
                format!("{{\"detached\":{{\"app\":\"{APP}\",\"operation\":\"{OPERATION}\"}}}}")
            );
        } else {
            assert!(rest.contains(&format!("allot app deploy --attach {OPERATION}")));
            assert!(rest.contains(&format!("allot app history {APP}")));
        }
    }
}

#[test]
fn attach_watches_an_operation_from_its_beginning() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    let done = allot(&agent.socket())
        .args(["app", "deploy", "--attach", OPERATION])
        .assert()
        .success();
    assert!(stderr(&done).contains("deploy of blog.example.org 2.0.0+6.5 began"));
    assert!(agent.was_asked("AttachOperationRequest"));
    assert!(!agent.was_asked("PlanDeploy"));
}

#[test]
fn an_agent_lost_in_the_middle_is_no_verdict() {
    for end in [End::Closed, End::Error(tonic::Status::unavailable("gone"))] {
        let agent = MockAgent::start(Script {
            end,
            events: fixtures::progress_events(),
            plan: fixtures::deploy_plan(),
            ..Default::default()
        });
        let lost = allot(&agent.socket())
            .args(["app", "deploy", APP, "--yes"])
            .assert()
            .code(6);
        assert_eq!(stdout(&lost), "");
        let talk = stderr(&lost);
        assert!(talk.contains("error[AL-6002]"), "{talk}");
        assert!(talk.contains(&format!("--attach {OPERATION}")), "{talk}");
    }
}

#[test]
fn a_world_that_changed_since_the_plan_is_the_agents_error() {
    let agent = MockAgent::start(Script {
        end: End::Error(said(
            ErrorKind::Precondition,
            "AL-5030",
            "the swarm changed",
        )),
        plan: fixtures::deploy_plan(),
        ..Default::default()
    });
    let refused = allot(&agent.socket())
        .args(["app", "deploy", APP, "--yes"])
        .assert()
        .code(1);
    assert!(
        stderr(&refused).contains("error[AL-5030]: the swarm changed\nhelp: do something else")
    );
}

#[test]
fn undeploy_and_remove_ask_for_their_own_plans() {
    let agent = MockAgent::start(Script {
        plan: fixtures::undeploy_plan(),
        events: fixtures::events(Outcome::Removed),
        ..Default::default()
    });
    allot(&agent.socket())
        .args(["app", "un", APP, "-y"])
        .assert()
        .success();
    assert!(agent.was_asked("PlanUndeployRequest"));
    allot(&agent.socket())
        .args(["app", "rm", APP, "-f", "--keep-volumes"])
        .assert()
        .success();
    assert!(agent.was_asked(&format!(
        "PlanRemoveRequest {{ app: \"{APP}\", keep_volumes: true }}"
    )));
}

#[test]
fn plan_exits_with_3_only_when_asked_and_changed() {
    let run = |plan: &allot_proto::agent::Plan, args: &[&str]| {
        let agent = MockAgent::start(Script {
            plan: plan.clone(),
            ..Default::default()
        });
        let done = allot(&agent.socket())
            .args(["app", "plan", APP])
            .args(args)
            .assert();
        done.get_output().status.code().unwrap()
    };
    let (changed, same) = (fixtures::deploy_plan(), fixtures::unchanged_plan());
    assert_eq!(run(&changed, &[]), 0);
    assert_eq!(run(&changed, &["--exit-code"]), 3);
    assert_eq!(run(&same, &["--exit-code"]), 0);
    assert_eq!(run(&fixtures::blocked_plan(), &["--exit-code"]), 1);
}

#[test]
fn plan_is_data_on_stdout() {
    let agent = MockAgent::start(deploy_script(Outcome::Converged));
    let shown = allot(&agent.socket()).args(["app", "plan", APP]).assert();
    assert!(stdout(&shown).starts_with("Deploy blog.example.org\n"));
    assert_eq!(stderr(&shown), "");
    let json = allot(&agent.socket())
        .args(["app", "plan", APP, "--output", "json"])
        .assert();
    let plan = &documents(&json)[0];
    assert_eq!(plan["kind"], "deploy");
    assert_eq!(plan["services"][0]["action"], "update");
}

#[test]
fn a_chaos_deploy_is_refused_with_what_to_do_instead() {
    let agent = MockAgent::start(Script::default());
    let refused = allot(&agent.socket())
        .args(["app", "deploy", APP, "-C"])
        .assert()
        .code(2);
    assert!(stderr(&refused).contains("give the commit as the version"));
}

#[test]
fn progress_on_a_terminal_is_a_line_a_service() {
    let agent = MockAgent::start(deploy_script(Outcome::Failed));
    let (code, shown) = on_terminal(&agent, &format!("app deploy {APP} --yes"), "");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("2/2  running"), "{shown}");
}
