//! Secrets never reach a log, the journal, the index, a blob, the command line's output or a process's arguments.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use allot_tests::Plot;
use base64::{Engine as _, engine::general_purpose::STANDARD};

const SAMPLE: &str = "TYPE=thing

DOMAIN=thing.example.com
SECRET_MADE_VERSION=v1  # length=40
SECRET_BROUGHT_VERSION=v1  # generate=false
SECRET_FILED_VERSION=v1  # generate=false
";

/// A service that fails, so that a recap is made too, with its secrets before its eyes.
const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    command: ["sh", "-c", "wc -c /run/secrets/*; exit 1"]
    secrets: [made, brought, filed]
    deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 200ms}, update_config: {monitor: 3s}}
secrets:
  made: {external: true, name: "${STACK_NAME}_made_${SECRET_MADE_VERSION}"}
  brought: {external: true, name: "${STACK_NAME}_brought_${SECRET_BROUGHT_VERSION}"}
  filed: {external: true, name: "${STACK_NAME}_filed_${SECRET_FILED_VERSION}"}
"#;

const BROUGHT: &str = "canary-brought-7d1f0c52a9";
const FILED: &str = "canary-filed-40be77e310";

/// The arguments of every process of this machine, looked at again and again while `work` goes on.
fn arguments_during<T>(work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !over.load(Ordering::Relaxed) {
                let processes = fs::read_dir("/proc").unwrap().flatten();
                let lines = processes.filter_map(|p| fs::read(p.path().join("cmdline")).ok());
                seen.extend(lines.map(|line| String::from_utf8_lossy(&line).into_owned()));
                thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        // Also when `work` panics, or the scope would wait for ever.
        let done = catch_unwind(AssertUnwindSafe(work));
        over.store(true, Ordering::Relaxed);
        let done = done.unwrap_or_else(|panic| resume_unwind(panic));
        (done, looking.join().unwrap())
    })
}

/// Every file below `dir`.
fn files(dir: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&path, found);
        } else if kind.is_file() {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    let forms = [canary.to_owned(), STANDARD.encode(canary)];
    forms
        .iter()
        .any(|form| bytes.windows(form.len()).any(|w| w == form.as_bytes()))
}

#[test]
fn secrets_are_nowhere_but_in_the_swarm() {
    let mut plot = Plot::builder("canary").log("trace").lay_out();
    let recipe = plot.recipe_of(
        "thing",
        &[(
            "1.0.0+1",
            &[(".env.sample", SAMPLE), ("compose.yml", COMPOSE)],
        )],
    );
    let app = plot.domain("a");
    // Outside of what is searched.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::write(elsewhere.path(), FILED).unwrap();
    let file = elsewhere.path().to_str().unwrap();

    let ((silent, made), arguments) = arguments_during(|| {
        plot.new_app(&app, &recipe).done();
        let reveal = ["app", "secret", "generate", &app, "--all", "--reveal"];
        let revealed = plot.allot(&reveal).done().json();
        let secrets = revealed["secrets"].as_array().unwrap();
        let made = secrets
            .iter()
            .find_map(|s| s["value"].as_str())
            .unwrap()
            .to_owned();
        let mut silent = vec![
            plot.allot_with(
                &["app", "secret", "insert", &app, "brought", "v1"],
                BROUGHT.as_bytes(),
            ),
            plot.allot(&[
                "app", "secret", "insert", &app, "filed", "v1", "--file", file,
            ]),
            plot.deploy(&app, &[]).verdict("failed", 1),
        ];
        for command in [
            ["app", "secret", "list"].as_slice(),
            &["app", "history"],
            &["app", "logs"],
            &["app", "ps", "--all"],
        ] {
            let mut args = command.to_vec();
            args.push(&app);
            silent.push(plot.allot(&args));
        }
        // A second version: made, and shown to nobody.
        silent.push(plot.allot(&["app", "secret", "generate", &app, "made", "v2"]));
        (silent, made)
    });
    assert_eq!(made.len(), 40);
    plot.agent_mut().stop();

    let mut found = Vec::new();
    files(plot.dir(), &mut found);
    assert!(found.iter().any(|(path, _)| path.ends_with("agent.log")));
    for canary in [BROUGHT, FILED, &made] {
        for (path, bytes) in &found {
            assert!(!holds(bytes, canary), "{path} holds a secret");
        }
        for run in &silent {
            assert!(!holds(run.stdout.as_bytes(), canary), "said by a command");
            assert!(!holds(run.stderr.as_bytes(), canary), "said by a command");
        }
        assert!(
            !arguments.iter().any(|line| line.contains(canary)),
            "an argument of a process"
        );
    }
}
