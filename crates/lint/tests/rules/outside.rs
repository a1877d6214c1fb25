//! What only the outside can know: tags, catalogue, forge, the version before.

use allot_lint::{Facts, Known, Previous, Status, Tag, rule};
use allot_recipe::{MemoryTree, RecipeVersion};

use crate::recipe::{COMPOSE, MAIL, SAMPLE, at, good, lines, report, with};

fn v(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).unwrap()
}

fn tags(names: &[(&str, bool)]) -> Known<Vec<Tag>> {
    let tag = |(name, annotated): &(&str, bool)| Tag {
        name: (*name).to_owned(),
        annotated: *annotated,
    };
    Known::Yes(names.iter().map(tag).collect())
}

#[test]
fn facts_that_are_not_known_leave_rules_unchecked_with_the_reason() {
    let report = report(&good(), &Facts::unknown("this is no clone"));
    let unchecked: Vec<_> = report.not_checked.iter().map(|n| n.rule.id).collect();
    assert_eq!(
        unchecked,
        [
            "L001", "L002", "L014", "L032", "L033", "R006", "R013", "R014"
        ]
    );
    assert!(
        report
            .not_checked
            .iter()
            .all(|n| n.why == "this is no clone")
    );
    assert_eq!(report.status(&rule::R002), Status::Passed);
    assert!(!report.failed(true));
}

#[test]
fn facts_from_outside_are_held_against_the_recipe() {
    let tree = good()
        .with("release/0.5.0+1", "never tagged")
        .with("release/1.0.0+1.1.0", "tagged");
    let mut facts = Facts::unknown("nobody said");
    facts.in_catalogue = Known::Yes(false);
    facts.on_forge = Known::Yes(false);
    facts.tags = tags(&[
        ("1.0.0+1.1.0", true),
        ("1.2.0+1.3.0", false),
        ("nightly", false),
    ]);
    let label = at(&good(), "compose.yml", ".version=");
    assert_eq!(
        lines(&report(&tree, &facts)),
        [
            "R014 - lightweight tags: `1.2.0+1.3.0`".to_owned(),
            "R006 - the catalogue has no version of it".to_owned(),
            "R013 - the repository is not at git.coopcloud.tech".to_owned(),
            format!(
                "L014 compose.yml:{label} the label says 1.1.0+1.2.0, which is before the newest tag, 1.2.0+1.3.0"
            ),
            "L032 release/0.5.0+1 `release/0.5.0+1` is the note of no tag".to_owned(),
        ]
    );
}

#[test]
fn the_label_of_a_tag_is_the_tag() {
    let mut facts = Facts::unknown("x");
    facts.tags = tags(&[("1.1.0+1.2.0", true), ("1.1.1+1.2.0", true)]);
    let (right, wrong) = (v("1.1.0+1.2.0"), v("1.1.1+1.2.0"));
    facts.version = Some(&right);
    assert!(lines(&report(&good(), &facts)).is_empty());
    facts.version = Some(&wrong);
    let all = lines(&report(&good(), &facts));
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].ends_with("the label says 1.1.0+1.2.0, the tag 1.1.1+1.2.0"),
        "{all:?}"
    );
}

#[test]
fn a_major_version_needs_notes() {
    let mut facts = Facts::unknown("x");
    facts.tags = tags(&[("0.9.0+1", true)]);
    let what = "L033 release 1.1.0+1.2.0 comes after 0.9.0+1 and has no release notes";
    assert_eq!(lines(&report(&good(), &facts)), [what]);
    for (file, text, enough) in [
        ("release/next", "Do this.", true),
        ("release/next", " \n", false),
        ("release/1.1.0+1.2.0", "Do this.", true),
    ] {
        let tree = good().with(file, text);
        assert_eq!(
            lines(&report(&tree, &facts)).is_empty(),
            enough,
            "{file} {text:?}"
        );
    }
}

fn since(tree: &MemoryTree, before: &MemoryTree) -> Vec<String> {
    let version = v("1.0.0+1.1.0");
    let mut facts = Facts::unknown("x");
    facts.previous = Known::Yes(Some(Previous {
        version: &version,
        tree: before,
    }));
    lines(&report(tree, &facts))
}

#[test]
fn a_config_that_changed_without_its_version_is_an_error() {
    let edited = good().with("page.html", "hello again");
    let line = at(&good(), "compose.yml", "  page:");
    assert_eq!(
        since(&edited, &good()),
        [format!(
            "L001 compose.yml:{line} the file of config `page` is not that of 1.0.0+1.1.0, and its name is still `${{STACK_NAME}}_page_v1`"
        )]
    );
    let counted = edited.with("abra.sh", "export PAGE_VERSION=v2\n");
    assert_eq!(since(&counted, &good()), Vec::<String>::new());
    let report = report(&good(), &Facts::unknown("x"));
    assert_eq!(report.status(&rule::L001), Status::NotChecked("x"));
}

#[test]
fn a_new_variable_without_a_default_is_told_unless_envs_have_it() {
    let sample = format!("{SAMPLE}#COLOUR=red\n");
    let tree = with("TITLE=${TITLE:-Web}", "COLOUR=${COLOUR}").with(".env.sample", sample.clone());
    let line = at(&tree, "compose.yml", "COLOUR");
    assert_eq!(
        since(&tree, &good()),
        [format!(
            "L002 compose.yml:{line} `COLOUR` is new since 1.0.0+1.1.0 and has no default"
        )]
    );
    let sampled = good().with(".env.sample", sample.replace("#COLOUR", "COLOUR"));
    assert_eq!(since(&tree, &sampled), Vec::<String>::new());
    let offered = with("TITLE=${TITLE:-Web}", "COLOUR=${COLOUR:-red}");
    assert_eq!(since(&offered, &good()), Vec::<String>::new());
    // A compose file that is new is taken into use by hand.
    let mail = good()
        .with(
            "compose.mail.yml",
            MAIL.replace("MAIL_FROM", "A=${MAIL_FROM}"),
        )
        .with(".env.sample", format!("{SAMPLE}#MAIL_FROM=a@example.org\n"));
    let mut old = MemoryTree::new();
    for (file, text) in [
        ("compose.yml", COMPOSE),
        (
            ".env.sample",
            "TYPE=web\nDOMAIN=x\nSECRET_DB_PW_VERSION=v1\n",
        ),
        ("abra.sh", "export PAGE_VERSION=v1\n"),
        ("page.html", "hello"),
    ] {
        old.insert(file, text.as_bytes().to_vec());
    }
    assert_eq!(since(&mail, &old), Vec::<String>::new());
    assert_eq!(since(&mail, &good()).len(), 1);
}
