//! What a person reads: warnings and errors, each with its place.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it found by panicking"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use allot_stack::{LoadOptions, Loaded, NoFiles, SourceFile, StackError, convert, load};

fn load_text(text: &str) -> Result<Loaded, StackError> {
    let inputs = [SourceFile {
        name: "compose.yml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    }];
    load(&inputs, &BTreeMap::new(), &NoFiles, &LoadOptions::default())
}

#[test]
fn what_swarm_ignores_is_said_with_its_place() {
    let loaded = load_text(
        "name: project\nservices:\n  app:\n    image: x:$TAG-alpine\n    container_name: c\n    restart: always\n    \
         depends_on: {db: {condition: service_healthy}}\n    ports: [\"127.0.0.1:80:80\"]\n    profiles: [a]\n    \
         build: .\n    hostname: ${UNSET}\n    domainname: \"$! ${ALSO_UNSET}\"\n    networks: {n: {ipv4_address: 10.0.0.2}}\n    \
         deploy: {restart_policy: {condition: any}, replcas: 2}\nnetworks:\n  n: {external: {name: old}}\n",
    );
    let text: Vec<String> = loaded
        .unwrap()
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn every_error_names_place_cause_and_remedy() {
    let cases = [
        "services:\n  a:\n    image: x\n    image: y\n",
        "services:\n  a:\n    image: [x\n",
        "services:\n  a:\n    image: x\n    user: 1000\n",
        "services:\n  a:\n    image: x\n    tty: \"true\"\n",
        "services:\n  a:\n    image: x\n    healthcheck: {interval: 5}\n",
        "services:\n  a:\n    image: x\n    deploy: {replicas: many}\n",
        "services:\n  a:\n    image: x\n    ports: [\"80:x\"]\n",
        "services:\n  a:\n    image: x\n    volumes: [\"a::b\"]\n",
        "services:\n  a:\n    image: x\n    hostname: \"${NAME:?say who}\"\n",
        "services:\n  a:\n    image: x\n    hostname: \"cost: $5\"\n",
        "services:\n  a:\n    image: x\n    extends: b\n",
        "services:\n  a:\n    image: x\n    env_file: ../../etc/passwd\n",
        "services:\n  a:\n    image: x\n    env_file: nope.env\n",
        "services:\n  a:\n    image: x\n    networks: [proxy]\n",
        "services:\n  a:\n    image: x\n    volumes: [./data:/data]\n",
        "services:\n  a:\n    image: x\n    configs: [c]\nconfigs:\n  c:\n    file: /etc/passwd\n",
        "services:\n  a:\n    image: x\n    deploy: {mode: global, replicas: 2}\n",
        "services:\n  a:\n    image: X Y\n",
        "services:\n  a:\n    command: x\n",
        "version: \"2\"\nservices: {}\n",
        "include: [other.yml]\n",
    ];
    let mut text = String::new();
    for case in cases {
        let error = load_text(case)
            .and_then(|loaded| convert(&loaded.model, &"s".parse().unwrap()).map(drop))
            .expect_err(case);
        let help = error.help().unwrap();
        writeln!(text, "error[{}]: {error}\nhelp: {help}\n", error.code()).unwrap();
        assert!(!matches!(error, StackError::NoFiles));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn words_and_names_that_only_an_engine_refuses_are_found_by_a_check() {
    let long = "n".repeat(60);
    let cases = [
        "services:\n  a:\n    image: x\n    deploy: {restart_policy: {condition: unless-stopped}}\n".to_owned(),
        format!("services: {{}}\nsecrets:\n  {long}: {{environment: E}}\n"),
    ];
    let env: BTreeMap<String, String> = [("E".to_owned(), "secret".to_owned())].into();
    let text: Vec<String> = cases
        .iter()
        .map(|case| {
            let inputs = [SourceFile {
                name: "compose.yml".to_owned(),
                bytes: case.clone().into_bytes(),
            }];
            let model = load(&inputs, &env, &NoFiles, &LoadOptions::default())
                .unwrap()
                .model;
            convert(&model, &"app_example_org".parse().unwrap())
                .unwrap()
                .check()
                .unwrap_err()
                .to_string()
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn content_of_secrets_never_shows_in_debug() {
    let inputs = [SourceFile {
        name: "compose.yml".to_owned(),
        bytes: b"services: {}\nsecrets: {s: {environment: E}}\n".to_vec(),
    }];
    let env: BTreeMap<String, String> = [("E".to_owned(), "canary-value".to_owned())].into();
    let loaded = load(&inputs, &env, &NoFiles, &LoadOptions::default()).unwrap();
    let specs = convert(&loaded.model, &"s".parse().unwrap()).unwrap();
    let shown = format!("{:?} {:?}", loaded.model, specs);
    assert!(
        !shown.contains("canary-value") && !shown.contains("Y2FuYXJ5LXZhbHVl"),
        "{shown}"
    );
    assert_eq!(specs.secrets[0].data.expose(), b"canary-value");
}

#[test]
fn every_code_has_a_page() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for number in 2001..=2016 {
        let page = fs::read_to_string(pages.join(format!("AL-{number}.md"))).unwrap();
        assert!(page.starts_with(&format!("# AL-{number}: ")), "AL-{number}");
    }
}
