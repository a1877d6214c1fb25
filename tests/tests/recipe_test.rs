//! `allot recipe test` on a real swarm: what passes, what must be caught, and that nothing ever stays behind.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use allot_testkit::RecipeRepo;
use allot_tests::{Plot, Run, Running, await_that};
use serde_json::Value;

/// A service that keeps what it is given in a volume, and a second one.
const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sh", "-c", "exec sleep 3600"]
    secrets: [token]
    volumes: ["data:/data"]
    networks: [inner]
    deploy: &quick
      endpoint_mode: dnsrr
      restart_policy: {delay: 300ms}
      update_config: {monitor: 500ms}
  db:
    image: allotment/busybox:1
    stop_signal: SIGKILL
    command: ["sleep", "3600"]
    networks: [inner]
    deploy: *quick
networks:
  inner:
volumes:
  data:
secrets:
  token: {external: true, name: "${STACK_NAME}_token_${SECRET_TOKEN_VERSION}"}
"#;

const SAMPLE: &str = "TYPE=thing
DOMAIN=thing.example.com
SECRET_TOKEN_VERSION=v1  # length=24
";

/// The example recipe as a repository of its own.
fn guestbook(plot: &Plot) -> PathBuf {
    let dir = plot.dir().join("guestbook");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let made = Command::new(root.join("scripts/guestbook-repo"))
        .arg(&dir)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    dir
}

/// Changes a file of a repository and publishes that as a version.
fn publish(repo: &Path, version: &str, change: impl FnOnce(String) -> String) {
    let compose = repo.join("compose.yml");
    let text = fs::read_to_string(&compose).unwrap();
    fs::write(&compose, change(text)).unwrap();
    for args in [
        vec!["commit", "-q", "--all", "--allow-empty", "-m", version],
        vec!["tag", "-a", version, "-m", version],
    ] {
        let mut git = Command::new("git");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=t", "-c", "user.email=t@allotment.invalid"])
            .arg("-C")
            .arg(repo)
            .args(&args);
        assert!(git.status().unwrap().success(), "{args:?}");
    }
}

fn thing(plot: &Plot) -> RecipeRepo {
    plot.recipe("thing")
        .file(".env.sample", SAMPLE)
        .file("compose.yml", COMPOSE)
        .file("tests/data-put.sh", "echo kept > /data/file\n")
        .file("tests/data-check.sh", "cat /data/file\n")
}

fn tested(plot: &Plot, repo: &Path, args: &[&str]) -> Run {
    let mut all = vec!["recipe", "test", repo.to_str().unwrap()];
    all.extend(args);
    plot.allot(&all)
}

fn report(run: &Run) -> Value {
    let last = run.stdout.lines().last().expect("a report");
    let document: Value = serde_json::from_str(last).unwrap();
    document["report"].clone()
}

fn phases(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let phases = report["phases"].as_array().unwrap();
    phases
        .iter()
        .map(|p| (text(&p["name"]), text(&p["verdict"])))
        .collect()
}

fn with_verdict(report: &Value, verdict: &str) -> Vec<String> {
    let phases = phases(report).into_iter();
    phases
        .filter(|(_, is)| is == verdict)
        .map(|(name, _)| name)
        .collect()
}

fn stack(run: &str, recipe: &str) -> String {
    format!("allot-test-{recipe}-{run}")
}

/// Nothing of a test is on the swarm or known to the agent, as docker itself sees it.
fn assert_gone(plot: &Plot, stack: &str) {
    assert_eq!(plot.docker().everything(stack), Vec::<String>::new());
    assert_eq!(plot.docker().containers(stack), Vec::<String>::new());
    let apps = plot.allot(&["app", "list"]);
    assert!(!apps.stdout.contains("allot-test-"), "{apps:?}");
}

#[test]
fn the_guestbook_passes_from_release_to_release_and_leaves_nothing() {
    let plot = Plot::new("rt-good");
    let repo = guestbook(&plot);
    let junit = plot.dir().join("junit.xml");
    let run = tested(&plot, &repo, &["--junit", junit.to_str().unwrap()]);
    let report = report(&run);
    assert_eq!(run.code, Some(0), "{report:#}");
    assert_eq!(report["verdict"], "passed");
    assert_eq!(report["candidate"]["version"], "1.1.0+1.1.0");
    assert_eq!(report["previous"]["version"], "1.0.0+1.0.0");
    assert!(with_verdict(&report, "skipped").is_empty(), "{report:#}");
    for name in [
        "probe",
        "check tests/page.sh",
        "check tests/db/password.sh",
        "check tests/neighbour.local.sh",
        "find the data: tests/data-check.sh",
        "find the data again: tests/data-check.sh",
        "probe after the upgrade",
        "check tests/page.sh after the upgrade",
        "nothing left after the upgrade",
    ] {
        let passed = (name.to_owned(), "passed".to_owned());
        assert!(phases(&report).contains(&passed), "{name}: {report:#}");
    }
    let xml = fs::read_to_string(junit).unwrap();
    let cases = xml.matches("<testcase ").count();
    assert_eq!(cases, report["phases"].as_array().unwrap().len());
    assert!(xml.contains("failures=\"0\""), "{xml}");
    assert_gone(&plot, &stack(report["run"].as_str().unwrap(), "guestbook"));
}

/// The volume of the database gets another name: what is in it stays in the old one.
#[test]
fn an_upgrade_that_loses_data_is_caught() {
    let plot = Plot::new("rt-loss");
    let repo = guestbook(&plot);
    let renamed = |text: String| text.replace("db_data", "db_store");
    publish(&repo, "1.2.0+1.1.0", renamed);
    let run = tested(&plot, &repo, &[]);
    let caught = report(&run);
    assert_eq!(run.code, Some(1), "{caught:#}");
    assert_eq!(caught["verdict"], "failed");
    // Only that: it deploys, it converges, it is healthy, and the entries are gone.
    assert_eq!(
        with_verdict(&caught, "failed"),
        ["find the data: tests/data-check.sh"]
    );
    assert_gone(&plot, &stack(caught["run"].as_str().unwrap(), "guestbook"));
}

#[test]
fn the_mended_upgrade_passes_from_the_release_that_operators_run() {
    let plot = Plot::new("rt-mended");
    let repo = guestbook(&plot);
    publish(&repo, "1.2.0+1.1.0", |text| {
        text.replace("db_data", "db_store")
    });
    publish(&repo, "1.2.1+1.1.0", |text| {
        text.replace("db_store", "db_data")
    });
    let run = tested(&plot, &repo, &["--from", "1.1.0+1.1.0"]);
    let mended = report(&run);
    assert_eq!(run.code, Some(0), "{mended:#}");
    assert_gone(&plot, &stack(mended["run"].as_str().unwrap(), "guestbook"));
}

#[test]
fn a_candidate_that_does_not_run_is_shown_with_its_log_and_its_secrets_are_not() {
    let plot = Plot::new("rt-crash");
    let crash = COMPOSE.replace(
        "exec sleep 3600",
        "echo token is $$(cat /run/secrets/token); exit 7",
    );
    let repo = thing(&plot)
        .publish("1.0.0+1")
        .file("compose.yml", crash)
        .publish("1.1.0+1");
    let run = tested(&plot, &plot.dir().join("recipes/thing"), &[]);
    drop(repo);
    let report = report(&run);
    assert_eq!(run.code, Some(1), "{report:#}");
    let log = report["phases"][1]["log"].to_string();
    assert!(log.contains("token is [secret]"), "{log}");
    assert_gone(&plot, &stack(report["run"].as_str().unwrap(), "thing"));
}

/// The throw-away stack that this plot's agent knows of.
fn own_stack(plot: &Plot) -> Option<String> {
    let apps = plot.allot(&["app", "list"]);
    let at = apps.stdout.find("allot-test-thing-")?;
    let name = apps.stdout.get(at..at + "allot-test-thing-".len() + 8)?;
    Some(name.to_owned())
}

/// A test that is under way, at the beginning of its first script.
fn under_way(plot: &Plot) -> (Running, String) {
    let slow = "sleep 600";
    drop(thing(plot).file("tests/slow.sh", slow).publish("1.0.0+1"));
    let repo = plot.dir().join("recipes/thing");
    let running = plot.running(&["recipe", "test", repo.to_str().unwrap()]);
    // Its own: other tests have their stacks on the same swarm.
    let up = || {
        let stack = own_stack(plot)?;
        let list = plot
            .docker()
            .ok(&["service", "ls", "--format", "{{.Name}} {{.Replicas}}"]);
        let app = format!("{stack}_app 1/1");
        list.lines().any(|line| line == app).then_some(stack)
    };
    let stack = await_that("the throw-away stack runs", Duration::from_secs(60), up);
    (running, stack)
}

/// On an empty stack all is well; what an operator gets who upgrades is not.
#[test]
fn a_check_that_no_longer_holds_after_the_upgrade_fails_the_test() {
    let plot = Plot::new("rt-upgraded");
    let holds = "test \"$PHASE\" = fresh\n";
    let slow = "sleep 600\n";
    let setup = "script-seconds = 2\n";
    drop(
        thing(&plot)
            .publish("1.0.0+1")
            .file("tests/holds when fresh.sh", holds)
            .file("tests/never ends.sh", slow)
            .file("tests/test.toml", setup)
            .publish("1.1.0+1"),
    );
    let run = tested(&plot, &plot.dir().join("recipes/thing"), &[]);
    let report = report(&run);
    assert_eq!(run.code, Some(1), "{report:#}");
    assert_eq!(
        with_verdict(&report, "failed"),
        [
            "check tests/never ends.sh",
            "check tests/holds when fresh.sh after the upgrade",
            "check tests/never ends.sh after the upgrade",
        ],
        "{report:#}"
    );
    assert_gone(&plot, &stack(report["run"].as_str().unwrap(), "thing"));
}

#[test]
fn ctrl_c_clears_up_before_it_ends_and_what_a_kill_leaves_is_cleaned() {
    let mut plot = Plot::new("rt-stop");
    let (running, stack) = under_way(&plot);
    running.signal("INT");
    let run = running.end();
    assert_eq!(run.code, Some(130), "{run:?}");
    assert_eq!(report(&run)["verdict"], "interrupted");
    assert_gone(&plot, &stack);

    let repo = plot.dir().join("recipes/thing");
    let running = plot.running(&["recipe", "test", repo.to_str().unwrap()]);
    let begun = || {
        let name = own_stack(&plot)?;
        (!plot.docker().names("service", &name).is_empty()).then_some(name)
    };
    let left = await_that("a second one has begun", Duration::from_secs(60), begun);
    plot.agent_mut().kill();
    assert_eq!(running.end().code, Some(6));
    plot.agent_mut().serve();
    assert!(!plot.docker().everything(&left).is_empty());
    let cleaned = plot.allot(&["recipe", "test", "--clean"]).done();
    assert!(cleaned.stdout.contains(&left), "{cleaned:?}");
    assert_gone(&plot, &left);
}

#[test]
fn images_of_a_folder_are_loaded_and_those_that_are_there_are_skipped() {
    let plot = Plot::new("rt-images");
    let image = format!("allot-e2e/thing:{}", std::process::id());
    let docker = plot.docker();
    docker.ok(&["tag", "allotment/busybox:1", &image]);
    let folder = plot.dir().join("images");
    fs::create_dir(&folder).unwrap();
    let archive = folder.join("thing.tar");
    docker.ok(&["save", "--output", archive.to_str().unwrap(), &image]);
    docker.ok(&["rmi", &image]);
    let compose = COMPOSE.replace("allotment/busybox:1", &image);
    drop(thing(&plot).file("compose.yml", compose).publish("1.0.0+1"));
    let repo = plot.dir().join("recipes/thing");
    let repo = repo.to_str().unwrap();
    let args = ["recipe", "test", repo, "--images", folder.to_str().unwrap()];
    let first = plot.allot_text(&args);
    let second = plot.allot_text(&args);
    docker.ok(&["rmi", &image]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(
        first.stderr.contains(&format!("loaded {image}")),
        "{first:?}"
    );
    assert!(
        second.stderr.contains(&format!("{image} is there")),
        "{second:?}"
    );
}
