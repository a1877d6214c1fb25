//! The sample of an env.

use allot_lint::{Facts, Status, rule};
use allot_recipe::MemoryTree;

use crate::recipe::{COMPOSE, SAMPLE, found, good, lines, report};

#[test]
fn the_sample_is_held_against_what_is_there() {
    let sample = format!(
        "{SAMPLE}#COMPOSE_FILE=\"compose.yml:compose.gone.yml\"\nUNREAD=1\nPAGE_VERSION=v1\n"
    );
    let tree = good().with(".env.sample", sample).with("abra.sh", "");
    assert_eq!(
        found(&tree),
        [
            "L027 .env.sample:5 the sample offers `compose.gone.yml`, which is not there",
            "L003 .env.sample:7 `PAGE_VERSION`, the version of config `page`, stands in the sample",
            "L029 .env.sample:6 nothing in the recipe reads `UNREAD`",
        ]
    );
}

#[test]
fn a_default_list_with_a_missing_file_cannot_be_deployed() {
    let tree = good().with(
        ".env.sample",
        format!("{SAMPLE}COMPOSE_FILE=compose.yml:gone.yml\n"),
    );
    let all = found(&tree);
    assert!(all[0].starts_with("L030 "), "{all:?}");
    assert!(all[0].contains("gone.yml"), "{all:?}");
}

#[test]
fn a_recipe_without_a_sample_fails_and_rules_on_it_are_not_passed_in_silence() {
    let tree = MemoryTree::new().with("compose.yml", COMPOSE.replace("app:", "web:"));
    let report = report(&tree, &Facts::unknown("nobody said"));
    let all = lines(&report);
    for wanted in [
        "R008 .env.sample",
        "R009 compose.yml no service is named `app`",
        "R007 README.md there is no",
    ] {
        assert!(
            all.iter().any(|l| l.starts_with(wanted)),
            "{wanted}: {all:?}"
        );
    }
    assert_eq!(
        report.status(&rule::L028),
        Status::NotChecked("there is no .env.sample")
    );
    assert!(report.failed(false));
}
