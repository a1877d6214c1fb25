//! Real recipes: what is found in each was judged by hand once, and is held here.
//!
//! The recipes lie outside the repository (`../shared/recipes`); without them there is nothing to hold.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use allot_lint::{Facts, Known, Limits, Previous, Report, lint};
use allot_recipe::{MemoryTree, RecipeVersion};

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recipes");
    folder.is_dir().then_some(folder)
}

fn tree_of(folder: &Path) -> MemoryTree {
    let mut tree = MemoryTree::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                tree.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    tree
}

/// Recipe, the version before it where there is one, and the rules that find something, in the order of the report.
type Row = (
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static str,
);

const ROWS: &[Row] = &[
    (
        "abramon",
        None,
        "L003 R007 L013 R002 L009 L021 R015 L010 L016",
    ),
    ("agora", None, "R002 R003 L021 L013 R002 R003"),
    (
        "bonfire-1.0.0+1.0.5",
        None,
        "L030 R007 L035 L011 L005 R002 L021 R015 L029 L016 L016",
    ),
    (
        "bonfire-2.0.1+1.0.6",
        Some(("bonfire-1.0.0+1.0.5", "1.0.0+1.0.5")),
        "L030 R007 L011 L005 R002 L021 R015 L029 L016 L016",
    ),
    (
        "bonfire-deploy-2024",
        None,
        "R007 R002 R004 R002 L007 L021 L013 R002 R015 L005 L029 L029 L029 L029 L016",
    ),
    ("bore", None, "R001 R002 L021 L013"),
    (
        "docs.coopcloud.tech",
        None,
        "R008 R007 R004 L013 L025 L025 L025",
    ),
    (
        "gaseous",
        None,
        "R002 R004 L034 L034 L021 R002 R003 L034 L034 L016 L016",
    ),
    ("go-ssb-room", None, "R002 L021 L013"),
    ("traefik-v2.4.8", None, "L009 L022 L013 L005"),
    // Its traefik.yml.tmpl changed, and so did its version.
    (
        "traefik",
        Some(("traefik-v2.4.8", "0.1.0+v2.4.8")),
        "R015 L009 L022 L013 L005",
    ),
    ("wordpress-2020", None, "R008 R009 R007 R002 L021 R002 R015"),
    (
        "wordpress-5.7.0",
        None,
        "L027 L005 L022 L013 R002 L021 R015 L016",
    ),
    (
        "wordpress-5.7.2",
        Some(("wordpress-5.7.0", "0.1.0+5.7.0")),
        "L005 L022 L013 R002 L021 R015 L016",
    ),
];

fn ids(report: &Report) -> String {
    let ids: Vec<_> = report.findings.iter().map(|f| f.rule.id).collect();
    ids.join(" ")
}

#[test]
fn real_recipes_have_the_findings_that_were_judged_by_hand() {
    let Some(folder) = shared() else { return };
    for (name, before, wanted) in ROWS {
        let tree = tree_of(&folder.join(name));
        let before = before.map(|(folder_name, version)| {
            let version = RecipeVersion::parse(version).unwrap();
            (tree_of(&folder.join(folder_name)), version)
        });
        let mut facts = Facts::unknown("no clone");
        facts.previous = Known::Yes(
            before
                .as_ref()
                .map(|(tree, version)| Previous { version, tree }),
        );
        let report = lint(&tree, &facts, &Limits::default()).unwrap();
        assert_eq!(ids(&report), *wanted, "{name}: {:#?}", report.findings);
    }
}

#[test]
fn a_config_of_a_real_recipe_that_keeps_its_version_is_told() {
    let Some(folder) = shared() else { return };
    let (old, new) = (
        tree_of(&folder.join("traefik-v2.4.8")),
        tree_of(&folder.join("traefik")),
    );
    let forgotten = new.with("abra.sh", "export TRAEFIK_YML_VERSION=v8\nexport FILE_PROVIDER_YML_VERSION=v2\nexport ENTRYPOINT_VERSION=v1\n");
    let version = RecipeVersion::parse("0.1.0+v2.4.8").unwrap();
    let mut facts = Facts::unknown("no clone");
    facts.previous = Known::Yes(Some(Previous {
        version: &version,
        tree: &old,
    }));
    let report = lint(&forgotten, &facts, &Limits::default()).unwrap();
    let first = &report.findings[0];
    assert_eq!(
        (first.rule.id, first.file.as_deref()),
        ("L001", Some("compose.yml"))
    );
}

#[test]
fn our_own_example_is_without_findings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/recipes/guestbook");
    let report = lint(
        &tree_of(&path),
        &Facts::unknown("no clone"),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(ids(&report), "", "{:#?}", report.findings);
}
