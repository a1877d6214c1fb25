//! What comes in broken is refused with its own error, and leaves things as they were.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{fmt::Write as _, fs, net::TcpListener, path::Path, process::Command, time::Duration};

use allot_tests::{FakeEngine, Plot, Run};

const PLAIN: &str = "version: \"3.8\"
services:
  app:
    image: allotment/busybox:1
";

/// What `app new` says to a recipe with this compose file, or else what a plan says.
fn plan_of(plot: &Plot, files: &[(&str, &str)]) -> Run {
    let recipe = plot.recipe_of("thing", &[("1.0.0+1", files)]);
    let domain = plot.domain("a");
    let new = plot.new_app(&domain, &recipe);
    if new.code != Some(0) {
        return new;
    }
    plot.allot(&["app", "plan", &domain, "--resolve-image", "never"])
}

#[test]
fn a_yaml_bomb_is_refused() {
    let plot = Plot::new("bomb");
    let mut bomb = "x-a: &a [b, b, b, b, b, b, b, b, b]\n".to_owned();
    for (name, before) in ('b'..='k').zip('a'..='j') {
        let row = vec![format!("*{before}"); 9].join(", ");
        writeln!(bomb, "x-{name}: &{name} [{row}]").unwrap();
    }
    let run = plan_of(&plot, &[("compose.yml", &format!("{bomb}{PLAIN}"))]);
    run.refused("AL-2002");
}

#[test]
fn fifty_megabytes_of_yaml_are_refused() {
    let plot = Plot::new("large");
    let line = "# nothing but comments, a great many of them, and no end in sight\n";
    let large = format!("{}{PLAIN}", line.repeat(50_000_000 / line.len() + 1));
    plan_of(&plot, &[("compose.yml", &large)]).refused("AL-1204");
}

fn with_config(file: &str) -> String {
    format!("{PLAIN}    configs: [page]\nconfigs:\n  page: {{file: {file}}}\n")
}

#[test]
fn a_config_that_climbs_out_of_the_recipe_is_refused() {
    let plot = Plot::new("climb");
    let run = plan_of(
        &plot,
        &[("compose.yml", &with_config("../../../etc/passwd"))],
    );
    let run = run.refused("AL-2011");
    assert!(!run.stdout.contains("root:"), "{run:?}");
}

#[test]
fn a_config_behind_a_symlink_out_of_the_recipe_is_refused() {
    let plot = Plot::new("symlink");
    let recipe = plot
        .recipe("thing")
        .file("compose.yml", with_config("page.txt"))
        .symlink("page.txt", "/etc/passwd")
        .publish("1.0.0+1")
        .url();
    let domain = plot.domain("a");
    let new = plot.new_app(&domain, &recipe);
    let run = if new.code == Some(0) {
        plot.allot(&["app", "plan", &domain, "--resolve-image", "never"])
    } else {
        new
    };
    let run = run.refused("AL-2011");
    assert!(!run.stdout.contains("root:"), "{run:?}");
}

#[test]
fn a_broken_env_is_refused_and_nothing_changes() {
    let plot = Plot::new("env");
    let app = plot.app(PLAIN);
    let before = plot.allot(&["app", "env", "list", &app, "--text"]).json();
    let broken = b"TYPE=thing\nthis is no assignment\n";
    let run = plot
        .allot_with(&["app", "config", &app, "--from", "-"], broken)
        .refused("AL-1101");
    assert!(run.stderr.contains(":2"), "{run:?}");
    plot.allot(&["app", "env", "set", &app, "NOT-A-NAME=1"])
        .refused("AL-1104");
    let after = plot.allot(&["app", "env", "list", &app, "--text"]).json();
    assert_eq!(before, after);
}

#[test]
fn a_required_variable_without_a_value_is_named_with_its_message() {
    let plot = Plot::new("required");
    let compose = format!("{PLAIN}    hostname: ${{HOST_NAME:?name the host}}\n");
    let run = plan_of(&plot, &[("compose.yml", &compose)]).refused("AL-2003");
    for wanted in ["HOST_NAME", "name the host", "compose.yml:5"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {run:?}");
    }
}

#[test]
fn an_unknown_key_is_a_warning_with_its_place() {
    let plot = Plot::new("unknown");
    let compose = format!("{PLAIN}    colour: green\n");
    let run = plan_of(&plot, &[("compose.yml", &compose)]).done();
    let warnings = run.json()["warnings"].to_string();
    assert!(
        warnings.contains("colour") && warnings.contains("compose.yml:5"),
        "{warnings}"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_place_and_the_expected_form() {
    let plot = Plot::new("type");
    let compose = format!("{PLAIN}    deploy: {{replicas: many}}\n");
    let run = plan_of(&plot, &[("compose.yml", &compose)]).refused("AL-2005");
    for wanted in ["compose.yml:5", "replicas", "number"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {run:?}");
    }
}

#[test]
fn names_that_are_too_long_say_by_how_much() {
    let plot = Plot::new("long");
    let recipe = plot.recipe_of("thing", &[("1.0.0+1", &[("compose.yml", PLAIN)])]);
    let domain = format!("{}.example.org", "a".repeat(60));
    let run = plot.new_app(&domain, &recipe).refused("AL-2012");
    let says = "27 characters too long (at most 45)";
    assert!(run.stderr.contains(says), "{run:?}");
}

#[test]
fn a_secret_name_that_is_too_long_says_by_how_much() {
    let plot = Plot::new("longsec");
    let name = "s".repeat(50);
    let compose = format!(
        "{PLAIN}    secrets: [{name}]\nsecrets:\n  {name}: {{external: true, name: \"${{STACK_NAME}}_{name}_v1\"}}\n"
    );
    let run = plan_of(&plot, &[("compose.yml", &compose)]).refused("AL-1302");
    assert!(run.stderr.contains(" more than docker takes"), "{run:?}");
}

#[test]
fn a_version_that_does_not_exist_names_the_nearest_ones() {
    let plot = Plot::new("version");
    let app = plot.app(PLAIN);
    let run = plot
        .allot(&["app", "plan", &app, "1.0.1+1"])
        .refused("AL-1505");
    assert!(run.stderr.contains("1.0.0+1"), "{run:?}");
}

#[test]
fn a_git_server_that_hangs_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let plot = Plot::builder("hang").fetch_timeout_seconds(1).lay_out();
    let url = format!("http://127.0.0.1:{port}/thing.git");
    let run = plot.new_app(&plot.domain("a"), &url).refused("AL-1501");
    assert!(run.took < Duration::from_secs(10), "{run:?}");
}

/// A plot whose agent has the engine that `make` gives the address of, and an app on it.
fn on_engine(name: &str, make: impl FnOnce(&Path) -> String) -> (Plot, String) {
    let dir = tempfile::TempDir::with_prefix("allot-").unwrap();
    let endpoint = make(dir.path());
    let plot = Plot::builder(name).endpoint(&endpoint).lay_out_in(dir);
    let app = plot.app(PLAIN);
    (plot, app)
}

#[test]
fn an_engine_outside_of_a_swarm_is_named_so() {
    let (plot, app) = on_engine("noswarm", |dir| {
        FakeEngine::outside_of_a_swarm(dir).endpoint()
    });
    let run = plot.deploy(&app, &[]).refused("AL-4002");
    assert!(run.stderr.contains("docker swarm init"), "{run:?}");
    let status = plot.allot(&["agent", "status"]);
    assert_eq!(status.code, Some(6), "{status:?}");
    assert_eq!(status.json()["engine"]["ready"], false);
}

#[test]
fn an_engine_that_is_a_worker_is_named_so() {
    let (plot, app) = on_engine("worker", |dir| FakeEngine::worker(dir).endpoint());
    plot.deploy(&app, &[]).refused("AL-4003");
}

#[test]
fn an_engine_that_is_down_is_unreachable() {
    let (plot, app) = on_engine("down", |dir| {
        format!("unix://{}/nobody.sock", dir.display())
    });
    let run = plot.deploy(&app, &[]).refused("AL-4001");
    assert_eq!(run.code, Some(6));
    let status = plot.allot(&["agent", "status"]);
    assert_eq!(status.code, Some(6), "{status:?}");
}

/// A small disk of its own, unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Self {
        let dir = tempfile::TempDir::with_prefix("allot-disk-").unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(dir.path())
            .status()
            .unwrap();
        assert!(mounted.success(), "a tmpfs needs root");
        Self(dir)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

/// Writes until nothing fits any more.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::create(path).unwrap();
    let zeros = [0; 4096];
    while file.write_all(&zeros).is_ok() {}
}

#[test]
fn a_full_disk_is_said_and_survived() {
    let disk = SmallDisk::new();
    let dir = tempfile::TempDir::with_prefix_in("a-", disk.0.path()).unwrap();
    let plot = Plot::builder("full").lay_out_in(dir);
    let app = plot.app(PLAIN);
    let ballast = disk.0.path().join("ballast");
    fill(&ballast);
    let large = format!("FILL={}", "x".repeat(8000));
    let run = plot.allot(&["app", "env", "set", &app, &large]);
    run.refused("AL-3008");
    plot.allot(&["app", "list"]).done();
    fs::remove_file(&ballast).unwrap();
    plot.allot(&["app", "env", "set", &app, "AGAIN=1"]).done();
    drop(plot);
}

/// Files of the agent's store below a folder or of a name.
fn store_files(plot: &Plot, wanted: &str) -> Vec<std::path::PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), found),
                false => found.push(entry.path()),
            }
        }
    }
    let mut found = Vec::new();
    walk(&plot.agent().dir().join("store"), &mut found);
    found.retain(|path| path.to_string_lossy().contains(wanted));
    assert!(!found.is_empty(), "no {wanted} in the store");
    found
}

#[test]
fn a_damaged_index_is_made_anew_and_said() {
    let mut plot = Plot::new("index");
    let app = plot.app(PLAIN);
    plot.agent_mut().stop();
    for file in store_files(&plot, "/index/") {
        fs::write(file, b"no index at all").unwrap();
    }
    plot.agent_mut().serve();
    let status = plot.allot(&["agent", "status"]).json();
    assert!(
        status["store"]["notes"]
            .to_string()
            .contains("index was made anew"),
        "{status}"
    );
    let list = plot.allot(&["app", "list"]).done();
    assert!(list.stdout.contains(&app), "{list:?}");
}

#[test]
fn a_journal_cut_anywhere_keeps_its_good_prefix_and_says_so() {
    let mut plot = Plot::new("cut");
    let app = plot.app(PLAIN);
    for (round, bytes) in [1, 9, 40].into_iter().enumerate() {
        let change = format!("ROUND={round}");
        plot.allot(&["app", "env", "set", &app, &change]).done();
        plot.agent_mut().stop();
        let journal = store_files(&plot, "journal")
            .into_iter()
            .find(|path| path.file_name().is_some_and(|name| name == "journal"))
            .expect("the journal");
        let whole = fs::metadata(&journal).unwrap().len();
        let file = fs::File::options().write(true).open(&journal).unwrap();
        file.set_len(whole - bytes).unwrap();
        plot.agent_mut().serve();
        let status = plot.allot(&["agent", "status"]).json();
        assert!(
            status["store"]["notes"].to_string().contains("torn"),
            "{status}"
        );
        let env = plot.allot(&["app", "env", "list", &app]).done();
        assert!(!env.stdout.contains("ROUND"), "{env:?}");
    }
}
