//! How the catalogue is doing, for whoever looks after the hub.

use std::collections::BTreeSet;

use allot_ledger::{
    RecipeName,
    state::{Catalogue as Recipes, Recipe},
};
use allot_recipe::catalogue::Problem;
use jiff::Timestamp;

use super::{
    Catalogue,
    board::{RecipeRow, Told},
    limits::MAX_TROUBLED,
    source::Kind,
};

/// How it is doing.
#[derive(Debug, Clone)]
pub struct Status {
    /// Where recipes come from.
    pub sources: Vec<SourceStatus>,
    /// Recipes in the log.
    pub recipes: usize,
    /// Versions of all of them.
    pub versions: usize,
    /// Recipes that something is wrong with; or the one that was asked for.
    pub told: Vec<RecipeStatus>,
    /// Recipes in trouble that are not among them, since there are so many.
    pub left_out: usize,
    /// Whether forges' webhooks are taken.
    pub webhook: bool,
}

/// A source.
#[derive(Debug, Clone)]
pub struct SourceStatus {
    /// As people call it.
    pub name: String,
    /// `forge` or `git`.
    pub kind: &'static str,
    /// When it was last looked at.
    pub looked: Option<Timestamp>,
    /// When it is looked at next.
    pub next: Option<Timestamp>,
    /// It is being looked at.
    pub busy: bool,
    /// Its recipes.
    pub recipes: usize,
    /// Recipes of it that something is wrong with.
    pub troubled: usize,
    /// Why the last look came to nothing.
    pub error: Option<Told>,
    /// What it has that might be a recipe and is none.
    pub left_out: Vec<String>,
}

/// A recipe.
#[derive(Debug, Clone)]
pub struct RecipeStatus {
    /// Which.
    pub recipe: RecipeName,
    /// Where it is.
    pub repository: String,
    /// When it was last looked at.
    pub looked: Timestamp,
    /// Its versions in the log.
    pub versions: usize,
    /// Why the last look came to nothing.
    pub error: Option<Told>,
    /// What is wrong with its tags and versions.
    pub problems: Vec<Problem>,
}

impl Catalogue {
    /// How it is doing; of one recipe or of all that something is wrong with.
    pub async fn status(&self, of: Option<&RecipeName>) -> Status {
        let rows = self.board.recipes();
        let sources = self.source_statuses(&rows);
        let mut told: Vec<_> = rows
            .into_iter()
            .filter(|(name, row)| match of {
                Some(of) => of == name,
                None => is_troubled(row),
            })
            .collect();
        let book = self.hub.replica.book().await;
        let recipes = book.state().recipes();
        let gone = self.gone(recipes, of);
        let left_out = (told.len() + gone.len()).saturating_sub(MAX_TROUBLED);
        told.truncate(MAX_TROUBLED);
        let told = told.into_iter().map(|(recipe, row)| RecipeStatus {
            repository: row.origin.shown,
            looked: row.looked,
            versions: recipes
                .get(recipe.as_str())
                .map_or(0, |r| r.versions().len()),
            error: row.error,
            problems: row.last.problems.clone(),
            recipe,
        });
        let mut told: Vec<_> = told.collect();
        told.extend(gone);
        told.truncate(MAX_TROUBLED);
        Status {
            sources,
            recipes: recipes.len(),
            versions: recipes.versions(),
            told,
            left_out,
            webhook: self.config.webhook.is_some(),
        }
    }

    /// Recipes of the log that no source has any more, once every source was listed.
    fn gone(&self, logged: &Recipes, of: Option<&RecipeName>) -> Vec<RecipeStatus> {
        let Some(listed) = self.board.all_listed() else {
            return Vec::new();
        };
        let listed: BTreeSet<_> = listed.into_iter().map(|origin| origin.recipe).collect();
        let logged = logged.iter().filter(|(name, _)| !listed.contains(*name));
        let wanted = logged.filter(|(name, _)| of.is_none_or(|of| of == *name));
        let status = |(name, recipe): (&RecipeName, &Recipe)| RecipeStatus {
            recipe: name.clone(),
            repository: String::new(),
            looked: self.hub.clock().now(),
            versions: recipe.versions().len(),
            error: None,
            problems: vec![Problem::of_recipe(
                "no source has it any more: it was renamed, made private or removed, or hub.toml leaves it out; the log \
                 keeps what it has",
            )],
        };
        wanted.map(status).collect()
    }

    fn source_statuses(&self, recipes: &[(RecipeName, RecipeRow)]) -> Vec<SourceStatus> {
        let rows = self.board.sources();
        let both = self.sources.iter().zip(rows);
        both.map(|(source, row)| {
            let own = || recipes.iter().filter(|(_, r)| r.source == source.place);
            SourceStatus {
                name: source.name.clone(),
                kind: match source.kind {
                    Kind::Forge(_) => "forge",
                    Kind::Git(_) => "git",
                },
                looked: row.looked,
                next: row.next,
                busy: row.busy,
                recipes: own().count(),
                troubled: own().filter(|(_, row)| is_troubled(row)).count(),
                error: row.error,
                left_out: row.left_out,
            }
        })
        .collect()
    }
}

fn is_troubled(row: &RecipeRow) -> bool {
    row.error.is_some() || !row.last.problems.is_empty()
}
