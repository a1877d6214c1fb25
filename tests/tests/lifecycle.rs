//! The life of an app, from `new` to `remove`, and what may happen to it on the way.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{
    io::{Read as _, Write as _},
    process::{Command, Stdio},
    time::Duration,
};

use allot_tests::{EngineProxy, Plot, Run, await_that};
use serde_json::Value;

const SAMPLE: &str = "TYPE=thing

DOMAIN=thing.example.com
GREETING=hello
SECRET_TOKEN_VERSION=v1  # length=24
SECRET_BROUGHT_VERSION=v1  # generate=false
";

/// An app with one of everything, and a second service.
const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sh", "-c", "echo serving; exec sleep 3600"]
    environment: ["GREETING=${GREETING}"]
    secrets: [token, brought]
    configs: [{source: page, target: /page}]
    volumes: ["data:/data"]
    networks: [inner]
    deploy: &quick
      endpoint_mode: dnsrr
      restart_policy: {delay: 300ms}
      update_config: {monitor: 500ms}
      labels: ["coop-cloud.${STACK_NAME}.version=1.0.0+1"]
  db:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sleep", "3600"]
    networks: [inner]
    deploy:
      endpoint_mode: dnsrr
      update_config: {monitor: 500ms}
networks:
  inner:
volumes:
  data:
secrets:
  token: {external: true, name: "${STACK_NAME}_token_${SECRET_TOKEN_VERSION}"}
  brought: {external: true, name: "${STACK_NAME}_brought_${SECRET_BROUGHT_VERSION}"}
configs:
  page: {file: page.txt, name: "${STACK_NAME}_page_v1"}
"#;

/// Nothing but a service that runs.
const PLAIN: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sleep", "3600"]
    deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 300ms}, update_config: {monitor: 500ms}}
"#;

/// A service that is ready only when its volume says so.
const SLOW: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sh", "-c", "sleep 4; touch /ready; exec sleep 3600"]
    healthcheck: {test: ["CMD", "test", "-e", "/ready"], interval: 500ms, start_period: 60s}
    deploy: {endpoint_mode: dnsrr, update_config: {monitor: 500ms}}
"#;

/// The recipe with one of everything, in two versions; the second has another page under the same config name.
fn recipe(plot: &Plot) -> String {
    plot.recipe_of(
        "thing",
        &[
            (
                "1.0.0+1",
                &[
                    (".env.sample", SAMPLE),
                    ("compose.yml", COMPOSE),
                    ("page.txt", "the first page"),
                ],
            ),
            ("1.1.0+1", &[("page.txt", "the second page")]),
        ],
    )
}

/// An app of it at the first version, with its secrets.
fn app(plot: &Plot) -> String {
    let domain = plot.domain("a");
    let recipe = recipe(plot);
    plot.new_app_at("1.0.0+1", &domain, &recipe);
    plot.allot(&["app", "secret", "generate", &domain, "--all"])
        .done();
    let insert = ["app", "secret", "insert", &domain, "brought", "v1"];
    plot.allot_with(&insert, b"by hand").done();
    domain
}

/// What a plan says about the services: name and action.
fn actions(run: &Run) -> Vec<(String, String)> {
    let plan = run.last("plan");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let services = plan["services"].as_array().cloned().unwrap_or_default();
    services
        .iter()
        .map(|s| (text(&s["name"]), text(&s["action"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    expected.iter().map(owned).collect()
}

/// The engine's version number of a service: it grows with every change.
fn revision(plot: &Plot, app: &str, service: &str) -> u64 {
    let name = format!("{}_{service}", Plot::stack(app));
    let service = plot.docker().service(&name).expect("the service");
    service["Version"]["Index"].as_u64().expect("a number")
}

#[test]
fn an_app_lives_from_new_to_remove() {
    let plot = Plot::new("life");
    let app = app(&plot);
    let stack = Plot::stack(&app);

    let plan = plot.allot(&[
        "app",
        "plan",
        &app,
        "--exit-code",
        "--resolve-image",
        "never",
    ]);
    assert_eq!(plan.code, Some(3), "{plan:?}");
    let secrets = plot.allot(&["app", "secret", "list", &app]).json();
    assert!(
        secrets["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["created"] == true),
        "{secrets}"
    );
    let first = plot.deploy(&app, &[]).verdict("converged", 0);
    assert!(first.stdout.contains("\"config\""), "{first:?}");

    let tasks = plot.allot(&["app", "ps", &app]).json();
    assert_eq!(tasks.as_array().unwrap().len(), 2, "{tasks}");
    let services = plot.allot(&["app", "services", &app]).json();
    assert_eq!(
        services["services"][0]["full_name"],
        format!("{stack}_app"),
        "{services}"
    );
    let logs = plot.allot(&["app", "logs", &app, "app"]).done();
    assert!(logs.stdout.contains("serving"), "{logs:?}");
    let list = plot.allot(&["app", "list", "--status"]).done();
    assert!(list.stdout.contains("\"upgrade\""), "{list:?}");

    // A change of the env reaches the service that has it, and no other.
    let db = revision(&plot, &app, "db");
    plot.allot(&["app", "env", "set", &app, "GREETING=moin"])
        .done();
    let changed = plot.deploy(&app, &[]).verdict("converged", 0);
    assert_eq!(
        actions(&changed),
        pairs(&[("app", "update"), ("db", "unchanged")])
    );
    assert_eq!(revision(&plot, &app, "db"), db);

    plot.deploy(&app, &["1.1.0+1"]).verdict("converged", 0);
    assert_eq!(
        plot.allot(&["app", "ps", &app]).json()[0]["version"],
        "1.1.0+1"
    );
    plot.deploy(&app, &["1.0.0+1"]).verdict("converged", 0);

    plot.allot(&["app", "remove", &app, "--yes"])
        .refused("AL-5005");
    plot.allot(&["app", "undeploy", &app, "--yes"])
        .verdict("removed", 0);
    let left = plot.docker().names("volume", &stack);
    assert_eq!(left, [format!("{stack}_data")]);
    plot.allot(&["app", "remove", &app, "--yes"])
        .verdict("removed", 0);
    assert_eq!(plot.docker().names("volume", &stack), [""; 0]);
    assert_eq!(plot.docker().names("secret", &stack), [""; 0]);

    let history = plot.allot(&["app", "history", &app]).json();
    let kinds: Vec<_> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["remove", "undeploy", "deploy", "deploy", "deploy", "deploy"]
    );
}

#[test]
fn an_unchanged_deploy_only_reads() {
    let dir = tempfile::TempDir::with_prefix("allot-").unwrap();
    let proxy = EngineProxy::start(dir.path());
    let plot = Plot::builder("reads")
        .endpoint(&proxy.endpoint())
        .lay_out_in(dir);
    let app = app(&plot);
    plot.deploy(&app, &[]).verdict("converged", 0);
    let made = proxy.take_requests();
    assert!(made.iter().any(|r| r.method == "POST"), "{made:?}");

    plot.deploy(&app, &[]).verdict("unchanged", 0);
    let read = proxy.take_requests();
    assert!(!read.is_empty());
    assert!(
        read.iter().all(|r| r.method == "GET" || r.method == "HEAD"),
        "{read:?}"
    );
}

#[test]
fn a_deploy_right_after_an_undeploy_works() {
    let plot = Plot::new("again");
    let app = plot.app(PLAIN);
    let stack = Plot::stack(&app);
    for _ in 0..3 {
        plot.deploy(&app, &[]).verdict("converged", 0);
        plot.allot(&["app", "undeploy", &app, "--yes"])
            .verdict("removed", 0);
        assert_eq!(plot.docker().everything(&stack), [""; 0]);
    }
}

#[test]
fn a_config_with_new_content_under_its_old_name_is_replaced_and_the_old_one_collected() {
    let plot = Plot::new("config");
    let app = app(&plot);
    let stack = Plot::stack(&app);
    plot.deploy(&app, &[]).verdict("converged", 0);
    assert_eq!(
        plot.docker().names("config", &stack),
        [format!("{stack}_page_v1")]
    );
    plot.deploy(&app, &["1.1.0+1"]).verdict("converged", 0);
    let left = plot.docker().names("config", &stack);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_ne!(left[0], format!("{stack}_page_v1"));
    let service = plot.docker().service(&format!("{stack}_app")).unwrap();
    assert_eq!(
        service["Spec"]["TaskTemplate"]["ContainerSpec"]["Configs"][0]["ConfigName"],
        left[0].as_str()
    );
}

#[test]
fn two_apps_deploy_at_the_same_time() {
    let plot = Plot::new("pair");
    let recipe = plot.recipe_of("thing", &[("1.0.0+1", &[("compose.yml", PLAIN)])]);
    let apps = ["a", "b"].map(|name| plot.domain(name));
    for app in &apps {
        plot.new_app(app, &recipe).done();
    }
    let mut running = apps.each_ref().map(|app| plot.deploying(app, &[]));
    for deploy in &mut running {
        deploy.operation();
    }
    for deploy in running {
        deploy.end().verdict("converged", 0);
    }
}

#[test]
fn a_second_deploy_of_one_app_is_refused_while_the_first_goes_on() {
    let plot = Plot::new("busy");
    let app = plot.app(SLOW);
    let mut first = plot.deploying(&app, &[]);
    let operation = first.operation();
    let refused = plot.deploy(&app, &["--force"]).refused("AL-5006");
    assert!(refused.stderr.contains(&operation), "{refused:?}");
    first.end().verdict("converged", 0);
}

#[test]
fn ctrl_c_detaches_and_attach_shows_the_verdict() {
    let plot = Plot::new("ctrlc");
    let app = plot.app(SLOW);
    let mut deploy = plot.deploying(&app, &[]);
    let operation = deploy.operation();
    deploy.signal("INT");
    let detached = deploy.end();
    assert_eq!(detached.code, Some(130), "{detached:?}");
    assert_eq!(detached.last("detached")["operation"], operation.as_str());
    plot.allot(&["app", "deploy", "--attach", &operation])
        .verdict("converged", 0);
}

#[test]
fn an_agent_killed_in_the_middle_says_interrupted_and_can_go_on() {
    let mut plot = Plot::new("killed");
    let app = plot.app(SLOW);
    let mut deploy = plot.deploying(&app, &[]);
    let operation = deploy.operation();
    deploy.until_state("app", "starting");
    plot.agent_mut().kill();
    let lost = deploy.end();
    assert_eq!(
        (lost.error_code().as_str(), lost.code),
        ("AL-6002", Some(6))
    );
    plot.agent_mut().serve();
    let told = plot.allot(&["app", "deploy", "--attach", &operation]);
    let told = told.verdict("interrupted", 6);
    assert_eq!(told.last("verdict")["code"], "AL-5023");
    let again = plot.deploy(&app, &[]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(again.outcome(), "unchanged");
}

/// Answers the question of `allot app deploy` on a terminal, after `meanwhile` has happened.
fn on_a_terminal(plot: &Plot, app: &str, meanwhile: impl FnOnce()) -> String {
    let allot = std::env::current_exe().unwrap();
    let allot = allot.ancestors().nth(2).unwrap().join("allot");
    let command = format!(
        "{} --socket {} app deploy {app} --resolve-image never",
        allot.display(),
        plot.agent().socket().display()
    );
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("run script(1), which gives a command a terminal");
    let mut output = terminal.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains("Apply this plan?") {
        let count = output.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
    meanwhile();
    let mut input = terminal.stdin.take().unwrap();
    input.write_all(b"y\n").unwrap();
    output.read_to_end(&mut seen).unwrap();
    drop(input);
    let status = terminal.wait().unwrap();
    format!("{}\n{status}", String::from_utf8_lossy(&seen))
}

#[test]
fn a_plan_is_refused_when_the_world_changed_since_it_was_shown() {
    let plot = Plot::new("stale");
    let app = plot.app(PLAIN);
    plot.deploy(&app, &[]).verdict("converged", 0);
    plot.allot(&["app", "env", "set", &app, "MORE=1"]).done();
    let service = format!("{}_app", Plot::stack(&app));
    let said = on_a_terminal(&plot, &app, || {
        let change = ["service", "update", "--detach", "--env-add", "OTHER=1"];
        let mut args = change.to_vec();
        args.push(&service);
        plot.docker().ok(&args);
    });
    assert!(said.contains("AL-5008"), "{said}");
    assert!(said.contains("exit status: 1"), "{said}");
}

#[test]
fn abras_labels_and_env_are_on_the_service_app() {
    let plot = Plot::new("abra");
    let app = app(&plot);
    let stack = Plot::stack(&app);
    plot.deploy(&app, &[]).verdict("converged", 0);
    let service = plot.docker().service(&format!("{stack}_app")).unwrap();
    let labels = &service["Spec"]["Labels"];
    assert_eq!(labels[format!("coop-cloud.{stack}.version")], "1.0.0+1");
    assert_eq!(labels[format!("coop-cloud.{stack}.recipe")], "thing");
    assert_eq!(labels[format!("coop-cloud.{stack}.chaos")], "false");
    assert_eq!(labels["com.docker.stack.namespace"], stack.as_str());
    let env = &service["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"];
    let env: Vec<_> = env
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for wanted in [
        "TYPE=thing:1.0.0+1",
        "GREETING=hello",
        "SECRET_TOKEN_VERSION=v1",
    ] {
        assert!(env.contains(&wanted), "{env:?}");
    }
    assert!(env.contains(&format!("DOMAIN={app}").as_str()), "{env:?}");
    let db = plot.docker().service(&format!("{stack}_db")).unwrap();
    let env = &db["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"];
    assert!(!env.to_string().contains("GREETING"), "{env}");
}

#[test]
fn history_says_what_is_still_going_on() {
    let plot = Plot::new("going");
    let app = plot.app(SLOW);
    let mut deploy = plot.deploying(&app, &[]);
    let operation = deploy.operation();
    let newest = || plot.allot(&["app", "history", &app]).json()["entries"][0].clone();
    assert_eq!(newest()["outcome"], "running");
    assert_eq!(newest()["operation"], operation.as_str());
    deploy.end().verdict("converged", 0);
    await_that(
        "the history knows the verdict",
        Duration::from_secs(5),
        || (newest()["outcome"] == "converged").then_some(()),
    );
}
