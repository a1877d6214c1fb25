//! The catalogue: repositories are mirrored, their tags become entries of the log, and what is in each version a document
//! beside it.
//!
//! A tag is seen once: the log says at which commit, and that stays. What is wrong with a repository, a tag or a version is
//! told beside it and stops no other. Nothing here decides anything: who releases what is for members.
//!
//! | file | what it holds |
//! |---|---|
//! | `config`, `places`, `patterns` | where recipes come from |
//! | `source`, `board` | sources, and what is known of them while the hub runs |
//! | `wake`, `look` | when a source is looked at, and what it has |
//! | `forge/` | the organisations of a Gitea or Forgejo forge |
//! | `tend`, `tags` | a repository: fetched, its tags held against the log |
//! | `tidy` | mirrors that no source has any more |
//! | `log` | what the log says, and what is written into it |
//! | `webhook` | forges that wake the hub |
//! | `shelf`, `pages` | `recipes.json`, served |

pub(crate) mod board;
pub mod config;
mod error;
mod forge;
pub mod limits;
mod log;
mod look;
mod pages;
mod patterns;
mod places;
mod secret;
mod shelf;
mod source;
mod status;
mod tags;
mod tend;
mod tidy;
mod wake;
mod webhook;

use std::{collections::BTreeSet, sync::Arc};

use allot_git::{GixMirrors, MirrorOptions};
use allot_ledger::RecipeName;
use futures::future::join_all;
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

pub use board::Told;
pub use error::CatalogueError;
pub(crate) use pages::routes;
pub use status::{RecipeStatus, SourceStatus, Status};

use crate::app::{Hub, Pace};
use board::Board;
use config::CatalogueConfig;
use forge::Client;
use limits::{ABOUTS_PER_HOUR, FETCH_TIME, REFUSALS_PER_HOUR, SYNC_PATIENCE, WRITTEN_AT_ONCE};
use shelf::Shelf;
use source::{Kind, Source};
use wake::{Bell, Wanted};
use webhook::Room;

/// The catalogue of a hub.
pub struct Catalogue {
    hub: Arc<Hub>,
    config: CatalogueConfig,
    sources: Vec<Source>,
    /// The sources' bells, in the same order.
    bells: Vec<Bell>,
    board: Board,
    client: Client,
    mirrors: GixMirrors,
    /// For repositories of all sources that are looked at together.
    places: Semaphore,
    /// For those of them that are read, and wait until what is new is on disk.
    desks: Semaphore,
    abouts: Pace<RecipeName>,
    /// Webhooks that are refused are logged, and not each of them: anybody can send some.
    refusals: Pace<String>,
    shelf: Shelf,
    room: Room,
}

impl Catalogue {
    /// The catalogue of a hub, as its configuration says. Nothing is asked for yet.
    ///
    /// # Errors
    /// The configuration cannot work, or the mirrors' folder cannot be used.
    pub fn open(hub: &Arc<Hub>) -> Result<Arc<Self>, CatalogueError> {
        let config = hub.config().catalogue.clone();
        config.check()?;
        if config.webhook.is_some() && hub.config().http.is_none() {
            let why = "webhooks come over plain HTTP, and `http` is not set".to_owned();
            return Err(CatalogueError::Config { why });
        }
        let sources = Source::all(&config)?;
        let board = Board::new(sources.len());
        for source in &sources {
            if let Kind::Git(origin) = &source.kind {
                board.list(source.place, std::slice::from_ref(origin), Vec::new());
            }
        }
        let options = MirrorOptions {
            fetch_timeout: FETCH_TIME,
            max_mirror_bytes: config.mirror_mib.saturating_mul(1024 * 1024),
            ..MirrorOptions::new(hub.home().mirrors())
        };
        Ok(Arc::new(Self {
            hub: Arc::clone(hub),
            bells: sources.iter().map(|_| Bell::default()).collect(),
            sources,
            board,
            client: Client::new()?,
            mirrors: GixMirrors::open(options)?,
            places: Semaphore::new(config.parallel),
            desks: Semaphore::new(WRITTEN_AT_ONCE),
            abouts: Pace::per_hour(ABOUTS_PER_HOUR),
            refusals: Pace::per_hour(REFUSALS_PER_HOUR),
            shelf: Shelf::default(),
            room: Room::default(),
            config,
        }))
    }

    /// Looks after all sources, and keeps `recipes.json` new, until told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for place in 0..self.sources.len() {
            tasks.spawn(Arc::clone(&self).look_after(place, stop.clone()));
        }
        tasks.spawn(Arc::clone(&self).keep_tidy(stop.clone()));
        let replica = Arc::clone(&self.hub.replica);
        self.shelf.keep(replica, stop).await;
        while tasks.join_next().await.is_some() {}
    }

    /// Looks at everything now, or at one recipe. Says whether that was over in time; it goes on otherwise.
    ///
    /// # Errors
    /// There is no source, or none has the recipe.
    pub async fn sync(&self, recipe: Option<&RecipeName>) -> Result<bool, CatalogueError> {
        if self.sources.is_empty() {
            return Err(CatalogueError::Off);
        }
        let named = recipe.map(|recipe| BTreeSet::from([recipe.clone()]));
        let has_it = |source: &&Source| self.board.listed(source.place, named.as_ref()).is_some();
        let only = recipe.and_then(|_| self.sources.iter().find(has_it));
        let looks = self.sources.iter().zip(&self.bells);
        let looks = looks.filter(|(source, _)| only.is_none_or(|only| only.place == source.place));
        let looks = looks.filter_map(|(source, bell)| {
            let wanted = match recipe {
                None => Wanted::All,
                Some(recipe) => self.wanted(source, recipe)?,
            };
            Some(bell.ring_and_wait(wanted))
        });
        let over = timeout(SYNC_PATIENCE, join_all(looks)).await.is_ok();
        match recipe {
            Some(recipe) if over && self.board.remembered(recipe).is_none() => {
                let recipe = recipe.clone();
                Err(CatalogueError::NoSuchRecipe { recipe })
            }
            _ => Ok(over),
        }
    }

    /// What to look at in a source for the sake of one recipe; nothing if it cannot have it.
    fn wanted(&self, source: &Source, recipe: &RecipeName) -> Option<Wanted> {
        match &source.kind {
            Kind::Git(origin) if origin.recipe == *recipe => Some(Wanted::All),
            Kind::Git(_) => None,
            Kind::Forge(_) => Some(Wanted::Named(BTreeSet::from([recipe.clone()]))),
        }
    }

    /// A forge says that something happened. What it is about is looked at; everything, when it does not say.
    fn woken(&self, about: Option<&webhook::About>) {
        for (source, bell) in self.sources.iter().zip(&self.bells) {
            match about {
                None => bell.ring(Wanted::All),
                Some(about) if source.concerns(about) => {
                    let wanted = about.recipe.as_ref();
                    if let Some(wanted) = wanted.and_then(|r| self.wanted_at(source, r)) {
                        bell.ring(wanted);
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// What to look at in a source that has the repository of this name.
    fn wanted_at(&self, source: &Source, recipe: &RecipeName) -> Option<Wanted> {
        match &source.kind {
            // It may be called otherwise here.
            Kind::Git(_) => Some(Wanted::All),
            Kind::Forge(_) => self.wanted(source, recipe),
        }
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalogue({} sources)", self.sources.len())
    }
}
