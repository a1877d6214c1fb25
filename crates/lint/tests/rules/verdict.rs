//! What a report comes to, and its bounds.

use allot_lint::{Facts, Level, Limits, Status, lint, rule};

use crate::recipe::{MAIL, SAMPLE, good, report, with};

#[test]
fn errors_fail_and_warnings_only_when_strict() {
    let warned = report(&with("web:1.2.0", "web:latest"), &Facts::unknown("x"));
    assert!(!warned.failed(false) && warned.failed(true));
    let hinted = report(
        &with("- data:/srv/data", "- /srv/web:/srv/data"),
        &Facts::unknown("x"),
    );
    assert_eq!(hinted.count(Level::Hint), 1);
    assert!(!hinted.failed(true));
    let broken = report(
        &with("secrets: [db_pw]", "secrets: [gone]"),
        &Facts::unknown("x"),
    );
    assert!(broken.failed(false));
}

#[test]
fn a_hostile_recipe_is_bounded() {
    let limits = Limits {
        findings: 3,
        combinations: 2,
        ..Limits::default()
    };
    let mut compose = "services:\n  app: {image: x}\n".to_owned();
    for n in 0..50 {
        compose += &format!("  s{n}: {{image: x, odd: 1}}\n");
    }
    let mut sample = SAMPLE.to_owned();
    let mut tree = good().with("compose.yml", compose);
    for n in 0..10 {
        sample += &format!("#COMPOSE_FILE=\"$COMPOSE_FILE:compose.{n}.yml\"\n");
        tree.insert(&format!("compose.{n}.yml"), MAIL.as_bytes().to_vec());
    }
    let report = lint(
        &tree.with(".env.sample", sample),
        &Facts::unknown("x"),
        &limits,
    )
    .unwrap();
    assert_eq!(report.findings.len(), 3);
    assert!(report.dropped > 100);
    assert!(report.failed(false), "what was dropped is not passed");
    assert!(
        matches!(report.status(&rule::L030), Status::NotChecked(why) if why.starts_with("10 of the combinations"))
    );
}
