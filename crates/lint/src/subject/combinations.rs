//! Which compose files belong together: what the sample sets, and what it offers in lines that are commented out.

use allot_recipe::recipe::{ENV_SAMPLE, Recipe};
use allot_recipe::{EnvFile, tree::normal_path};

/// A list of compose files that the sample sets or offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub files: Vec<String>,
    /// The line of the sample.
    pub line: usize,
}

/// Compose files that make up one stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Combination {
    pub files: Vec<String>,
    /// Whether nobody said that these belong together.
    pub guessed: bool,
}

/// The lists in the sample, those in comments with `$COMPOSE_FILE` standing for what is set.
pub(crate) fn offers(recipe: &Recipe, default: &[String]) -> Vec<Offer> {
    let sample = recipe.env_sample.file();
    let set = sample
        .entries()
        .iter()
        .filter(|e| e.key == "COMPOSE_FILE")
        .map(|e| (e.value.clone(), e.line));
    let default = default.join(":");
    let offered = sample
        .optional_entries()
        .iter()
        .filter(|e| e.key == "COMPOSE_FILE")
        .filter_map(|e| {
            let text = format!("COMPOSE_FILE='{default}'\nX={}\n", e.raw);
            let file = EnvFile::parse(ENV_SAMPLE, &text).ok()?;
            Some((file.get("X")?.to_owned(), e.line))
        });
    set.chain(offered)
        .map(|(list, line)| Offer {
            files: split(&list),
            line,
        })
        .collect()
}

/// Every combination worth loading: the default, each offer, and each file that nobody names, on top of the default.
pub(crate) fn all(recipe: &Recipe, default: &[String], offers: &[Offer]) -> Vec<Combination> {
    let there = |files: &[String]| files.iter().all(|f| recipe.compose_files.contains(f));
    let mut all: Vec<Combination> = Vec::new();
    let mut take = |files: Vec<String>, guessed| {
        if !all.iter().any(|c| c.files == files) {
            all.push(Combination { files, guessed });
        }
    };
    take(default.to_vec(), false);
    for offer in offers.iter().filter(|o| there(&o.files)) {
        take(offer.files.clone(), false);
    }
    for file in unnamed(recipe, default, offers) {
        let mut files = default.to_vec();
        files.push(file.to_owned());
        take(files, true);
    }
    all
}

/// The compose files that no list names.
pub(crate) fn unnamed<'a>(
    recipe: &'a Recipe,
    default: &[String],
    offers: &[Offer],
) -> Vec<&'a str> {
    let named = |file: &&String| {
        default.contains(file) || offers.iter().any(|offer| offer.files.contains(file))
    };
    recipe
        .compose_files
        .iter()
        .filter(|file| !named(file))
        .map(String::as_str)
        .collect()
}

/// The files of a list; a path that leads out of the recipe stays as it is written, and is not found.
pub(crate) fn split(list: &str) -> Vec<String> {
    list.split(':')
        .map(str::trim)
        .filter(|file| !file.is_empty())
        .map(|file| normal_path(file).unwrap_or_else(|_| file.to_owned()))
        .collect()
}
