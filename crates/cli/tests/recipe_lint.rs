//! `allot recipe lint` as a maintainer and a pipeline run it.

#![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use serde_json::Value;

/// The guestbook of this repository, whose recipe is in order.
fn guestbook(dir: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/recipes/guestbook");
    let to = dir.join("guestbook");
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn edit(dir: &Path, file: &str, old: &str, new: &str) {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    assert!(text.contains(old), "{file} holds {old}");
    fs::write(dir.join(file), text.replacen(old, new, 1)).unwrap();
}

fn git(dir: &Path, args: &[&str]) {
    let done = std::process::Command::new("git")
        .arg("-C")
        .arg(dir)
        .args([
            "-c",
            "user.name=local-it",
            "-c",
            "user.email=dev@example.org",
        ])
        .args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A clone with the tags of the guestbook's notes, the newer one as its label says.
fn clone(dir: &Path) -> PathBuf {
    let repository = guestbook(dir);
    git(&repository, &["init", "-q", "--initial-branch=main"]);
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "-q", "-m", "one"]);
    git(&repository, &["tag", "-a", "1.0.0+1.0.0", "-m", "one"]);
    git(&repository, &["tag", "-a", "1.1.0+1.1.0", "-m", "one"]);
    repository
}

fn lint(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allot"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir)
        .current_dir(dir);
    command
        .args(["recipe", "lint"])
        // Another agent of this machine has nothing to say here.
        .args(["--socket", "/nonexistent/agent.sock"])
        .args(args)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_recipe_in_order_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let repository = clone(dir.path());
    let output = lint(&repository, &[]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(stdout(&output), @r"
    guestbook, compared with 1.1.0+1.1.0: in order: 0 errors, 0 warnings, 0 hints
    not checked: R006: no agent that has the catalogue runs here
    not checked: R013: the clone has no remote
    ");
    assert_eq!(stderr(&output), "");
}

#[test]
fn findings_are_a_table_with_reasons_and_remedies_below() {
    let dir = tempfile::tempdir().unwrap();
    let repository = clone(dir.path());
    edit(&repository, "page.html", "<h1>", "<h1>Edited: ");
    edit(
        &repository,
        "compose.yml",
        "guestbook-web:1.1.0",
        "guestbook-web:latest",
    );
    edit(
        &repository,
        "compose.yml",
        "    stop_grace_period: 20s\n",
        "    restart: always\n",
    );
    let output = lint(&repository, &[]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(stdout(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn warnings_fail_only_when_strict() {
    let dir = tempfile::tempdir().unwrap();
    let repository = clone(dir.path());
    edit(
        &repository,
        "compose.yml",
        "guestbook-web:1.1.0",
        "guestbook-web:latest",
    );
    assert_eq!(lint(&repository, &[]).status.code(), Some(0));
    assert_eq!(lint(&repository, &["--strict"]).status.code(), Some(1));
    // abra's flag for "the work tree as it is", which is what is looked at anyway.
    assert_eq!(lint(&repository, &["-C", "-n"]).status.code(), Some(0));
}

#[test]
fn json_holds_every_finding_and_every_rule() {
    let dir = tempfile::tempdir().unwrap();
    let repository = clone(dir.path());
    edit(
        &repository,
        "compose.yml",
        "guestbook-web:1.1.0",
        "guestbook-web:latest",
    );
    let output = lint(&repository, &["--output", "json", "--strict"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "");
    let document = json(&output);
    assert_eq!(document["recipe"], "guestbook");
    assert_eq!(document["version"], Value::Null);
    assert_eq!(document["compared_with"], "1.1.0+1.1.0");
    assert_eq!(
        (&document["failed"], &document["warnings"]),
        (&true.into(), &1.into())
    );
    let finding = &document["findings"][0];
    assert_eq!(finding["rule"], "R004");
    assert_eq!(finding["level"], "warning");
    assert_eq!(
        (&finding["file"], &finding["line"]),
        (&"compose.yml".into(), &6.into())
    );
    assert_eq!(finding["page"], "maintain/lint/R004.md");
    for field in ["what", "why", "fix"] {
        assert!(
            finding[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}"
        );
    }
    let rules = document["rules"].as_array().unwrap();
    assert_eq!(rules.len(), allot_lint::rule::ALL.len());
    let status = |id: &str| {
        let rule = rules.iter().find(|r| r["rule"] == id).unwrap();
        (rule["status"].clone(), rule["reason"].clone())
    };
    assert_eq!(status("R004"), ("failed".into(), Value::Null));
    assert_eq!(status("R014"), ("passed".into(), Value::Null));
    assert_eq!(
        status("R006"),
        (
            "not_checked".into(),
            "no agent that has the catalogue runs here".into()
        )
    );
}

#[test]
fn a_version_is_looked_at_as_it_was_tagged_beside_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let repository = clone(dir.path());
    edit(&repository, "page.html", "<h1>", "<h1>Edited: ");
    git(&repository, &["commit", "-q", "-a", "-m", "two"]);
    git(&repository, &["tag", "1.1.1+1.1.0"]);
    // Whatever is in the work tree does not count.
    fs::remove_file(repository.join("compose.yml")).unwrap();
    let output = lint(&repository, &["--version", "1.1.1", "-m"]);
    assert_eq!(output.status.code(), Some(1));
    let document = json(&output);
    assert_eq!(
        (&document["version"], &document["compared_with"]),
        (&"1.1.1+1.1.0".into(), &"1.1.0+1.1.0".into())
    );
    let rules: Vec<_> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["rule"].clone())
        .collect();
    assert_eq!(rules, ["R014", "L001", "L014"]);
    let first = json(&lint(&repository, &["--version", "1.0.0", "-m"]));
    assert_eq!(first["compared_with"], Value::Null);

    let output = lint(&repository, &["--version", "9.9.9"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("AL-9404"), "{}", stderr(&output));
}

#[test]
fn a_folder_that_is_no_clone_leaves_unchecked_what_needs_tags() {
    let dir = tempfile::tempdir().unwrap();
    let folder = guestbook(dir.path());
    let output = lint(dir.path(), &["guestbook"]);
    assert_eq!(output.status.code(), Some(0));
    let said = stdout(&output);
    assert!(said.starts_with("guestbook: in order:"), "{said}");
    assert!(
        said.contains("not checked: L001, L002, L014, L032, L033, R013, R014: "),
        "{said}"
    );
    let output = lint(&folder, &["--version", "1.1.0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("AL-9401"), "{}", stderr(&output));
}

#[test]
fn a_recipe_within_another_repository_does_not_take_its_tags() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    guestbook(dir.path());
    git(dir.path(), &["add", "--all"]);
    git(dir.path(), &["commit", "-q", "-m", "one"]);
    git(
        dir.path(),
        &["tag", "-a", "9.0.0+1", "-m", "not the recipe's"],
    );
    let output = lint(dir.path(), &["guestbook"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("it is a part of the repository"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_name_is_looked_for_among_abras_clones() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join(".abra/recipes")).unwrap();
    clone(&dir.path().join(".abra/recipes"));
    let output = lint(dir.path(), &["guestbook"]);
    assert_eq!(output.status.code(), Some(0));
    let output = lint(dir.path(), &["nextcloud"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("AL-7006") && said.contains(".abra/recipes/nextcloud"),
        "{said}"
    );
}

#[test]
fn what_is_no_recipe_is_an_error_with_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let output = lint(dir.path(), &["."]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("AL-1207"), "{}", stderr(&output));
}

#[test]
fn escape_sequences_in_a_recipe_do_not_reach_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let folder = guestbook(dir.path());
    edit(
        &folder,
        "compose.yml",
        "guestbook-web:1.1.0",
        "guestbook-web:1.1.0\n    \"odd\\e[2Jkey\": 1",
    );
    let output = lint(&folder, &[]);
    assert!(
        stdout(&output).contains("odd\\x1b[2Jkey"),
        "{}",
        stdout(&output)
    );
    assert!(!stdout(&output).contains('\u{1b}'));
}

#[test]
fn a_link_out_of_the_recipe_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = guestbook(dir.path());
    let secret = dir.path().join("secret");
    fs::write(&secret, "canary").unwrap();
    fs::remove_file(folder.join("page.html")).unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("page.html")).unwrap();
    let output = lint(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("L030") && text.contains("a symbolic link leads out of the recipe"),
        "{text}"
    );
    assert!(!text.contains("canary"));
}
