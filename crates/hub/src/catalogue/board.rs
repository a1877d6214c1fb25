//! What is known of sources and recipes while the hub runs. Nothing rests on it: what counts is in the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use allot_ledger::RecipeName;
use allot_recipe::catalogue::Problem;
use jiff::Timestamp;

use super::{error::CatalogueError, limits::MAX_PROBLEMS, source::Origin};

/// An error, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its code.
    pub code: &'static str,
    /// It and its causes.
    pub text: String,
    /// What to do.
    pub help: String,
}

impl Told {
    pub(super) fn of(error: &CatalogueError) -> Self {
        Self {
            code: error.code(),
            text: error.told(),
            help: error.help().unwrap_or_default(),
        }
    }
}

/// A source, as it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct SourceRow {
    /// When it was last looked at, to the end.
    pub(super) looked: Option<Timestamp>,
    /// When it is looked at next.
    pub(super) next: Option<Timestamp>,
    /// It is being looked at.
    pub(super) busy: bool,
    /// Why the last look came to nothing.
    pub(super) error: Option<Told>,
    /// Its recipes, as it last listed them; none before it has.
    pub(super) listed: Option<BTreeMap<RecipeName, Origin>>,
    /// What it has that might be a recipe and is none.
    pub(super) left_out: Vec<String>,
}

/// A recipe, as it stands.
#[derive(Debug, Clone)]
pub(super) struct RecipeRow {
    /// Which source has it.
    pub(super) source: usize,
    pub(super) origin: Origin,
    pub(super) looked: Timestamp,
    /// Why the last look came to nothing.
    pub(super) error: Option<Told>,
    /// What the last look came to.
    pub(super) last: Arc<Remembered>,
}

/// What came of a look at a recipe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// Nothing is left to be done until the repository or the log changes.
    pub(super) settled: bool,
    /// Versions that the log had then.
    pub(super) versions: usize,
    pub(super) problems: Vec<Problem>,
    /// Commits that no version can be made of, and why: it stays so.
    pub(super) broken: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Inner {
    sources: Vec<SourceRow>,
    recipes: BTreeMap<RecipeName, RecipeRow>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Board(Mutex<Inner>);

impl Board {
    pub(super) fn new(sources: usize) -> Self {
        Self(Mutex::new(Inner {
            sources: vec![SourceRow::default(); sources],
            recipes: BTreeMap::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sources(&self) -> Vec<SourceRow> {
        self.inner().sources.clone()
    }

    pub(super) fn recipes(&self) -> Vec<(RecipeName, RecipeRow)> {
        let inner = self.inner();
        let recipes = inner.recipes.iter();
        recipes.map(|(n, row)| (n.clone(), row.clone())).collect()
    }

    /// Changes what is known of a source.
    pub(super) fn source(&self, place: usize, change: impl FnOnce(&mut SourceRow)) {
        if let Some(row) = self.inner().sources.get_mut(place) {
            change(row);
        }
    }

    /// The repositories that a source last listed, of these recipes or of all; none before it has listed any, or when it
    /// did not list one of these.
    pub(super) fn listed(
        &self,
        place: usize,
        named: Option<&BTreeSet<RecipeName>>,
    ) -> Option<Vec<Origin>> {
        let inner = self.inner();
        let listed = inner.sources.get(place)?.listed.as_ref()?;
        match named {
            None => Some(listed.values().cloned().collect()),
            Some(named) => named.iter().map(|name| listed.get(name).cloned()).collect(),
        }
    }

    /// The repositories of all sources; none before each has been listed.
    pub(super) fn all_listed(&self) -> Option<Vec<Origin>> {
        let inner = self.inner();
        let mut all = Vec::new();
        for row in &inner.sources {
            all.extend(row.listed.as_ref()?.values().cloned());
        }
        Some(all)
    }

    /// Takes down what a source has now. What it has no more is forgotten.
    pub(super) fn list(&self, place: usize, origins: &[Origin], mut left_out: Vec<String>) {
        let more = left_out.len().saturating_sub(MAX_PROBLEMS);
        left_out.truncate(MAX_PROBLEMS);
        if more > 0 {
            left_out.push(format!("and {more} more"));
        }
        let listed: BTreeMap<_, _> = origins
            .iter()
            .map(|origin| (origin.recipe.clone(), origin.clone()))
            .collect();
        let mut inner = self.inner();
        inner
            .recipes
            .retain(|name, row| row.source != place || listed.contains_key(name));
        if let Some(row) = inner.sources.get_mut(place) {
            row.listed = Some(listed);
            row.left_out = left_out;
        }
    }

    /// Which other source has this recipe. A source that has not been listed yet may have the recipe that the log says it
    /// has.
    pub(super) fn other(
        &self,
        place: usize,
        recipe: &RecipeName,
        in_log: Option<usize>,
    ) -> Option<usize> {
        let inner = self.inner();
        let has = |other: &usize| {
            let row = inner.sources.get(*other);
            row.and_then(|row| Some(row.listed.as_ref()?.contains_key(recipe)))
        };
        let by_log = in_log.filter(|other| *other != place && has(other) != Some(false));
        let by_place = || (0..place).find(|other| has(other) == Some(true));
        match in_log {
            Some(own) if own == place => None,
            _ => by_log.or_else(by_place),
        }
    }

    pub(super) fn remembered(&self, recipe: &RecipeName) -> Option<(Origin, Arc<Remembered>)> {
        let inner = self.inner();
        let row = inner.recipes.get(recipe)?;
        Some((row.origin.clone(), Arc::clone(&row.last)))
    }

    /// Takes down what came of a look at a recipe.
    pub(super) fn looked(
        &self,
        source: usize,
        origin: &Origin,
        now: Timestamp,
        came: Result<Arc<Remembered>, Told>,
    ) {
        let mut inner = self.inner();
        let before = inner.recipes.get(&origin.recipe);
        let last = before.map(|row| Arc::clone(&row.last)).unwrap_or_default();
        let (last, error) = match came {
            Ok(last) => (last, None),
            // What was fetched may not be in the log yet: it is looked at again, also when nothing new is fetched.
            Err(told) => {
                let unsettled = Remembered {
                    settled: false,
                    ..Remembered::clone(&last)
                };
                (Arc::new(unsettled), Some(told))
            }
        };
        let row = RecipeRow {
            source,
            origin: origin.clone(),
            looked: now,
            error,
            last,
        };
        inner.recipes.insert(origin.recipe.clone(), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(recipe: &str, url: &str) -> Origin {
        Origin {
            recipe: recipe.parse().unwrap(),
            url: format!("{url}?canary"),
            shown: url.to_owned(),
            forge: None,
        }
    }

    fn settled() -> Arc<Remembered> {
        Arc::new(Remembered {
            settled: true,
            versions: 2,
            ..Remembered::default()
        })
    }

    #[test]
    fn what_was_fetched_and_not_written_is_looked_at_again() {
        let board = Board::new(1);
        let web = origin("web", "https://f.example/web");
        board.looked(0, &web, Timestamp::UNIX_EPOCH, Ok(settled()));
        assert!(board.remembered(&web.recipe).unwrap().1.settled);
        let full = Told {
            code: "AL-3008",
            text: "the disk is full".to_owned(),
            help: String::new(),
        };
        board.looked(0, &web, Timestamp::UNIX_EPOCH, Err(full));
        let (_, last) = board.remembered(&web.recipe).unwrap();
        assert_eq!((last.settled, last.versions), (false, 2));
    }

    #[test]
    fn of_two_sources_the_logs_counts_and_else_the_first() {
        let board = Board::new(2);
        let web = origin("web", "https://f.example/web");
        let other = |place, in_log| board.other(place, &web.recipe, in_log);
        // The log's source counts before it was asked, and as long as it has the recipe.
        assert_eq!((other(0, Some(1)), other(1, Some(1))), (Some(1), None));
        board.list(1, &[], Vec::new());
        assert_eq!(other(0, Some(1)), None);
        assert_eq!((other(0, None), other(1, None)), (None, None));
        board.list(0, std::slice::from_ref(&web), Vec::new());
        assert_eq!((other(0, None), other(1, None)), (None, Some(0)));
        assert_eq!(other(1, Some(1)), None);
    }

    #[test]
    fn what_a_source_has_no_more_is_forgotten_and_what_it_tells_is_bounded() {
        let board = Board::new(2);
        let web = origin("web", "https://f.example/web");
        board.looked(0, &web, Timestamp::UNIX_EPOCH, Ok(settled()));
        board.list(1, &[], vec!["x".to_owned(); 300]);
        assert_eq!(board.recipes().len(), 1, "it is another source's");
        let told = &board.sources()[1].left_out;
        assert_eq!((told.len(), told[100].as_str()), (101, "and 200 more"));
        board.list(0, &[], Vec::new());
        assert!(board.recipes().is_empty());
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let web = origin("web", "https://f.example/web");
        assert!(!format!("{web:?}").contains("canary"));
    }
}
