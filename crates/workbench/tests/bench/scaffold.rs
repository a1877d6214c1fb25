//! `recipe new`: what it makes deploys and passes the linter.

use std::collections::BTreeMap;

use allot_lint::{Facts, Known, Tag};
use allot_recipe::{AppName, Recipe, RecipeRef, RecipeTree as _};
use allot_stack::{FileRefusal, FileSource, LoadOptions, SourceFile, StackName, convert, load};
use allot_workbench::checkout::{Checkout, Identity};
use allot_workbench::scaffold::{self, NewRecipe};

fn new(name: &str) -> NewRecipe {
    NewRecipe {
        name: name.to_owned(),
        image: scaffold::IMAGE.to_owned(),
        port: scaffold::PORT,
        identity: Identity {
            name: Some("merri-bek".to_owned()),
            email: Some("tech@merri-bek.example".to_owned()),
        },
    }
}

fn made(name: &str) -> (tempfile::TempDir, Checkout) {
    let folder = tempfile::tempdir().unwrap();
    let checkout = scaffold::create(&folder.path().join(name), &new(name)).unwrap();
    (folder, checkout)
}

/// A stack reads configs from it; a new recipe has none.
struct Files;

impl FileSource for Files {
    fn read(&self, _: &str, _: usize) -> Result<Vec<u8>, FileRefusal> {
        Err(FileRefusal::Missing)
    }
}

#[test]
fn a_new_recipe_is_a_repository_with_one_commit_and_nothing_left_over() {
    let (_folder, checkout) = made("our-wiki");
    assert_eq!(checkout.head().unwrap().branch.as_deref(), Some("main"));
    assert!(checkout.changes().unwrap().is_empty());
    assert_eq!(
        checkout.subject().unwrap(),
        "feat: begin the recipe our-wiki"
    );
    let tree = checkout.tree("HEAD").unwrap();
    for path in [
        "compose.yml",
        ".env.sample",
        "abra.sh",
        "README.md",
        "release/next",
    ] {
        let text = String::from_utf8(tree.read(path, 1 << 20).unwrap()).unwrap();
        let marks: Vec<&str> = text.match_indices('@').map(|(at, _)| &text[at..]).collect();
        assert!(
            marks.iter().all(|m| m.starts_with("@merri-bek.example")),
            "{path}: {marks:?}"
        );
    }
}

#[test]
fn a_new_recipe_passes_the_linter() {
    let (_folder, checkout) = made("our-wiki");
    let facts = Facts {
        version: None,
        tags: Known::Yes(Vec::<Tag>::new()),
        previous: Known::Yes(None),
        in_catalogue: Known::Yes(true),
        on_forge: Known::Yes(true),
    };
    let report = allot_lint::lint(
        &checkout.work_tree().unwrap(),
        &facts,
        &allot_lint::Limits::default(),
    )
    .unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[test]
fn a_new_recipe_comes_to_a_stack_that_an_engine_takes() {
    let (_folder, checkout) = made("our-wiki");
    let work = checkout.work_tree().unwrap();
    let recipe = Recipe::load(&work, &allot_recipe::Limits::default()).unwrap();
    let app: AppName = "wiki.merri-bek.example".parse().unwrap();
    let env = recipe
        .env_sample
        .env_for(&app, &RecipeRef::parse("our-wiki").unwrap())
        .unwrap();
    let stack = StackName::from_domain(app.as_str()).unwrap();
    let mut vars: BTreeMap<String, String> = env.vars();
    vars.insert("STACK_NAME".into(), stack.to_string());
    let file = SourceFile {
        name: "compose.yml".into(),
        bytes: work.read("compose.yml", 1 << 20).unwrap(),
    };
    let loaded = load(&[file], &vars, &Files, &LoadOptions::default()).unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let specs = convert(&loaded.model, &stack).unwrap();
    specs.check().unwrap();
    let text = serde_json::to_string(&specs).unwrap();
    assert!(text.contains("Host(`wiki.merri-bek.example`)"), "{text}");
    assert!(
        text.contains("coop-cloud.wiki_merri-bek_example.version"),
        "{text}"
    );
}

#[test]
fn its_maintainer_can_be_reached_and_its_image_read_about() {
    let (_folder, checkout) = made("our-wiki");
    let readme = std::fs::read_to_string(checkout.root().join("README.md")).unwrap();
    let readme = allot_recipe::readme::Readme::parse(&readme);
    assert_eq!(readme.maintainers.len(), 1);
    assert!(
        readme.maintainers[0].can_be_reached(),
        "{:?}",
        readme.maintainers
    );
}

#[test]
fn a_name_or_image_that_cannot_be_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let long = "a".repeat(65);
    for name in [
        "",
        "Wiki",
        "-x",
        "../x",
        "a/b",
        "a b",
        ".git",
        long.as_str(),
    ] {
        assert_eq!(
            scaffold::create(&path, &new(name)).unwrap_err().code(),
            "AL-9460",
            "{name}"
        );
    }
    let untagged = NewRecipe {
        image: "nginx".into(),
        ..new("x")
    };
    assert_eq!(
        scaffold::create(&path, &untagged).unwrap_err().code(),
        "AL-9462"
    );
    assert!(!path.exists());
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("mine"), "").unwrap();
    assert_eq!(
        scaffold::create(&path, &new("x")).unwrap_err().code(),
        "AL-9461"
    );
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
}

#[test]
fn what_could_not_be_committed_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (fresh, empty) = (folder.path().join("fresh"), folder.path().join("empty"));
    std::fs::create_dir(&empty).unwrap();
    let mut nobody = new("our-wiki");
    // git takes no name that has nothing in it.
    nobody.identity.name = Some(String::new());
    for place in [&fresh, &empty] {
        let error = scaffold::create(place, &nobody).unwrap_err();
        assert_eq!(error.code(), "AL-9402", "{error:?}");
        let help = error.help().unwrap();
        assert!(help.contains("--git-name"), "{help}");
    }
    assert!(!fresh.exists());
    assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0);
    scaffold::create(&fresh, &new("our-wiki")).unwrap();
}

#[test]
fn an_image_without_a_version_gives_a_recipe_none() {
    let folder = tempfile::tempdir().unwrap();
    for image in ["nginx:latest", "nginx:stable-alpine", "nginx", "no image:1"] {
        let place = folder.path().join("our-wiki");
        let mut wanted = new("our-wiki");
        wanted.image = image.to_owned();
        let error = scaffold::create(&place, &wanted).unwrap_err();
        assert_eq!(error.code(), "AL-9462", "{image}: {error:?}");
        assert!(!place.exists(), "{image}");
    }
}

#[test]
fn a_maintainer_stays_on_its_line_of_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = new("our-wiki");
    wanted.identity.name = Some("merri\nbek".to_owned());
    let checkout = scaffold::create(&folder.path().join("our-wiki"), &wanted).unwrap();
    let readme = checkout.tree("HEAD").unwrap().read("README.md", 1 << 20);
    let readme = String::from_utf8(readme.unwrap()).unwrap();
    assert!(
        readme.contains("* **Maintainer**: merri bek (tech@"),
        "{readme}"
    );
}
