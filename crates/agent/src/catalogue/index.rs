//! The list of recipes: made once for each head of the log, from the state and the newest documents.

use std::{sync::Arc, time::Instant};

use allot_ledger::{Digest, entry::DocumentRef, state::State};
use allot_recipe::{
    Limits,
    catalogue::{About, VersionDocument},
    level::Level,
};
use allot_replica::Replica;
use jiff::civil::Date;

use super::{
    Catalogue, Result, blocking,
    level::Said,
    limits::{DESCRIPTION, IMAGES, INDEX_FOR, INDEX_FOR_MISSING, SHORT},
    look::{Look, newest},
};
use crate::config::Accept;

/// A recipe in a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Who looks after it.
    pub stewards: Vec<String>,
    /// How many versions there are.
    pub versions: usize,
    /// Security problems that are open.
    pub flags: usize,
    /// The newest version that this agent would deploy, and where it stands.
    pub newest: Option<(String, &'static str)>,
    /// The newest version that anybody spoke of.
    pub newest_seen: String,
    /// What its documents say.
    pub told: Arc<Told>,
}

/// What documents say of a recipe, in short.
#[derive(Debug, Clone)]
pub struct Told {
    from: From,
    /// Empty where it names none.
    pub category: String,
    /// A sentence or two.
    pub description: String,
    /// Of the newest version.
    pub images: Vec<String>,
    /// How well it is kept; unknown while documents are missing.
    pub level: Option<Level>,
    /// What is wrong with its repository.
    pub problems: usize,
    is_whole: bool,
}

/// What this was made from: as long as it is the same, nothing is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct From {
    about: DocumentRef,
    newest: Option<DocumentRef>,
    said: Said,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// In the name.
    pub pattern: String,
    /// Words, all of which are in what is told of the recipe.
    pub text: String,
    /// The category.
    pub category: String,
    /// The level.
    pub level: String,
}

/// All recipes, by name.
#[derive(Debug)]
pub struct Index {
    federation: Digest,
    size: u64,
    today: Date,
    made: Instant,
    missing: usize,
    rows: Vec<Row>,
}

impl Catalogue {
    /// Recipes that fit, by name; with words to look for, the nearest first.
    ///
    /// # Errors
    /// The agent is in no federation, or has no log so far.
    pub async fn list(&self, query: &Query) -> Result<Vec<Row>> {
        let index = self.index().await?;
        let mut found: Vec<&Row> = index.rows.iter().filter(|row| row.fits(query)).collect();
        let word = query.text.trim().to_lowercase();
        if !word.is_empty() {
            // The order by name stays among equals.
            found.sort_by_key(|row| row.distance(&word));
        }
        Ok(found.into_iter().cloned().collect())
    }

    pub(super) async fn index(&self) -> Result<Arc<Index>> {
        let log = self.log()?;
        let mut kept = self.index.lock().await;
        let today = self.federation.today();
        let skeleton = {
            let book = log.book().await;
            let state = book.state();
            let is_good = |index: &&Arc<Index>| {
                (index.federation, index.size, index.today)
                    == (state.federation(), book.size(), today)
                    && index.is_fresh()
            };
            if let Some(index) = kept.as_ref().filter(is_good) {
                return Ok(Arc::clone(index));
            }
            Index {
                federation: state.federation(),
                size: book.size(),
                today,
                made: Instant::now(),
                missing: 0,
                rows: rows(state, self.config.accept, today),
            }
        };
        let before = kept.clone();
        let whole = blocking(move || Ok(skeleton.filled(before.as_deref(), &log))).await?;
        let whole = Arc::new(whole);
        *kept = Some(Arc::clone(&whole));
        Ok(whole)
    }
}

impl Index {
    fn is_fresh(&self) -> bool {
        let most = if self.missing > 0 {
            INDEX_FOR_MISSING
        } else {
            INDEX_FOR
        };
        self.made.elapsed() < most
    }

    /// Recipes whose repository has a problem.
    pub fn with_problems(&self) -> usize {
        self.rows.iter().filter(|r| r.told.problems > 0).count()
    }

    /// One recipe.
    pub fn row(&self, name: &str) -> Option<&Row> {
        let at = self
            .rows
            .binary_search_by(|row| row.name.as_str().cmp(name));
        self.rows.get(at.ok()?)
    }

    /// With what documents say; what was read before and is still so is taken over.
    fn filled(mut self, before: Option<&Self>, log: &Replica) -> Self {
        for row in &mut self.rows {
            let known = before.and_then(|index| index.row(&row.name));
            let same = known.filter(|k| k.told.is_whole && k.told.from == row.told.from);
            row.told = match same {
                Some(known) => Arc::clone(&known.told),
                None => Arc::new(row.told.read(log)),
            };
            self.missing += usize::from(!row.told.is_whole);
        }
        self
    }
}

fn rows(state: &State, accept: Accept, today: Date) -> Vec<Row> {
    let recipes = state.recipes().iter();
    recipes
        .map(|(name, recipe)| {
            let look = Look {
                state,
                name: name.clone(),
                recipe,
            };
            row(&look, accept, today)
        })
        .collect()
}

fn row(look: &Look<'_>, accept: Accept, today: Date) -> Row {
    let all = look.newest_first();
    let accepted = newest(&all, |pinned| look.unmet(accept, pinned).is_none());
    let shown = accepted.or_else(|| all.first().map(|(_, pinned)| *pinned));
    Row {
        name: look.name.to_string(),
        stewards: look.stewards(),
        versions: look.recipe.versions().len(),
        flags: look.recipe.flags().len(),
        newest: accepted.map(|p| (p.version.to_string(), p.stage().name())),
        newest_seen: all.first().map(|(v, _)| v.to_string()).unwrap_or_default(),
        told: Arc::new(Told {
            from: From {
                about: look.recipe.about,
                newest: shown.and_then(|p| p.observed).map(|seen| seen.document),
                said: Said::of(look, today),
            },
            category: String::new(),
            description: String::new(),
            images: Vec::new(),
            level: None,
            problems: 0,
            is_whole: false,
        }),
    }
}

impl Told {
    fn read(&self, log: &Replica) -> Self {
        let about = about(log, self.from.about);
        let document = |of: Option<DocumentRef>| of.map(|of| version(log, of));
        let newest = document(self.from.newest);
        let released = if self.from.said.released == self.from.newest {
            newest.clone()
        } else {
            document(self.from.said.released)
        };
        let is_here = |document: &Option<Option<_>>| !matches!(document, Some(None));
        let is_whole = about.is_some() && is_here(&newest) && is_here(&released);
        let metadata = about.as_ref().and_then(|about| about.metadata.as_ref());
        let category = metadata.and_then(|metadata| metadata.category.as_deref());
        let description = about.as_ref().and_then(|a| a.description.as_deref());
        let level = about.as_ref().filter(|_| is_whole).map(|about| {
            let released = released.flatten();
            self.from.said.assess(about, released.as_ref()).level
        });
        Self {
            from: self.from.clone(),
            category: cut(category.unwrap_or_default(), SHORT),
            description: cut(description.unwrap_or_default(), DESCRIPTION),
            images: newest.flatten().as_ref().map(images).unwrap_or_default(),
            level,
            problems: about.as_ref().map_or(0, |about| about.problems.len()),
            is_whole,
        }
    }
}

impl Row {
    fn fits(&self, query: &Query) -> bool {
        let same = |wanted: &str, is: &str| wanted.is_empty() || wanted.eq_ignore_ascii_case(is);
        let level = self.told.level.map(|l| l.to_string()).unwrap_or_default();
        self.name.contains(&query.pattern.to_lowercase())
            && same(&query.category, &self.told.category)
            && same(&query.level, &level)
            && self.says(&query.text)
    }

    fn says(&self, words: &str) -> bool {
        if words.trim().is_empty() {
            return true;
        }
        let mut all = format!(
            "{} {} {}",
            self.name, self.told.category, self.told.description
        );
        for more in self.told.images.iter().chain(&self.stewards) {
            all.push(' ');
            all.push_str(more);
        }
        let all = all.to_lowercase();
        words
            .to_lowercase()
            .split_whitespace()
            .all(|word| all.contains(word))
    }

    /// How far a recipe's name is from a word.
    fn distance(&self, word: &str) -> u8 {
        match &self.name {
            name if name == word => 0,
            name if name.starts_with(word) => 1,
            name if name.contains(word) => 2,
            _ => 3,
        }
    }
}

/// A document, as far as it is here and is one.
fn read<T>(log: &Replica, of: DocumentRef, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    let text = log.text(of.sha256).ok().flatten()?;
    (u32::try_from(text.len()) == Ok(of.bytes)).then(|| parse(&text))?
}

/// What is known of a recipe.
pub fn about(log: &Replica, of: DocumentRef) -> Option<About> {
    read(log, of, |text| {
        About::from_bytes(text, &Limits::default()).ok()
    })
}

/// What is in a version.
pub fn version(log: &Replica, of: DocumentRef) -> Option<VersionDocument> {
    read(log, of, |text| {
        VersionDocument::from_bytes(text, &Limits::default()).ok()
    })
}

/// Its images with their tags, each once.
pub fn images(document: &VersionDocument) -> Vec<String> {
    let mut images: Vec<String> = Vec::new();
    for service in document.services.values() {
        let image = match service.tag.as_str() {
            "" => service.image.clone(),
            tag => format!("{}:{tag}", service.image),
        };
        let image = cut(&image, SHORT);
        if !images.contains(&image) {
            images.push(image);
        }
    }
    images.truncate(IMAGES);
    images
}

/// The first characters of a text that a stranger wrote.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
