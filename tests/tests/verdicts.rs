//! The deck of stacks: each must come to exactly this verdict, with this exit code, for this reason.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::time::Duration;

use allot_tests::{EngineProxy, Plot, await_that};

/// A service `app` with these lines of its own. Short delays, so that the deck is quick; the stop signal is one that
/// the first process of a container does not ignore.
fn compose(service: &str) -> String {
    format!(
        "version: \"3.8\"
services:
  app:
    image: allotment/busybox:1
    stop_signal: SIGKILL
{service}"
    )
}

/// A `deploy:` section that tries again soon and is monitored briefly.
const QUICK: &str = "    deploy:
      endpoint_mode: dnsrr
      restart_policy: {delay: 300ms}
      update_config: {monitor: 1s}
";

/// A health check by this shell text.
fn health(test: &str, more: &str) -> String {
    format!(
        "    healthcheck: {{test: [\"CMD-SHELL\", \"{test}\"], interval: 500ms, timeout: 2s, {more}}}\n"
    )
}

const SLEEP: &str = "    command: [\"sleep\", \"3600\"]\n";

#[test]
fn a_service_that_runs_converges() {
    let plot = Plot::new("runs");
    let app = plot.app(&compose(&format!("{SLEEP}{QUICK}")));
    plot.deploy(&app, &[]).verdict("converged", 0);
}

#[test]
fn a_crash_loop_fails_within_a_minute_and_shows_its_last_words() {
    let plot = Plot::new("crash");
    let app = plot.app(&compose(&format!(
        "    command: [\"sh\", \"-c\", \"echo out of beans; exit 3\"]\n{QUICK}"
    )));
    let run = plot
        .deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("out of beans")
        .recap_says("\"exit_code\":3");
    assert!(run.took < Duration::from_secs(60), "{run:?}");
}

#[test]
fn a_command_that_the_image_lacks_fails_and_is_named() {
    let plot = Plot::new("command");
    let app = plot.app(&compose(&format!(
        "    command: [\"no-such-program\"]\n{QUICK}"
    )));
    plot.deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("no-such-program");
}

#[test]
fn an_image_that_is_not_there_fails_and_is_named() {
    let plot = Plot::new("image");
    let compose = compose(&format!("{SLEEP}{QUICK}")).replace("busybox:1", "no-such-image:9");
    let app = plot.app(&compose);
    plot.deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("no-such-image:9");
}

#[test]
fn a_missing_external_network_is_refused_before_anything_is_touched() {
    let plot = Plot::new("network");
    let app = plot.app(&format!(
        "{}    networks: [elsewhere]\nnetworks:\n  elsewhere: {{external: true, name: deck-no-such-network}}\n",
        compose(SLEEP)
    ));
    let run = plot.deploy(&app, &[]).refused("AL-5010");
    assert!(run.stderr.contains("deck-no-such-network"), "{run:?}");
    assert_eq!(run.code, Some(1));
    assert_eq!(plot.docker().everything(&Plot::stack(&app)), [""; 0]);
}

#[test]
fn a_missing_secret_is_refused_before_anything_is_touched() {
    let plot = Plot::new("secret");
    let app = plot.app(&format!(
        "{}    secrets: [token]\nsecrets:\n  token: {{external: true, name: \"${{STACK_NAME}}_token_v1\"}}\n",
        compose(SLEEP)
    ));
    let run = plot.deploy(&app, &[]).refused("AL-5011");
    assert!(run.stderr.contains("_token_v1"), "{run:?}");
    assert_eq!(run.code, Some(1));
    assert_eq!(plot.docker().everything(&Plot::stack(&app)), [""; 0]);
}

#[test]
fn a_health_check_that_fails_from_the_start_fails_and_shows_its_output() {
    let plot = Plot::new("sick");
    let check = health("echo the well is dry; exit 1", "retries: 2");
    let app = plot.app(&compose(&format!("{SLEEP}{check}{QUICK}")));
    plot.deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("unhealthy")
        .recap_says("the well is dry");
}

/// A first version that is well, and a second one whose health check fails, with what swarm is to do about that.
fn sick_upgrade(plot: &Plot, action: &str) -> String {
    let deploy = format!(
        "    deploy:
      endpoint_mode: dnsrr
      restart_policy: {{delay: 300ms}}
      update_config: {{monitor: 3s, failure_action: {action}}}
      rollback_config: {{monitor: 1s}}
"
    );
    let well = compose(&format!("    command: [\"sleep\", \"3601\"]\n{deploy}"));
    let check = health("echo the well is dry; exit 1", "retries: 2");
    let sick = compose(&format!(
        "    command: [\"sleep\", \"3602\"]\n{check}{deploy}"
    ));
    let recipe = plot.recipe_of(
        "thing",
        &[
            ("1.0.0+1", &[("compose.yml", &well)]),
            ("2.0.0+1", &[("compose.yml", &sick)]),
        ],
    );
    let app = plot.domain("a");
    plot.new_app_at("1.0.0+1", &app, &recipe);
    plot.deploy(&app, &[]).verdict("converged", 0);
    app
}

/// What the service's spec runs now.
fn command_of(plot: &Plot, app: &str) -> String {
    let service = plot
        .docker()
        .service(&format!("{}_app", Plot::stack(app)))
        .expect("the service");
    service["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"].to_string()
}

#[test]
fn an_update_that_the_engine_undoes_is_rolled_back_and_the_old_version_runs() {
    let plot = Plot::new("rollback");
    let app = sick_upgrade(&plot, "rollback");
    plot.deploy(&app, &["2.0.0+1"])
        .verdict("rolled_back", 4)
        .recap_says("the well is dry");
    assert_eq!(command_of(&plot, &app), r#"["sleep","3601"]"#);
    let tasks = plot.allot(&["app", "ps", &app]).json();
    assert_eq!(tasks[0]["state"], "running", "{tasks}");
    assert_eq!(tasks[0]["version"], "1.0.0+1", "{tasks}");
}

#[test]
fn an_update_that_the_engine_pauses_has_failed() {
    let plot = Plot::new("pause");
    let app = sick_upgrade(&plot, "pause");
    let run = plot
        .deploy(&app, &["2.0.0+1"])
        .verdict("failed", 1)
        .recap_says("the well is dry");
    assert!(run.stdout.contains("paused"), "{run:?}");
    assert_eq!(command_of(&plot, &app), r#"["sleep","3602"]"#);
}

#[test]
fn a_long_start_period_converges_although_the_timeout_is_shorter() {
    let plot = Plot::new("slowstart");
    let start = "    command: [\"sh\", \"-c\", \"sleep 7; touch /ready; exec sleep 3600\"]\n";
    let check = health("test -e /ready", "retries: 2, start_period: 60s");
    let app = plot.app(&compose(&format!(
        "{start}{check}{QUICK}      labels: [\"coop-cloud.${{STACK_NAME}}.timeout=3\"]\n"
    )));
    plot.deploy(&app, &[]).verdict("converged", 0);
}

#[test]
fn a_service_that_is_healthy_too_late_times_out() {
    let plot = Plot::new("late");
    let check = health("echo not yet; exit 1", "retries: 1000");
    let app = plot.app(&compose(&format!(
        "{SLEEP}{check}{QUICK}      labels: [\"coop-cloud.${{STACK_NAME}}.timeout=4\"]\n"
    )));
    let run = plot
        .deploy(&app, &[])
        .verdict("timed_out", 1)
        .recap_says("not yet");
    assert!(run.took < Duration::from_secs(30), "{run:?}");
}

#[test]
fn a_port_that_another_process_holds_fails_and_is_named() {
    let plot = Plot::new("port");
    let held = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let app = plot.app(&compose(&format!(
        "{SLEEP}    ports: [{{target: 80, published: {port}, mode: host}}]\n{QUICK}"
    )));
    plot.deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says(&port);
}

#[test]
fn a_port_that_another_service_holds_fails_and_says_why() {
    let plot = Plot::new("port2");
    let free = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let ports = format!("    ports: [{{target: 80, published: {port}, mode: host}}]\n");
    let other = ports_service("other", &ports);
    let app = plot.app(&format!(
        "{}{other}",
        compose(&format!("{SLEEP}{ports}{QUICK}"))
    ));
    let run = plot.deploy(&app, &[]).verdict("failed", 1);
    assert!(
        run.stdout.contains("host-mode port already in use"),
        "{run:?}"
    );
}

/// A second service of the stack.
fn ports_service(name: &str, lines: &str) -> String {
    format!(
        "  {name}:\n    image: allotment/busybox:1\n    stop_signal: SIGKILL\n{SLEEP}{lines}{QUICK}"
    )
}

#[test]
fn a_constraint_that_no_node_fits_fails_and_says_so() {
    let plot = Plot::new("constraint");
    let app = plot.app(&compose(&format!(
        "{SLEEP}{QUICK}      placement: {{constraints: [\"node.labels.deck == nowhere\"]}}\n"
    )));
    let run = plot
        .deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("no suitable node");
    assert!(run.took < Duration::from_secs(60), "{run:?}");
}

#[test]
fn a_job_that_ends_well_is_completed() {
    let plot = Plot::new("job");
    let app = plot.app(&compose(
        "    command: [\"true\"]\n    deploy: {mode: replicated-job, replicas: 2}\n",
    ));
    plot.deploy(&app, &[]).verdict("completed", 0);
    plot.deploy(&app, &[]).verdict("unchanged", 0);
}

#[test]
fn a_job_that_cannot_end_well_fails() {
    let plot = Plot::new("badjob");
    let app = plot.app(&compose(
        "    command: [\"sh\", \"-c\", \"echo no seeds; exit 5\"]
    deploy: {mode: replicated-job, restart_policy: {condition: none}}
",
    ));
    plot.deploy(&app, &[])
        .verdict("failed", 1)
        .recap_says("no seeds");
}

#[test]
fn a_service_that_is_meant_to_end_is_completed() {
    let plot = Plot::new("oneshot");
    let app = plot.app(&compose(
        "    command: [\"true\"]
    deploy: {endpoint_mode: dnsrr, restart_policy: {condition: none}, update_config: {monitor: 1s}}
",
    ));
    plot.deploy(&app, &[]).verdict("completed", 0);
}

#[test]
fn a_service_scaled_to_nothing_converges() {
    let plot = Plot::new("nothing");
    let app = plot.app(&compose(&format!("{SLEEP}{QUICK}      replicas: 0\n")));
    plot.deploy(&app, &[]).verdict("converged", 0);
}

#[test]
fn a_service_that_fails_until_another_one_is_up_converges() {
    let plot = Plot::new("race");
    // Without a health check: the engine calls the database running long before it answers.
    let db = "  db:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: [\"sh\", \"-c\", \"sleep 8; exec nc -ll -p 5432 -e true\"]
";
    let app = plot.app(&format!(
        "{}{db}{QUICK}",
        compose(&format!(
            "    command: [\"sh\", \"-c\", \"nc -w 1 ${{STACK_NAME}}_db 5432 </dev/null || exit 1; exec sleep 3600\"]\n{QUICK}"
        ))
    ));
    let run = plot.deploy(&app, &[]).verdict("converged", 0);
    let failures = run
        .all("progress")
        .iter()
        .filter_map(|p| p["failures"].as_u64())
        .max();
    assert!(failures > Some(2), "there was no race: {run:?}");
}

/// A plot whose agent sees the engine through a proxy, and a deploy that is being watched.
fn behind_a_proxy(name: &str) -> (EngineProxy, Plot, String) {
    let dir = tempfile::TempDir::with_prefix("allot-").unwrap();
    let proxy = EngineProxy::start(dir.path());
    let plot = Plot::builder(name)
        .endpoint(&proxy.endpoint())
        .lay_out_in(dir);
    let start = "    command: [\"sh\", \"-c\", \"sleep 4; touch /ready; exec sleep 3600\"]\n";
    let check = health("test -e /ready", "retries: 2, start_period: 60s");
    let app = plot.app(&compose(&format!("{start}{check}{QUICK}")));
    (proxy, plot, app)
}

#[test]
fn an_engine_that_stays_away_interrupts_the_operation() {
    let (proxy, plot, app) = behind_a_proxy("away");
    let mut deploy = plot.deploying(&app, &[]);
    deploy.until_state("app", "starting");
    proxy.cut();
    deploy.end().verdict("interrupted", 6);
}

#[test]
fn an_engine_that_comes_back_in_time_does_not_disturb_the_verdict() {
    let (proxy, plot, app) = behind_a_proxy("back");
    let mut deploy = plot.deploying(&app, &[]);
    deploy.until_state("app", "starting");
    proxy.cut();
    deploy.until_state("app", "does not answer");
    // Longer away than the service needs: it arrives unseen.
    let stack = Plot::stack(&app);
    await_that("the service is healthy", Duration::from_secs(30), || {
        let healthy = ["ps", "--quiet", "--filter", "health=healthy", "--filter"];
        let name = format!("name={stack}_app");
        let mut args = healthy.to_vec();
        args.push(&name);
        (!plot.docker().ok(&args).is_empty()).then_some(())
    });
    proxy.mend();
    deploy.end().verdict("converged", 0);
}
