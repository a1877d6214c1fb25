//! The program itself.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use allot_identity::invite::Invite;
use serde_json::Value;
use tempfile::TempDir;

use crate::found::key_of;

/// What a command came to.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub talk: String,
}

pub fn hub(dir: &Path, args: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_allot-hub"))
        .args(args)
        .arg("--dir")
        .arg(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: done.status.code(),
        out: text(done.stdout),
        talk: text(done.stderr),
    }
}

/// As [`hub`], and it must succeed; its standard output.
fn ok(dir: &Path, args: &[&str]) -> String {
    let ran = hub(dir, args);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.talk);
    ran.out
}

/// The code that a command is refused with, and its exit code.
fn no(dir: &Path, args: &[&str]) -> (String, i32) {
    let ran = hub(dir, args);
    let code = ran.talk.rsplit_once("error[").expect(&ran.talk).1;
    (
        code.split(']').next().unwrap().to_owned(),
        ran.code.unwrap(),
    )
}

fn founder(slug: &str) -> String {
    format!("{slug}={}", key_of(slug).public().verifier_key(slug))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn init(dir: &Path) -> Value {
    let (one, two) = (founder("autonomic"), founder("local-it"));
    let address = format!("127.0.0.1:{}", free_port());
    let made = ok(
        dir,
        &[
            "--output",
            "json",
            "init",
            "--federation",
            "commons",
            "--founder",
            &one,
            "--founder",
            &two,
            "--address",
            &address,
            "--listen",
            &address,
            "--http",
            &format!("127.0.0.1:{}", free_port()),
        ],
    );
    serde_json::from_str(&made).unwrap()
}

/// A hub that runs; it is killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(dir: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_allot-hub"))
            .args(["serve", "--dir"])
            .arg(dir)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self(child);
        let begun = Instant::now();
        while hub(dir, &["status"]).code != Some(0) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the hub does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// Tells it to stop: how it ended, and how long that took.
    fn stop(mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let code = self.0.wait().unwrap().code();
        (code, begun.elapsed())
    }
}

/// What a hub's plain HTTP says to a path.
fn http(dir: &Path, path: &str) -> String {
    let config = allot_hub::config::Config::read(&allot_hub::home::Home::new(dir)).unwrap();
    let mut stream = TcpStream::connect(config.http.unwrap()).unwrap();
    let asked = format!("GET /{path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_federation_is_founded_once_and_the_root_key_is_pointed_at() {
    let dir = TempDir::new().unwrap();
    let made = init(dir.path());
    for field in ["genesis", "ca", "hub_keys"] {
        assert_eq!(made[field].as_str().unwrap().len(), 64, "{field}");
    }
    assert!(
        made["log_key"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1/commons+")
    );
    let again = founder("autonomic");
    let again = [
        "init",
        "--federation",
        "commons",
        "--founder",
        &again,
        "--address",
        "h:1",
    ];
    assert_eq!(no(dir.path(), &again), ("AL-8725".to_owned(), 1));
    let empty = TempDir::new().unwrap();
    let told = ok(empty.path(), &again);
    assert!(
        told.contains("root-key.pem") && told.contains("Move it"),
        "{told}"
    );
    assert!(
        told.contains(&founder("autonomic")["autonomic=".len()..]),
        "{told}"
    );
}

#[test]
fn what_cannot_begin_a_federation_is_refused_before_anything_is_written() {
    let dir = TempDir::new().unwrap();
    let rules = dir.path().join("rules.toml");
    std::fs::write(&rules, "large_for = { than = 2, of = 2 }\n").unwrap();
    let home = dir.path().join("hub");
    let (good, rules) = (founder("autonomic"), rules.to_str().unwrap().to_owned());
    let with = |more: &[&str]| {
        let begin = ["init", "--federation", "commons", "--founder", &good];
        let end = ["--address", "hub.example.org:7480"];
        no(&home, &[&begin, more, &end].concat()).0
    };
    assert_eq!(
        with(&["--founder", &good]),
        "AL-8602",
        "the same founder twice"
    );
    assert_eq!(
        with(&["--rules", &rules]),
        "AL-8602",
        "rules that nothing could meet"
    );
    std::fs::write(&rules, "days = 3\n").unwrap();
    assert_eq!(with(&["--rules", &rules]), "AL-8728");
    let no_port = [
        "init",
        "--federation",
        "commons",
        "--founder",
        &good,
        "--address",
        "hub",
    ];
    assert_eq!(no(&home, &no_port).0, "AL-8727");
    let root_key = dir.path().join("another-federations.pem");
    std::fs::write(&root_key, "precious").unwrap();
    let taken = ["--root-key", root_key.to_str().unwrap()];
    assert_eq!(with(&taken), "AL-8725");
    assert_eq!(std::fs::read(&root_key).unwrap(), b"precious");
    assert!(!home.exists(), "nothing was written");
    // Usage is clap's, and says what is wrong with a founder.
    let ran = hub(
        &home,
        &[
            "init",
            "--federation",
            "commons",
            "--founder",
            "x=y",
            "--address",
            "h:1",
        ],
    );
    assert_eq!(ran.code, Some(2));
    assert!(ran.talk.contains("names no founder"), "{}", ran.talk);
}

#[test]
fn rules_of_ones_own_stand_in_the_first_entry() {
    let dir = TempDir::new().unwrap();
    let rules = dir.path().join("rules.toml");
    std::fs::write(&rules, "days_open = 7\nwitnesses = { than = 2, of = 3 }\n").unwrap();
    let home = dir.path().join("hub");
    let founder = founder("autonomic");
    let rules = rules.to_str().unwrap();
    ok(
        &home,
        &[
            "init",
            "--federation",
            "commons",
            "--founder",
            &founder,
            "--address",
            "h:1",
            "--rules",
            rules,
        ],
    );
    let (replica, _) = allot_replica::Replica::open(&home.join("ledger")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let rules = runtime.block_on(async { replica.book().await.state().rules().clone() });
    assert_eq!(
        (rules.days_open, rules.witnesses.of, rules.medium_for),
        (7, 3, 1)
    );
}

#[test]
fn admins_look_after_a_running_hub_with_commands() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let made = init(dir);
    assert_eq!(
        no(dir, &["status"]),
        ("AL-8729".to_owned(), 6),
        "it does not run yet"
    );
    let running = Running::start(dir);
    let status: Value = serde_json::from_str(&ok(dir, &["status", "-m"])).unwrap();
    assert_eq!(
        (&status["genesis"], &status["log_size"]),
        (&made["genesis"], &1.into())
    );
    let told = ok(dir, &["status"]);
    assert!(
        told.contains("warning") && told.contains("root-key.pem"),
        "{told}"
    );
    assert!(http(dir, "checkpoint").contains("\n127.0.0.1/commons\n1\n"));
    assert!(http(dir, "metrics").contains("allot_hub_log_entries 1"));
    assert!(http(dir, "hub.toml").starts_with("HTTP/1.1 404"));
    // The invite alone is on standard output.
    let ran = hub(dir, &["invite", "autonomic"]);
    let invite = Invite::read(&ran.out).unwrap();
    assert_eq!(
        (ran.out.lines().count(), invite.genesis.to_string().as_str()),
        (1, made["genesis"].as_str().unwrap())
    );
    assert!(ran.talk.contains("until") && !ran.talk.contains(ran.out.trim()));
    let listed: Value = serde_json::from_str(&ok(dir, &["-m", "invite", "--list"])).unwrap();
    let id = listed["invites"][0]["id"].as_str().unwrap();
    assert!(ok(dir, &["invite", "--list"]).contains("open"));
    ok(dir, &["invite", "--revoke", id]);
    assert!(ok(dir, &["invite", "--list"]).contains("revoked"));
    assert_eq!(no(dir, &["invite", "sutty"]), ("AL-8408".to_owned(), 5));
    let evict = [
        "evict",
        "autonomic",
        "swarm-1",
        "--reason",
        "its disk was stolen",
    ];
    assert_eq!(
        no(dir, &evict),
        ("AL-7001".to_owned(), 2),
        "nobody can be asked"
    );
    let ran = hub(dir, &[&evict[..], &["--yes", "-m"]].concat());
    let evicted: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(evicted["index"], 1);
    // No agent has joined, so nobody is out: a name that was mistyped must not look like one that was not.
    assert_eq!(evicted["known"], false);
    assert!(
        ran.talk.contains("knows no agent of that name"),
        "{}",
        ran.talk
    );
    ok(
        dir,
        &[
            "ban",
            "autonomic",
            "swarm-1",
            "--reason",
            "it lied",
            "--yes",
        ],
    );
    let dues = ["dues", "autonomic", "2027-06-30"];
    assert_eq!(
        no(dir, &dues),
        ("AL-7001".to_owned(), 2),
        "nobody was asked"
    );
    assert!(ok(dir, &[&dues[..], &["--yes"]].concat()).contains("entry 3"));
    assert_eq!(
        no(dir, &["dues", "autonomic", "soon", "--yes"]),
        ("AL-8716".to_owned(), 1)
    );
    let root_key = dir.join("root-key.pem");
    let rotate = ["issuer", "rotate", "--root-key", root_key.to_str().unwrap()];
    assert!(ok(dir, &rotate).contains("new issuing certificate"));
    assert_eq!(no(dir, &["serve"]).0, "AL-8724", "one hub at a time");
    let (code, took) = running.stop();
    assert!(
        code == Some(0) && took < Duration::from_secs(8),
        "{code:?} after {took:?}"
    );
    assert!(!dir.join("hub.sock").exists());
    // Also while it is down; and it serves again.
    ok(dir, &rotate);
    assert!(ok(dir, &["store", "check"]).contains("nothing is lost"));
    drop(Running::start(dir));
}

#[test]
fn a_damaged_store_is_said_and_mended_by_one_command() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    init(dir);
    let running = Running::start(dir);
    for day in 10..30 {
        let day = format!("2027-06-{day}");
        ok(dir, &["dues", "autonomic", &day, "--yes"]);
    }
    running.stop();
    assert_eq!(
        hub(dir, &["store", "repair", "--yes"]).code,
        Some(0),
        "nothing to mend"
    );
    let journal = dir.join("ledger/journal/journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&journal, bytes).unwrap();
    let check = hub(dir, &["store", "check", "-m"]);
    let found: Value = serde_json::from_str(&check.out).unwrap();
    assert_eq!(
        (check.code, found["ledger"]["findings"][0]["code"].as_str()),
        (Some(1), Some("AL-3005"))
    );
    assert_eq!(
        no(dir, &["store", "repair", "--yes"]),
        ("AL-8730".to_owned(), 1)
    );
    assert_eq!(no(dir, &["serve"]).0, "AL-3005");
}
