//! All compose files of one version together.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::ComposeFile;
use super::image::{ImageName, written};
use super::read::ComposeError;
use crate::compose_list::compose_files;
use crate::limits::Limits;
use crate::recipe::{Recipe, RecipeError};
use crate::tree::RecipeTree;

/// The compose files of a recipe, those that a new app deploys first.
#[derive(Debug)]
pub(crate) struct ComposeSet {
    /// In the order in which a later one has less to say: the selected ones, the last of them first, then the others in
    /// the same way. abra reads all of them in the order of their names, and the last one counts.
    pub files: Vec<ComposeFile>,
    /// What the sample and `abra.sh` set.
    pub vars: BTreeMap<String, String>,
    /// Optional files that could not be read, and why.
    pub warnings: Vec<String>,
}

/// A service of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceFacts {
    pub image: ImageName,
    /// The file that gives it this image.
    pub file: String,
    /// The variables in the image that nobody sets.
    pub unknown: Vec<String>,
    /// Other images that other files would give it.
    pub others: BTreeMap<String, String>,
}

/// Why the compose files of a recipe cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

impl ComposeSet {
    /// Reads every compose file. One that a new app would deploy must be good; an optional one may be broken, for nobody
    /// who does not choose it is hurt.
    pub fn read(tree: &dyn RecipeTree, recipe: &Recipe, limits: &Limits) -> Result<Self, SetError> {
        let sample = recipe.env_sample.file();
        let selected =
            compose_files(sample.get("COMPOSE_FILE"), limits).map_err(RecipeError::ComposeList)?;
        let optional: Vec<&String> = recipe
            .compose_files
            .iter()
            .filter(|file| !selected.contains(file))
            .collect();
        let surplus = optional.len().saturating_sub(limits.max_compose_files);
        let mut set = Self {
            files: Vec::new(),
            vars: recipe.abra_exports.over(sample.vars()),
            warnings: Vec::new(),
        };
        let mut left = limits.max_compose_total_bytes;
        for file in selected.iter().rev() {
            let file = ComposeFile::read(tree, file, &mut left, limits)?;
            set.files.push(file);
        }
        if surplus > 0 {
            let warning = format!("{surplus} optional compose files are not looked into");
            set.warnings.push(warning);
        }
        for file in optional.into_iter().take(limits.max_compose_files).rev() {
            match ComposeFile::read(tree, file, &mut left, limits) {
                Ok(file) => set.files.push(file),
                Err(error) => set.warnings.push(error.to_string()),
            }
        }
        Ok(set)
    }

    /// Each service with the image that it has in a new app, or else in the last optional file that has it.
    pub fn services(&self) -> BTreeMap<String, ServiceFacts> {
        let mut all: BTreeMap<String, ServiceFacts> = BTreeMap::new();
        for file in &self.files {
            let images = file
                .services
                .iter()
                .filter_map(|(name, image)| Some((name, image.as_deref()?)));
            for (name, image) in images {
                let expanded = written(image, &self.vars);
                if let Some(known) = all.get_mut(name) {
                    known.add_other(&file.path, &expanded.text);
                    continue;
                }
                let facts = ServiceFacts {
                    image: ImageName::split(&expanded.text),
                    file: file.path.clone(),
                    unknown: expanded.unknown,
                    others: BTreeMap::new(),
                };
                all.insert(name.clone(), facts);
            }
        }
        all
    }

    /// The services that no file gives an image.
    pub fn without_image(&self) -> BTreeSet<&str> {
        let named = |wanted: bool| {
            self.files.iter().flat_map(move |file| {
                file.services
                    .iter()
                    .filter(move |(_, image)| image.is_some() == wanted)
                    .map(|(name, _)| name.as_str())
            })
        };
        let with: BTreeSet<&str> = named(true).collect();
        named(false).filter(|name| !with.contains(name)).collect()
    }
}

impl ServiceFacts {
    /// An image that a selected file overrides is no choice that anybody has, but it is what an app deploys that selects
    /// other files.
    fn add_other(&mut self, file: &str, image: &str) {
        if ImageName::split(image) != self.image {
            self.others.insert(file.to_owned(), image.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn set(tree: &MemoryTree) -> Result<ComposeSet, SetError> {
        let limits = Limits::default();
        let recipe = Recipe::load(tree, &limits).expect("a recipe");
        ComposeSet::read(tree, &recipe, &limits)
    }

    fn tree() -> MemoryTree {
        MemoryTree::new()
            .with(".env.sample", "COMPOSE_FILE=compose.yml:compose.pg.yml\n#COMPOSE_FILE=compose.yml:compose.my.yml\nTAG=2\n")
            .with("abra.sh", "export TAG=3\n")
            .with("compose.yml", "services:\n  app: {image: 'web:${TAG}'}\n  db: {image: sqlite}\n  bare: {command: x}\n")
            .with("compose.pg.yml", "services: {db: {image: 'pg:${PG:-16}'}}\n")
            .with("compose.my.yml", "services: {db: {image: 'my:8'}, app: {image: 'web:3'}, cron: {image: 'cron:${WHEN}'}}\n")
    }

    #[test]
    fn the_files_of_a_new_app_win_and_the_rest_is_told() {
        let set = set(&tree()).expect("good");
        let services = set.services();
        assert_eq!(
            services["app"].image,
            ImageName::split("web:3"),
            "abra.sh wins"
        );
        assert!(
            services["app"].others.is_empty(),
            "the same image is no other image"
        );
        assert_eq!(services["db"].image, ImageName::split("pg:16"));
        assert_eq!(services["db"].file, "compose.pg.yml");
        assert_eq!(
            services["db"].others,
            BTreeMap::from([
                ("compose.my.yml".to_owned(), "my:8".to_owned()),
                ("compose.yml".to_owned(), "sqlite".to_owned()),
            ])
        );
        assert_eq!(services["cron"].unknown, ["WHEN"]);
        assert_eq!(set.without_image(), BTreeSet::from(["bare"]));
    }

    #[test]
    fn of_optional_files_the_last_counts_as_in_abra() {
        let tree = MemoryTree::new()
            .with("compose.yml", "services: {app: {image: 'web:1'}}\n")
            .with(
                "compose.meilisearch.yml",
                "services: {search: {image: 'meili:1'}}\n",
            )
            .with(
                "compose.sonic.yml",
                "services: {search: {image: 'sonic:1'}, app: {image: 'web:2'}}\n",
            );
        let services = set(&tree).expect("good").services();
        assert_eq!(
            services["app"].image,
            ImageName::split("web:1"),
            "a new app's"
        );
        assert_eq!(services["search"].image, ImageName::split("sonic:1"));
        assert_eq!(
            services["search"].others["compose.meilisearch.yml"],
            "meili:1"
        );
    }

    #[test]
    fn all_files_together_are_bounded_and_what_is_left_out_is_told() {
        let line = "# 0123456789\n";
        let limits = Limits {
            max_compose_total_bytes: 1_000,
            max_compose_files: 2,
            ..Limits::default()
        };
        let tree = MemoryTree::new()
            .with("compose.yml", "services: {app: {image: a}}\n")
            .with("compose.a.yml", format!("a: 1\n{}", line.repeat(60)))
            .with("compose.b.yml", format!("a: 1\n{}", line.repeat(60)))
            .with("compose.c.yml", "a: 1\n");
        let recipe = Recipe::load(&tree, &limits).expect("a recipe");
        let set = ComposeSet::read(&tree, &recipe, &limits).expect("good");
        assert_eq!(set.files.len(), 2, "compose.yml and compose.b.yml");
        assert_eq!(set.warnings.len(), 2, "{:?}", set.warnings);
    }

    #[test]
    fn a_broken_optional_file_is_a_warning_and_a_broken_selected_one_an_error() {
        let optional = set(&tree().with("compose.my.yml", "a: [")).expect("good");
        assert_eq!(optional.warnings.len(), 1);
        assert!(optional.warnings[0].starts_with("compose.my.yml: "));
        assert!(matches!(
            set(&tree().with("compose.pg.yml", "a: [")),
            Err(SetError::Compose(ComposeError::NotCompose { .. }))
        ));
        let gone = MemoryTree::new()
            .with("compose.yml", "services: {}\n")
            .with(".env.sample", "COMPOSE_FILE=compose.gone.yml\n");
        assert!(matches!(
            set(&gone),
            Err(SetError::Compose(ComposeError::Tree(_)))
        ));
    }
}
