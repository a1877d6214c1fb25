//! `recipes.json`: the whole catalogue as abra reads it, made from the log and the documents beside it. Only what changed
//! is made anew.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use allot_ledger::{
    Digest, RecipeName,
    entry::DocumentRef,
    state::{Recipe, Stage},
};
use allot_recipe::{
    Limits,
    catalogue::{About, VersionDocument, recipes_json::Entry},
};
use allot_replica::Replica;
use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::limits::{JSON_PAUSE, MAX_RECIPES_JSON};

/// `recipes.json`, and what it is called in this form.
#[derive(Debug, Clone)]
pub(super) struct Json {
    pub(super) etag: String,
    pub(super) body: Bytes,
}

/// Where it stands.
#[derive(Debug, Default)]
pub(super) struct Shelf(RwLock<Option<Json>>);

impl Shelf {
    /// The newest; none before it was made once.
    pub(super) fn newest(&self) -> Option<Json> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes it anew whenever the log says something new of recipes.
    pub(super) async fn keep(&self, replica: Arc<Replica>, stop: CancellationToken) {
        let mut size = replica.size();
        let mut parts = Parts::default();
        loop {
            size.borrow_and_update();
            if let Some(json) = parts.refresh(&replica).await {
                *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(json);
            }
            let more = async {
                sleep(JSON_PAUSE).await;
                size.changed().await
            };
            match stop.run_until_cancelled(more).await {
                Some(Ok(())) => {}
                _ => return,
            }
        }
    }
}

/// The documents that a recipe's part is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sources {
    about: DocumentRef,
    /// Of what is not yanked.
    versions: Vec<DocumentRef>,
}

/// Says whether a part is still good, without holding on to the names of all documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    about: Digest,
    observed: usize,
    yanked: usize,
}

/// The parts of the newest, by recipe.
#[derive(Debug, Default)]
struct Parts {
    by_recipe: BTreeMap<RecipeName, (Mark, Bytes)>,
    made: bool,
}

impl Parts {
    /// What is new, if there is something.
    async fn refresh(&mut self, replica: &Arc<Replica>) -> Option<Json> {
        let mut changed = Vec::new();
        {
            let book = replica.book().await;
            for (name, recipe) in book.state().recipes().iter() {
                let mark = mark(recipe);
                let known = self.by_recipe.get(name);
                if known.is_none_or(|(known, _)| *known != mark) {
                    changed.push((name.clone(), mark, sources(recipe)));
                }
            }
        }
        if changed.is_empty() && self.made {
            return None;
        }
        let reads = Arc::clone(replica);
        let read = tokio::task::spawn_blocking(move || {
            let part = |(name, mark, sources)| {
                let part = part(&reads, &name, &sources)?;
                Some((name, (mark, part)))
            };
            changed.into_iter().filter_map(part).collect::<Vec<_>>()
        });
        self.by_recipe.extend(read.await.ok()?);
        self.made = true;
        let size: usize = self
            .by_recipe
            .values()
            .map(|(_, part)| part.len() + 80)
            .sum();
        if size > MAX_RECIPES_JSON {
            tracing::error!("recipes.json would have {size} bytes; the one before is kept");
            return None;
        }
        Some(self.join())
    }

    /// Joins the parts; each is a piece of the whole from then on, and takes no memory of its own.
    fn join(&mut self) -> Json {
        let mut body = BytesMut::new();
        let mut ends = Vec::with_capacity(self.by_recipe.len());
        body.put_u8(b'{');
        for (at, (name, (_, part))) in self.by_recipe.iter().enumerate() {
            if at > 0 {
                body.put_u8(b',');
            }
            // Names of recipes need no escape.
            body.put_slice(format!("\"{name}\":").as_bytes());
            let begin = body.len();
            body.put_slice(part);
            ends.push(begin..body.len());
        }
        body.put_u8(b'}');
        let body = body.freeze();
        for ((_, part), range) in self.by_recipe.values_mut().zip(ends) {
            *part = body.slice(range);
        }
        let digest = Digest::of(&body).to_string();
        let etag = format!("W/\"{}\"", digest.get(..32).unwrap_or(&digest));
        Json { etag, body }
    }
}

fn mark(recipe: &Recipe) -> Mark {
    let versions = recipe.versions().iter().filter(|v| v.observed.is_some());
    let (yanked, observed): (Vec<_>, Vec<_>) = versions
        .map(|v| v.stage())
        .partition(|s| *s == Stage::Yanked);
    Mark {
        about: recipe.about.sha256,
        observed: observed.len(),
        yanked: yanked.len(),
    }
}

fn sources(recipe: &Recipe) -> Sources {
    let versions = recipe.versions().iter();
    // What is not to be deployed is not offered to those who cannot see that.
    let versions = versions.filter(|version| version.stage() != Stage::Yanked);
    Sources {
        about: recipe.about,
        versions: versions
            .filter_map(|v| Some(v.observed?.document))
            .collect(),
    }
}

/// A recipe's part. A document that cannot be read is left out, and told.
fn part(replica: &Replica, name: &RecipeName, sources: &Sources) -> Option<Bytes> {
    let limits = Limits::default();
    let about = read(replica, name, sources.about)?;
    let about = About::from_bytes(&about, &limits);
    let mut entry = Entry::new(&about.map_err(|e| damaged(name, &e)).ok()?);
    for document in &sources.versions {
        let Some(bytes) = read(replica, name, *document) else {
            continue;
        };
        match VersionDocument::from_bytes(&bytes, &limits) {
            Ok(document) => entry.add(&document),
            Err(error) => damaged(name, &error),
        }
    }
    let part = serde_json::to_vec(&entry).map_err(|error| damaged(name, &error));
    Some(part.ok()?.into())
}

fn read(replica: &Replica, name: &RecipeName, document: DocumentRef) -> Option<Bytes> {
    match replica.text(document.sha256) {
        Ok(Some(text)) => Some(text),
        Ok(None) => {
            let sha256 = document.sha256;
            tracing::warn!(recipe = %name, %sha256, "a document of a recipe is not here");
            None
        }
        Err(error) => {
            damaged(name, &error);
            None
        }
    }
}

fn damaged(name: &RecipeName, error: &dyn std::error::Error) {
    tracing::warn!(recipe = %name, "a document of a recipe cannot be read: {error}");
}
