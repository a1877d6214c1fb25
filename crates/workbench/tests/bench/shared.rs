//! Real recipes, which lie outside the repository (`../shared/recipes`); the fixtures of the other tests hold without them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use allot_workbench::checkout::WorkTree;
use allot_workbench::image::Repository;
use allot_workbench::registry::{Registry, RegistryError};
use allot_workbench::upgrade::{self, Outcome, UpgradeOptions};
use async_trait::async_trait;

/// Has a newer tag of every shape that the recipes use, whatever the image.
struct Newer;

#[async_trait]
impl Registry for Newer {
    async fn tags(&self, _: &Repository) -> Result<Vec<String>, RegistryError> {
        let tags = [
            "9.99",
            "9.9.9",
            "99.99",
            "v9.9.9",
            "v9.99",
            "99-3.5",
            "9.99-alpine",
            "9.9.9-social-amd64",
        ];
        Ok(tags.map(str::to_owned).to_vec())
    }

    async fn digest(&self, _: &Repository, _: &str) -> Result<String, RegistryError> {
        Ok(format!("sha256:{}", "9".repeat(64)))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::write(target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn recipes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recipes");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let folders = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    folders.collect()
}

#[tokio::test]
async fn real_recipes_change_in_the_lines_of_their_images_and_nowhere_else() {
    let mut upgraded = Vec::new();
    for recipe in recipes() {
        let folder = tempfile::tempdir().unwrap();
        copy(&recipe, folder.path());
        let work = WorkTree::open(folder.path()).unwrap();
        let plan = upgrade::plan(&work, &Newer, &UpgradeOptions::default())
            .await
            .unwrap();
        for file in plan.apply(&work).unwrap() {
            let old = std::fs::read_to_string(recipe.join(&file)).unwrap();
            let new = std::fs::read_to_string(folder.path().join(&file)).unwrap();
            let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
            let (old, new) = (lines(&old), lines(&new));
            assert_eq!(old.len(), new.len(), "{file}");
            let changed: BTreeSet<usize> = (0..old.len())
                .filter(|n| old[*n] != new[*n])
                .map(|n| n + 1)
                .collect();
            let images = plan.upgrades().filter(|image| image.file == file);
            let planned: BTreeSet<usize> = images.map(|image| image.line).collect();
            assert_eq!(changed, planned, "{} {file}", recipe.display());
        }
        let name = recipe.file_name().unwrap().to_string_lossy().into_owned();
        upgraded.extend(plan.upgrades().map(|image| {
            let Outcome::Upgrade { to, .. } = &image.outcome else {
                unreachable!()
            };
            format!(
                "{name} {} {} -> {to}",
                image.services.join(","),
                image.tag.as_deref().unwrap_or_default()
            )
        }));
    }
    if recipes().is_empty() {
        return;
    }
    for wanted in [
        "bonfire app 1.0.6-social-amd64 -> 9.9.9-social-amd64",
        "bonfire db 17-3.5 -> 99-3.5",
        "traefik app v2.4.8 -> v9.9.9",
        "wordpress-5.7.2 app 5.7.2 -> 9.9.9",
        "abramon app 3.12-alpine -> 9.99-alpine",
    ] {
        assert!(
            upgraded.iter().any(|line| line == wanted),
            "{wanted} of {upgraded:#?}"
        );
    }
}
