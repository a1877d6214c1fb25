//! `allot recipe render` as a person runs it.

#![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;
use serde_json::Value;

fn recipe(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn render(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("allot").unwrap();
    command.env("FROM_PROCESS", "leaked").current_dir(dir);
    command
        .args(["recipe", "render", "."])
        .args(args)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

const APP: &str = "services:\n  app:\n    image: x:1\n    hostname: \"${DOMAIN}${FROM_PROCESS}\"\n    deploy: {labels: {coop-cloud.app_example_org.timeout: 300}}\n";

#[test]
fn variables_come_from_the_env_file_alone() {
    let dir = recipe(&[("compose.yml", APP), ("app.env", "DOMAIN='it'\"'\"'s'\n")]);
    let output = render(dir.path(), &["--env", "app.env", "--output", "json"]);
    assert_eq!(json(&output)["services"]["app"]["hostname"], "it's");
    assert!(String::from_utf8_lossy(&output.stderr).contains("variable FROM_PROCESS is not set"));
}

#[test]
fn compose_file_of_the_env_names_the_files_and_the_default_is_found() {
    let dir = recipe(&[
        ("docker-compose.yml", "services: {old: {image: x}}\n"),
        ("a.yml", "services: {a: {image: x}}\n"),
        ("sub/b.yml", "services: {b: {image: x}}\n"),
        ("app.env", "COMPOSE_FILE=a.yml:sub/b.yml\n"),
    ]);
    let listed = json(&render(dir.path(), &["--env", "app.env", "-m"]));
    assert_eq!(
        listed["services"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert!(json(&render(dir.path(), &["-m"]))["services"]["old"].is_object());
}

#[test]
fn yaml_is_the_form_when_none_is_asked_for() {
    let dir = recipe(&[(
        "compose.yml",
        "services: {a: {image: x, ports: ['80:80']}}\n",
    )]);
    let output = render(dir.path(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("published: 80"), "{text}");
}

#[test]
fn specs_are_request_bodies_and_app_adds_what_a_deploy_adds() {
    let dir = recipe(&[
        ("compose.yml", APP),
        ("app.env", "TYPE=web:1.2.0+3\nDOMAIN=app.example.org\nX=1\n"),
        ("abra.sh", "export CONF_VERSION=v7\n"),
    ]);
    let plain = json(&render(dir.path(), &["--env", "app.env", "--specs", "-m"]));
    assert_eq!(plain["networks"][0]["Name"], "app_example_org_default");
    assert_eq!(
        plain["services"][0]["TaskTemplate"]["ContainerSpec"]["Env"],
        Value::Null
    );

    let app = json(&render(
        dir.path(),
        &[
            "--env",
            "app.env",
            "--specs",
            "-m",
            "--app",
            "app.example.org",
        ],
    ));
    let labels = &app["services"][0]["Labels"];
    assert_eq!(labels["coop-cloud.app_example_org.recipe"], "web");
    assert_eq!(labels["coop-cloud.app_example_org.version"], "1.2.0+3");
    assert_eq!(labels["coop-cloud.app_example_org.chaos"], "false");
    assert_eq!(labels["coop-cloud.app_example_org.timeout"], "300");
    let env = app["services"][0]["TaskTemplate"]["ContainerSpec"]["Env"].to_string();
    for line in [
        "TYPE=web:1.2.0+3",
        "CONF_VERSION=v7",
        "STACK_NAME=app_example_org",
        "X=1",
    ] {
        assert!(env.contains(line), "{line} is not in {env}");
    }
}

#[test]
fn a_config_behind_a_link_out_of_the_recipe_is_refused() {
    let outside = recipe(&[("secret.txt", "canary")]);
    let dir = recipe(&[
        (
            "compose.yml",
            "services: {a: {image: x}}\nconfigs: {c: {file: link.txt}}\n",
        ),
        ("real.txt", "ok"),
    ]);
    let link = dir.path().join("link.txt");
    std::os::unix::fs::symlink(outside.path().join("secret.txt"), &link).unwrap();
    let output = render(dir.path(), &["--specs", "-m", "--stack", "s"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("AL-2011") && text.contains("a symbolic link leads out of the recipe"),
        "{text}"
    );
    assert!(!text.contains("canary"));

    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("real.txt", &link).unwrap();
    assert_eq!(
        json(&render(dir.path(), &["--specs", "-m", "--stack", "s"]))["configs"][0]["Data"],
        "b2s="
    );
}

#[test]
fn an_error_names_place_and_remedy_and_exits_with_1() {
    let dir = recipe(&[(
        "compose.yml",
        "services:\n  a:\n    image: x\n    user: 5\n",
    )]);
    let output = render(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("compose.yml:4:11") && text.contains("help:"),
        "{text}"
    );
}

#[test]
fn a_huge_file_is_refused_before_it_is_read_whole() {
    let dir = recipe(&[("compose.yml", "services: {}\n")]);
    let file = fs::File::create(dir.path().join("compose.yml")).unwrap();
    file.set_len(50 << 20).unwrap();
    let output = render(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
}
