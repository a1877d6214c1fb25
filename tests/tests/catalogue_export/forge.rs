//! Recipes, from folders into repositories, at a forge.

use std::{fs, path::Path};

use allot_testkit::{FakeForge, RecipeRepo};
use serde_json::json;
use tokio::runtime::Runtime;

/// Whose repositories are catalogued as a whole; those of others one by one.
pub const ORGANISATION: &str = "coop-cloud";

/// A recipe, and what its forge says of it.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub name: &'static str,
    pub owner: &'static str,
    pub branch: &'static str,
    pub description: &'static str,
    pub website: &'static str,
    /// The path of its picture at the forge.
    pub icon: &'static str,
    /// Folders and the tags that each gets, in the order in which they are committed.
    pub versions: &'static [(&'static str, &'static str)],
}

impl Recipe {
    /// A recipe of the organisation that says nothing of it.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            owner: ORGANISATION,
            branch: "main",
            description: "",
            website: "",
            icon: "",
            versions: &[],
        }
    }

    fn publish(&self, dir: &Path, folders: &Path) {
        let repo = RecipeRepo::new(dir);
        repo.git(&[
            "symbolic-ref",
            "HEAD",
            &format!("refs/heads/{}", self.branch),
        ]);
        for (folder, tags) in self.versions {
            clear(dir);
            copy(&folders.join(folder), dir);
            repo.git(&["add", "--all"]);
            repo.git(&["commit", "-q", "--allow-empty", "-m", folder]);
            for tag in tags.split_whitespace() {
                repo.git(&["tag", "-a", tag, "-m", tag]);
            }
        }
    }
}

/// A forge that holds recipes.
pub struct Forge {
    forge: FakeForge,
    /// It is served here.
    _runtime: Runtime,
}

impl Forge {
    pub fn with(root: &Path, recipes: &[Recipe], folders: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let forge = runtime.block_on(FakeForge::start(root));
        for recipe in recipes {
            recipe.publish(&forge.folder(recipe.owner, recipe.name), folders);
            let icon = match recipe.icon {
                "" => String::new(),
                path => forge.url() + path,
            };
            let said = json!({
                "description": recipe.description,
                "website": recipe.website,
                "avatar_url": icon,
                "default_branch": recipe.branch,
            });
            forge.say(recipe.owner, recipe.name, said);
        }
        Self {
            forge,
            _runtime: runtime,
        }
    }

    pub fn url(&self) -> String {
        self.forge.url()
    }

    /// The lines of `hub.toml` that name it.
    pub fn sources(&self, recipes: &[Recipe]) -> String {
        let url = self.url();
        let singles = recipes.iter().filter(|r| r.owner != ORGANISATION);
        let singles = singles.map(|r| {
            let (owner, name) = (r.owner, r.name);
            format!("[[catalogue.git]]\nurl = \"{url}/{owner}/{name}.git\"\n")
        });
        let singles: String = singles.collect();
        format!(
            "[[catalogue.forge]]\nurl = \"{url}\"\norganisation = \"{ORGANISATION}\"\n{singles}"
        )
    }
}

/// Empties a work tree.
fn clear(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            _ if path.ends_with(".git") => {}
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }
}

/// Copies what is a recipe's own: `SOURCE.txt` says where a copy came from.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        match path.is_dir() {
            _ if path.ends_with("SOURCE.txt") => {}
            true => copy(&path, &place),
            false => drop(fs::copy(&path, &place).unwrap()),
        }
    }
}
