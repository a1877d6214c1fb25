//! Real recipes load, or are refused with an error that has a code and a remedy.
//!
//! The recipes lie outside the repository (`../shared/recipes`); without them the recipes written here still hold.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic)]

mod shared;

use allot_recipe::recipe::RecipeError;
use allot_recipe::{EnvFile, Limits, MemoryTree, Recipe};
use shared::{shared_recipes, tree_of};

#[test]
fn every_shared_recipe_loads() {
    for folder in shared_recipes() {
        let name = folder
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let tree = tree_of(&folder);
        let recipe =
            Recipe::load(&tree, &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(
            recipe.compose_files.contains(&"compose.yml".to_owned()),
            "{name}"
        );
        let selected =
            recipe.selected_compose_files(&tree, recipe.env_sample.file(), &Limits::default());
        selected.unwrap_or_else(|e| panic!("{name}: {e}"));
        let has_sample = folder.join(".env.sample").exists();
        assert_eq!(
            recipe.env_sample.variables().is_empty(),
            !has_sample,
            "{name}"
        );
        assert!(
            recipe
                .env_sample
                .missing(recipe.env_sample.file())
                .is_empty(),
            "{name}: a sample lacks nothing of itself"
        );
    }
}

#[test]
fn every_shared_sample_can_be_edited_without_touching_another_byte() {
    for folder in shared_recipes() {
        let Ok(text) = std::fs::read_to_string(folder.join(".env.sample")) else {
            continue;
        };
        let mut env = EnvFile::parse(".env.sample", &text).expect("dotenv");
        assert_eq!(env.source(), text);
        for (key, value) in env.vars() {
            env.set(&key, &format!("{value} it's \"new\""))
                .expect("set");
        }
        let changed = env
            .source()
            .lines()
            .zip(text.lines())
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(changed, env.vars().len(), "{}", folder.display());
        assert_eq!(env.source().lines().count(), text.lines().count());
    }
}

#[test]
fn bonfire_reads_as_its_maintainers_meant_it() {
    let Some(folder) = shared_recipes()
        .into_iter()
        .find(|f| f.ends_with("bonfire-2.0.1+1.0.6"))
    else {
        return;
    };
    let recipe = Recipe::load(&tree_of(&folder), &Limits::default()).expect("loads");
    let sample = recipe.env_sample.file();
    assert_eq!(
        sample.get("COMPOSE_FILE"),
        Some("compose.yml:compose.postgres.yml")
    );
    assert_eq!(
        recipe
            .env_sample
            .modifiers(sample, "SECRET_SECRET_KEY_BASE_VERSION")
            .get("length"),
        Some("128")
    );
    assert_eq!(
        recipe
            .abra_exports
            .vars()
            .get("PG_BACKUP_VERSION")
            .map(String::as_str),
        Some("v6")
    );
    assert!(
        recipe
            .env_sample
            .variables()
            .iter()
            .any(|v| v.key == "MAIL_BACKEND" && v.optional)
    );
    let versions: Vec<_> = recipe
        .release_notes
        .iter()
        .map(|n| n.version.to_string())
        .collect();
    assert_eq!(
        versions,
        ["1.0.0+1.0.5-social-amd64", "2.0.0+1.0.5-social-amd64"]
    );
    assert_eq!(recipe.readme.expect("metadata").status_score, Some(1));
}

fn minimal() -> MemoryTree {
    MemoryTree::new().with("compose.yml", "services: {}\n")
}

fn refused(tree: &MemoryTree) -> RecipeError {
    let error = Recipe::load(tree, &Limits::default()).expect_err("refused");
    assert!(error.help().is_some(), "{error} has a remedy");
    error
}

#[test]
fn loads_a_recipe_that_has_nothing_but_a_compose_file() {
    let recipe = Recipe::load(&minimal(), &Limits::default()).expect("loads");
    assert_eq!(recipe.compose_files, ["compose.yml"]);
    assert_eq!(recipe.warnings.len(), 1, "the missing sample is mentioned");
}

#[test]
fn finds_compose_files_in_subfolders_that_the_sample_offers() {
    let tree = minimal()
        .with("pg/compose.tune.yml", "")
        .with("sub/compose.no.yml", "")
        .with(
            ".env.sample",
            "COMPOSE_FILE=compose.yml\n#COMPOSE_FILE=\"$COMPOSE_FILE:pg/compose.tune.yml\"\n",
        );
    let recipe = Recipe::load(&tree, &Limits::default()).expect("loads");
    assert_eq!(recipe.compose_files, ["compose.yml", "pg/compose.tune.yml"]);
}

#[test]
fn refuses_an_app_that_selects_a_compose_file_which_is_not_there() {
    let tree = minimal();
    let recipe = Recipe::load(&tree, &Limits::default()).expect("loads");
    let app = EnvFile::parse("app.env", "COMPOSE_FILE=compose.yml:compose.pg.yml").expect("dotenv");
    let error = recipe
        .selected_compose_files(&tree, &app, &Limits::default())
        .expect_err("refused");
    assert_eq!(error.code(), "AL-1207");
    assert_eq!(
        error.help().as_deref(),
        Some("set COMPOSE_FILE to some of compose.yml")
    );
}

#[test]
fn refuses_broken_recipes_with_a_code_and_a_remedy() {
    assert_eq!(refused(&MemoryTree::new()).code(), "AL-1207");
    assert_eq!(
        refused(&minimal().with(".env.sample", "A='open\n")).code(),
        "AL-1101"
    );
    assert_eq!(
        refused(&minimal().with(".env.sample", vec![b'A', b'=', 0xff])).code(),
        "AL-1102"
    );
    assert_eq!(
        refused(&minimal().with("abra.sh", vec![0xff])).code(),
        "AL-1102"
    );
    assert_eq!(
        refused(&minimal().with("abra.sh", vec![b'#'; 2_000_000])).code(),
        "AL-1204"
    );
    assert_eq!(
        refused(&minimal().with_link(".env.sample", "/etc/passwd")).code(),
        "AL-1202"
    );
    assert_eq!(
        refused(&minimal().with(".env.sample", "COMPOSE_FILE=../x.yml")).code(),
        "AL-1202"
    );
}

#[test]
fn a_broken_sample_names_file_line_and_column() {
    let error = refused(&minimal().with(".env.sample", "A=1\n\nB C\n"));
    let cause = std::error::Error::source(&error)
        .expect("a cause")
        .to_string();
    assert_eq!(
        cause,
        ".env.sample:3:3: `B` is followed by neither `=` nor `:`"
    );
}
