//! The maintainer's bench as a person runs it: from nothing to a pushed release, and what stands in the way.

#![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use assert_cmd::assert::Assert;
use serde_json::Value;
use support::{stderr, stdout};

/// A folder with the recipe `our-wiki` in it, and an empty remote beside it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let by = [
            "--git-name",
            "merri-bek",
            "--git-email",
            "tech@merri-bek.example",
        ];
        desk.run(&[&["new", "our-wiki"], by.as_slice()].concat())
            .success();
        git(
            desk.dir.path(),
            &[
                "init",
                "-q",
                "--bare",
                "--initial-branch=main",
                "our-wiki.git",
            ],
        );
        let remote = desk.dir.path().join("our-wiki.git");
        desk.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
        desk.git(&["push", "-q", "--set-upstream", "origin", "main"]);
        desk
    }

    fn recipe(&self) -> PathBuf {
        self.dir.path().join("our-wiki")
    }

    /// Runs `allot recipe ...` beside the recipe.
    fn run(&self, args: &[&str]) -> Assert {
        self.at(self.dir.path(), args)
    }

    /// Runs `allot recipe ...` in the recipe.
    fn inside(&self, args: &[&str]) -> Assert {
        self.at(&self.recipe(), args)
    }

    fn at(&self, folder: &Path, args: &[&str]) -> Assert {
        let mut command = support::allot(Path::new("/nowhere"));
        command
            .current_dir(folder)
            .arg("recipe")
            .args(args)
            .assert()
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.recipe(), args)
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.recipe().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} holds {old}");
        fs::write(path, text.replace(old, new)).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.recipe().join(file)).unwrap()
    }

    /// A text without what is different each time.
    fn steady(&self, text: &str) -> String {
        text.replace(
            self.dir.path().canonicalize().unwrap().to_str().unwrap(),
            "DESK",
        )
        .replace(self.dir.path().to_str().unwrap(), "DESK")
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn json(assert: &Assert) -> Value {
    serde_json::from_str(&stdout(assert)).unwrap()
}

/// A registry that has the same tags of every image, and nothing else. Returns its host.
fn registry(tags: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            let lines: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
            let known = lines
                .first()
                .is_some_and(|line| line.contains("/tags/list"));
            let (status, body) = match known {
                true => ("200 OK", format!("{{\"name\":\"x\",\"tags\":{tags}}}")),
                false => ("200 OK", "{}".to_owned()),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    host
}

#[test]
fn a_maintainer_goes_from_nothing_to_a_pushed_upgrade() {
    let desk = Desk::new();
    desk.inside(&["lint"]).success();
    let first = desk.inside(&["release", "--publish", "--yes"]).success();
    assert!(
        stdout(&first).starts_with("our-wiki 0.1.0+1.28.0-alpine at "),
        "{}",
        stdout(&first)
    );
    assert!(stdout(&first).ends_with(", pushed\n"));

    let host = registry(r#"["1.28.0-alpine","1.29.3-alpine","1.30.0","latest"]"#);
    desk.edit(
        "compose.yml",
        "nginx:1.28.0-alpine",
        &format!("{host}/our/nginx:1.28.0-alpine"),
    );
    desk.git(&["commit", "-qam", "chore: our own nginx"]);
    let before = desk.read("compose.yml");
    let shown = desk.inside(&["upgrade", "--dry-run"]).success();
    insta::assert_snapshot!("upgrade", stdout(&shown).replace(&host, "127.0.0.1:PPPPP"));
    assert_eq!(desk.read("compose.yml"), before);
    let written = json(
        &desk
            .inside(&["upgrade", "--yes", "--output", "json"])
            .success(),
    );
    assert_eq!(written["images"][0]["outcome"], "upgrade");
    assert_eq!(written["images"][0]["step"], "minor");
    assert_eq!(written["written"], serde_json::json!(["compose.yml"]));
    assert_eq!(
        desk.read("compose.yml"),
        before.replace("nginx:1.28.0", "nginx:1.29.3")
    );
    let again = desk.inside(&["upgrade", "--yes"]).success();
    assert!(stderr(&again).contains("nothing to upgrade"));

    insta::assert_snapshot!(
        "sync",
        stdout(&desk.inside(&["sync", "--minor", "--dry-run"]).success())
    );
    desk.inside(&["sync", "--minor", "--yes"]).success();
    fs::write(desk.recipe().join("release/next"), "A newer nginx.\n").unwrap();
    let plan = desk
        .inside(&["release", "--publish", "--dry-run"])
        .success();
    insta::assert_snapshot!("release", desk.steady(&stdout(&plan)));
    let released = desk
        .inside(&["release", "--publish", "--yes", "--output", "json"])
        .success();
    let released = json(&released);
    assert_eq!(released["version"], "0.2.0+1.29.3-alpine");
    assert_eq!(released["previous"], "0.1.0+1.28.0-alpine");
    let remote = desk.dir.path().join("our-wiki.git");
    assert_eq!(
        git(&remote, &["rev-parse", "0.2.0+1.29.3-alpine^{commit}"]),
        released["commit"]
    );

    let diff = desk.inside(&["diff", "0.1.0", "0.2.0"]).success();
    insta::assert_snapshot!("diff", stdout(&diff).replace(&host, "127.0.0.1:PPPPP"));
    let out = desk
        .inside(&["release", "0.2.0+1.29.3-alpine", "--publish", "--yes"])
        .success();
    assert!(stderr(&out).contains("it is out already"));
}

#[test]
fn nothing_is_written_unasked() {
    let desk = Desk::new();
    let host = registry(r#"["1.28.0-alpine","1.29.3-alpine"]"#);
    desk.edit(
        "compose.yml",
        "nginx:1.28.0-alpine",
        &format!("{host}/our/nginx:1.28.0-alpine"),
    );
    let before = desk.read("compose.yml");
    for args in [
        &["upgrade"][..],
        &["sync", "--major"],
        &["release", "--major"],
    ] {
        let refused = desk.inside(args).failure().code(2);
        assert!(
            stderr(&refused).contains("AL-7001"),
            "{args:?}: {}",
            stderr(&refused)
        );
    }
    assert_eq!(desk.read("compose.yml"), before);
    assert_eq!(desk.git(&["tag"]), "");
}

#[test]
fn a_registry_that_fails_is_told_and_exits_with_1() {
    let desk = Desk::new();
    let (good, html) = (registry(r#"["1.29.3-alpine"]"#), registry("<html>"));
    desk.edit(
        "compose.yml",
        "nginx:1.28.0-alpine",
        &format!("{good}/our/nginx:1.28.0-alpine"),
    );
    let other = format!("services:\n  app: {{}}\n  cache:\n    image: {html}/our/cache:7.2\n");
    fs::write(desk.recipe().join("compose.cache.yml"), other).unwrap();
    let failed = desk.inside(&["upgrade", "--yes"]).failure().code(1);
    let text = stdout(&failed)
        .replace(&good, "GOOD")
        .replace(&html, "HTML");
    assert!(
        text.contains("error[AL-9423]: cache: what answers for HTML/our/cache is not a registry"),
        "{text}"
    );
    assert!(
        desk.read("compose.yml").contains("nginx:1.29.3-alpine"),
        "the other one is upgraded"
    );
    assert!(stderr(&failed).contains("wrote compose.yml"));
}

#[test]
fn what_the_linter_calls_an_error_is_not_released() {
    let desk = Desk::new();
    desk.edit("compose.yml", "        - \"traefik.enable=true\"\n", "");
    desk.git(&["commit", "-qam", "no traefik"]);
    let refused = desk.inside(&["release", "--yes"]).failure().code(1);
    let told = stderr(&refused);
    assert!(
        told.contains("R010") && told.contains("error[AL-9455]"),
        "{told}"
    );
    assert_eq!(desk.git(&["tag"]), "");
    desk.inside(&["release", "--yes", "--no-lint"]).success();
    assert_eq!(desk.git(&["tag"]), "0.1.0+1.28.0-alpine");
}

#[test]
fn errors_name_the_way_on_and_a_moved_tag_is_refused() {
    let desk = Desk::new();
    desk.inside(&["release", "--yes"]).success();
    let unclear = desk.inside(&["sync"]).failure().code(1);
    assert!(stderr(&unclear).contains(
        "error[AL-9441]: nobody said how far the next version is from 0.1.0+1.28.0-alpine"
    ));
    desk.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
    let moved = desk
        .inside(&["release", "0.1.0+1.28.0-alpine", "--yes"])
        .failure()
        .code(5);
    assert!(
        stderr(&moved).contains("error[AL-9453]"),
        "{}",
        stderr(&moved)
    );
    let outside = desk
        .run(&["release", "--yes", "--output", "json"])
        .failure()
        .code(1);
    assert_eq!(json(&outside)["error"]["code"], "AL-9401");
    let both = desk.inside(&["sync", "1.0.0", "--minor"]).failure().code(2);
    assert!(stderr(&both).contains("AL-7000"));
    let taken = desk.run(&["new", "our-wiki"]).failure().code(1);
    assert!(stderr(&taken).contains("error[AL-9461]: our-wiki is not empty"));
}

#[test]
fn notes_come_from_a_file_or_from_standard_input() {
    let desk = Desk::new();
    let file = desk.dir.path().join("notes.txt");
    fs::write(&file, "From a file.").unwrap();
    let plan = desk
        .inside(&[
            "release",
            "--notes",
            file.to_str().unwrap(),
            "--dry-run",
            "-m",
        ])
        .success();
    assert_eq!(json(&plan)["notes"], "From a file.\n");
    let mut command = support::allot(Path::new("/nowhere"));
    let typed = command
        .current_dir(desk.recipe())
        .args(["recipe", "release", "--notes", "-", "--yes"])
        .write_stdin("Typed.\n")
        .assert()
        .success();
    assert!(stderr(&typed).contains("done: tagged 0.1.0+1.28.0-alpine"));
    assert_eq!(desk.read("release/0.1.0+1.28.0-alpine"), "Typed.\n");
}

#[test]
fn a_release_is_proposed_to_the_federation_with_exactly_what_was_pushed() {
    let desk = Desk::new();
    let agent = support::MockAgent::start(support::Script {
        federation: support::federation::status(),
        recorded: support::federation::recorded("release"),
        ..Default::default()
    });
    let mut command = support::allot(&agent.socket());
    let done = command
        .current_dir(desk.recipe())
        .args(["recipe", "release", "--publish", "--propose", "--yes"])
        .assert()
        .success();
    let (commit, tree) = (
        desk.git(&["rev-parse", "HEAD"]),
        desk.git(&["rev-parse", "HEAD^{tree}"]),
    );
    let asked = agent.seen().into_iter().map(|seen| seen.request);
    let proposed = asked.filter(|request| request.starts_with("ProposeReleaseRequest"));
    let proposed: Vec<String> = proposed.collect();
    assert_eq!(proposed.len(), 1, "{}", stderr(&done));
    for said in [
        "recipe: \"our-wiki\"",
        commit.trim(),
        tree.trim(),
        "security: false",
    ] {
        assert!(proposed[0].contains(said), "{said}: {proposed:?}");
    }
    let alone = desk.inside(&["release", "--propose"]);
    alone.code(2);
}
