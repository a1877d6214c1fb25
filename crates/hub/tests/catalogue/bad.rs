//! Repositories as they should not be. Each is told, and none stops another.

use std::path::Path;

use allot_hub::catalogue::{Status, config::CatalogueConfig};
use allot_testkit::RecipeRepo;
use tempfile::TempDir;

use crate::running::{COMPOSE, Running, gits, readme, recipe};

/// The code that a recipe's look ended with.
fn code(status: &Status, recipe: &str) -> &'static str {
    let found = status.told.iter().find(|row| row.recipe.as_str() == recipe);
    let error = found.and_then(|row| row.error.as_ref());
    error.map_or("", |error| error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_recipe_is_told_and_the_others_are_taken() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    recipe(&at("web"));
    drop(RecipeRepo::new(&at("empty")));
    drop(
        RecipeRepo::new(&at("tool"))
            .file("main.go", "package main\n")
            .publish("1.0.0"),
    );
    let nowhere = at("nowhere");
    let paths = [at("web"), at("empty"), at("tool"), nowhere];
    let paths: Vec<&Path> = paths.iter().map(|p| p.as_path()).collect();
    let running = Running::with(gits(&paths)).await;
    let status = running.sync().await;
    assert_eq!(
        running.entries().await,
        ["recipe web", "observe web 1.0.0+1.27.0"]
    );
    assert_eq!(code(&status, "empty"), "AL-1507");
    assert_eq!(code(&status, "tool"), "AL-9209");
    assert_eq!(code(&status, "nowhere"), "AL-1502");
    let tool = status.told.iter().find(|row| row.recipe.as_str() == "tool");
    let text = &tool.unwrap().error.as_ref().unwrap().text;
    assert!(text.contains("1.0.0") && text.contains("compose"), "{text}");
    let metrics = running.metrics().await;
    let failed = "catalogue_failures_total{code=\"AL-9209\"}";
    assert!(metrics.contains(failed), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_broken_is_told_beside_those_that_are_not() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web)
        .file("compose.yml", "services: [oh\n")
        .publish("1.1.0+1.27.1")
        .file("compose.yml", COMPOSE)
        .file(".env.sample", b"TYPE=web\n\xff\xfe=1\n")
        .publish("1.2.0+1.27.1")
        .file(".env.sample", "TYPE=web\n")
        .publish("1.3.0+1.27.1");
    std::fs::remove_file(web.join("compose.yml")).unwrap();
    let repo = repo.publish("1.4.0+1.27.1");
    let repo = repo
        .symlink("compose.yml", "/etc/passwd")
        .publish("1.5.0+1.27.1");
    std::fs::remove_file(web.join("compose.yml")).unwrap();
    drop(
        repo.symlink("compose.yml", "../../outside.yml")
            .publish("1.6.0+1.27.1"),
    );
    let running = Running::with(gits(&[&web])).await;
    let status = running.sync().await;
    assert_eq!(
        running.versions("web").await,
        ["1.0.0+1.27.0", "1.3.0+1.27.1"]
    );
    let problems = &status.told[0].problems;
    let told: Vec<_> = problems.iter().map(|p| p.tag.as_deref().unwrap()).collect();
    assert_eq!(
        told,
        [
            "1.1.0+1.27.1",
            "1.2.0+1.27.1",
            "1.4.0+1.27.1",
            "1.5.0+1.27.1",
            "1.6.0+1.27.1"
        ]
    );
    assert!(
        problems
            .iter()
            .all(|p| p.what.starts_with("cannot be catalogued: "))
    );
    assert!(
        problems[3].what.contains("out of the recipe"),
        "{}",
        problems[3].what
    );
    assert!(
        !format!("{problems:?}").contains("root:"),
        "nothing of what a link leads to"
    );
    // And it stays so, without being read again.
    let again = running.sync().await;
    assert_eq!(&again.told[0].problems, problems);
    assert_eq!(running.entries().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_bytes_and_submodules_are_no_reason_to_fail() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = RecipeRepo::new(&web)
        .file("compose.yml", COMPOSE)
        .file(
            "README.md",
            [readme("Apps").as_bytes(), b"\xff\xfe\n"].concat(),
        )
        .file("release/1.0.0+1.27.0", b"beware \xff\n");
    // A submodule, as the index has it; its repository is not needed for that.
    repo.git(&["add", "--all"]);
    let commit = "1".repeat(40);
    repo.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},vendor"),
    ]);
    drop(repo.publish_index("1.0.0+1.27.0"));
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    let document = running.document("web", "1.0.0+1.27.0").await;
    assert!(document.release_notes.unwrap().starts_with("beware"));
    assert_eq!(document.metadata.unwrap().category.as_deref(), Some("Apps"));
    assert!(
        document.warnings.iter().any(|w| w.contains("UTF-8")),
        "{:?}",
        document.warnings
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_larger_than_any_recipe_is_refused() {
    let dir = TempDir::new().unwrap();
    let (web, huge) = (dir.path().join("web"), dir.path().join("huge"));
    recipe(&web);
    let repo = recipe(&huge);
    // Such as a 2 GB pack, in small: what is not compressible and more than the bound.
    let mut noise: u64 = 1;
    let noise = std::iter::repeat_with(|| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        noise.to_be_bytes()[0]
    });
    drop(
        repo.file("data", noise.take(3 << 20).collect::<Vec<_>>())
            .publish("1.1.0+1.27.1"),
    );
    let config = CatalogueConfig {
        mirror_mib: 2,
        ..gits(&[&web, &huge])
    };
    let running = Running::with(config).await;
    let status = running.sync().await;
    assert_eq!(code(&status, "huge"), "AL-1511");
    assert_eq!(
        running.entries().await,
        ["recipe web", "observe web 1.0.0+1.27.0"]
    );
    let mirrors = std::fs::read_dir(running.dir.path().join("mirrors")).unwrap();
    let left = mirrors.map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| name.starts_with("web-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thousands_of_tags_the_newest_are_taken() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let mut import = String::new();
    for n in 1..3_000 {
        import.push_str(&format!(
            "tag 1.{n}.0+1\nfrom {commit}\ntagger T <t@example.org> 1790000000 +0000\ndata 2\nx\n\n"
        ));
    }
    crate::many::fast_import(&web, &import);
    let running = Running::with(gits(&[&web])).await;
    running
        .until("the newest are taken", async || {
            let versions = running.versions("web").await;
            (versions.len() == 1_500).then_some(())
        })
        .await;
    let versions = running.versions("web").await;
    assert_eq!(versions.last().unwrap(), "1.2999.0+1");
    running
        .until("it is told", async || {
            let problems = running.problems("web").await;
            problems
                .iter()
                .any(|p| p.what.contains("1500 versions"))
                .then_some(())
        })
        .await;
}
