//! Compose files: which belong together, and what is none.

use allot_lint::{Facts, Limits, Status, lint, rule};
use allot_recipe::MemoryTree;

use crate::recipe::{COMPOSE, MAIL, README, at, found, good, lines, report, with};

#[test]
fn files_of_other_versions_are_told_and_must_agree() {
    let without = |text: &str| text.replacen("version: \"3.8\"\n", "", 1);
    let tree = good()
        .with("compose.yml", without(COMPOSE))
        .with("compose.mail.yml", without(MAIL));
    assert_eq!(
        found(&tree),
        [
            "R001 compose.mail.yml:1 `compose.mail.yml` has no `version:`",
            "R001 compose.yml:1 `compose.yml` has no `version:`",
        ]
    );
    let all = found(&tree.with("compose.mail.yml", MAIL.replace("3.8", "3.7")));
    assert!(
        all[0].starts_with("L030 compose.mail.yml ") && all[0].contains("its version is 3.7"),
        "{all:?}"
    );
    assert_eq!(
        all[1],
        "R001 compose.mail.yml:1 `compose.mail.yml` is of version 3.7"
    );
}

#[test]
fn keys_with_variables_are_an_error_wherever_they_stand() {
    let tree = good().with(
        "compose.mail.yml",
        "version: \"3.8\"\nservices:\n  app:\n    deploy:\n      labels:\n        coop-cloud.${STACK_NAME}.mail: \"1\"\n",
    );
    let what = "L026 compose.mail.yml:6 the key `coop-cloud.${STACK_NAME}.mail` holds a variable";
    assert_eq!(found(&tree), [what]);
}

#[test]
fn an_overlay_is_loaded_with_the_files_that_its_line_in_the_sample_names() {
    let broken =
        "version: \"3.8\"\nservices:\n  mail:\n    image: example/mail\n    secrets: [none]\n";
    let all = found(&good().with("compose.mail.yml", broken));
    let ids: Vec<_> = all.iter().map(|l| &l[..4]).collect();
    assert_eq!(ids, ["L030", "L021", "R002", "R003"], "{all:?}");
    assert!(
        all[0].contains("secret \"none\" is used here and defined nowhere"),
        "{all:?}"
    );
}

#[test]
fn a_file_that_the_sample_does_not_name_is_a_hint_and_nothing_is_guessed_of_it() {
    let piece = "version: \"3.8\"\nservices:\n  worker:\n    secrets: [of_another_file]\n";
    let tree = good().with("compose.worker.yml", piece);
    let what = "L031 compose.worker.yml the sample does not name `compose.worker.yml`";
    assert_eq!(found(&tree), [what]);
}

#[test]
fn what_is_no_yaml_is_told_with_its_place_and_the_rest_is_looked_at() {
    let tree = good().with("compose.mail.yml", "services:\n  app: {\n");
    let all = found(&tree);
    assert!(all[0].starts_with("L030 compose.mail.yml:"), "{all:?}");
    assert_eq!(all.len(), 1, "{all:?}");
    let tree = tree.with("README.md", "# web\n");
    let readme = "R007 README.md `README.md` has no block of metadata".to_owned();
    assert!(found(&tree).contains(&readme));
}

#[test]
fn what_is_not_a_recipe_is_an_error_and_not_a_finding() {
    let tree = MemoryTree::new().with("README.md", README);
    let error = lint(&tree, &Facts::unknown("x"), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "AL-1207");
    assert!(error.help().is_some());
}

#[test]
fn a_rule_on_stacks_has_not_passed_where_no_stack_loads() {
    let broken = report(
        &with(
            "image: example/web:1.2.0",
            "image: [1]\n    privileged: true",
        ),
        &Facts::unknown("nobody said"),
    );
    assert!(lines(&broken)[0].starts_with("L030 "), "{broken:?}");
    let why = Status::NotChecked("the stack of compose.yml does not load");
    for rule in [&rule::R002, &rule::L004, &rule::L008, &rule::L021] {
        assert_eq!(broken.status(rule), why, "{}", rule.id);
    }
    // What needs only the text is looked at all the same.
    assert_eq!(broken.status(&rule::R001), Status::Passed);
    let loads = report(&good(), &Facts::unknown("nobody said"));
    assert_eq!(loads.status(&rule::R002), Status::Passed);
}

#[test]
fn nothing_is_claimed_of_what_stands_in_a_file_that_is_no_yaml() {
    let tree = good().with("compose.yml", "services:\n  app: [\n");
    let broken = report(&tree, &Facts::unknown("nobody said"));
    for rule in [&rule::R009, &rule::L029] {
        let why = Status::NotChecked("compose.yml is not YAML");
        assert_eq!(broken.status(rule), why, "{}", rule.id);
    }
}

#[test]
fn a_second_document_is_told_since_nobody_reads_it() {
    let begins = format!("# about\n---\n{COMPOSE}");
    assert_eq!(
        found(&good().with("compose.yml", begins)),
        Vec::<String>::new()
    );
    let tree = good().with(
        "compose.yml",
        format!("{COMPOSE}--- # more\nservices: {{}}\n"),
    );
    let line = at(&tree, "compose.yml", "--- # more");
    assert_eq!(
        found(&tree),
        [format!(
            "L018 compose.yml:{line} a second document begins in `compose.yml`, and is not read"
        )]
    );
}
