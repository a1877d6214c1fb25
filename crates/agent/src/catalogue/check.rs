//! How whole the catalogue is: status, fetching what is missing, and holding everything against the log.

use std::{collections::BTreeMap, sync::Arc};

use allot_git::{RecipeSource, Wanted};
use allot_ledger::{
    RecipeName, Version,
    entry::DocumentRef,
    state::{Stage, State},
};
use allot_recipe::{
    Limits,
    catalogue::{About, VersionDocument},
};
use allot_replica::Replica;
use tokio::sync::mpsc;

use super::{Age, Catalogue, Result, age::age, blocking, reviews::Waiting};
use crate::federation::FederationError;

/// How the catalogue is.
#[derive(Debug, Clone)]
pub struct Status {
    /// Which federation's.
    pub federation: String,
    /// How old it is.
    pub age: Age,
    /// Entries that it rests on.
    pub log_size: u64,
    /// The hub can be reached.
    pub is_reachable: bool,
    /// Recipes.
    pub recipes: usize,
    /// Versions of all of them.
    pub versions: usize,
    /// Documents that the log names.
    pub documents: usize,
    /// Those that are not here.
    pub missing: usize,
    /// Versions that stewards published.
    pub published: usize,
    /// Versions that were yanked.
    pub yanked: usize,
    /// Recipes whose repository has a problem.
    pub with_problems: usize,
    /// Recipes with an open security problem.
    pub with_flags: usize,
    /// What waits for this collective's review.
    pub awaiting: Vec<Waiting>,
    /// What is wrong with the log, and what to do.
    pub problem: Option<(String, String)>,
}

/// How far a fetch or a check is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Looked at.
    pub done: usize,
    /// Of so many.
    pub total: usize,
    /// There is no more to come.
    pub finished: bool,
    /// Documents that were fetched.
    pub fetched: usize,
    /// Documents that nobody gives.
    pub missing: usize,
    /// Found wrong so far.
    pub findings: usize,
    /// Found wrong just now.
    pub finding: Option<Finding>,
}

/// Something that is not as the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which recipe.
    pub recipe: String,
    /// Of which version; empty when it is about the recipe as a whole.
    pub version: String,
    /// What.
    pub what: String,
}

/// A document that the log names.
#[derive(Debug, Clone)]
struct Named {
    recipe: RecipeName,
    of: DocumentRef,
    /// Version, commit and tree, where it is a version's.
    version: Option<(Version, String, String)>,
}

/// Where progress goes.
pub type Teller = mpsc::Sender<Result<Progress>>;

/// How many documents are looked at between two words about it.
const TELL_EVERY: usize = 64;

impl Catalogue {
    /// How it is.
    ///
    /// # Errors
    /// The agent is in no federation, or has no log so far.
    pub async fn status(&self) -> Result<Status> {
        let view = self.federation.view().await?;
        let index = self.index().await?;
        let log = self.log()?;
        let (named, counts) = {
            let book = log.book().await;
            (named(book.state()), Counts::of(book.state()))
        };
        let documents = named.len();
        let missing = blocking(move || Ok(named.iter().filter(|n| !is_here(&log, n.of)).count()));
        Ok(Status {
            federation: view.federation.to_string(),
            age: age(view.clock, self.clock.now(), self.config.expires),
            log_size: view.size,
            is_reachable: view.is_reachable,
            recipes: counts.recipes,
            versions: counts.versions,
            documents,
            missing: missing.await?,
            published: counts.published,
            yanked: counts.yanked,
            with_problems: index.with_problems(),
            with_flags: counts.with_flags,
            awaiting: self.reviews(false).await?,
            problem: view.problem.map(|told| (told.message, told.help)),
        })
    }

    /// Fetches what is missing. The agent does so by itself; this is for who will not wait.
    ///
    /// # Errors
    /// The hub is away.
    pub async fn sync(&self, tell: Teller) -> Result<()> {
        let log = self.log()?;
        let named = named(log.book().await.state());
        let missing = {
            let log = Arc::clone(&log);
            let missing = move || Ok(named.into_iter().filter(|n| !is_here(&log, n.of)).collect());
            blocking::<Vec<Named>>(missing).await?
        };
        let mut progress = Progress {
            total: missing.len(),
            ..Progress::default()
        };
        for named in missing {
            match self.federation.document(named.of).await? {
                Some(_) => progress.fetched += 1,
                None => {
                    progress.missing += 1;
                    let what = "the hub does not give this document".to_owned();
                    progress.found(&named, what, &tell).await;
                }
            }
            progress.done += 1;
            if !progress.step(&tell) {
                return Ok(());
            }
        }
        progress.end(&tell).await;
        Ok(())
    }

    /// Holds every document against the log, and with `recipes` every mirror against what was pinned.
    ///
    /// # Errors
    /// The agent is in no federation, or somebody does so already.
    pub async fn verify(
        &self,
        mirrors: Option<(Arc<dyn RecipeSource>, String)>,
        tell: Teller,
    ) -> Result<()> {
        let _one = self.federation.may_verify()?;
        let log = self.log()?;
        let named = named(log.book().await.state());
        let pins = if mirrors.is_some() { named.len() } else { 0 };
        let mut progress = Progress {
            total: named.len() + pins,
            ..Progress::default()
        };
        for one in &named {
            let (log, what) = (Arc::clone(&log), one.clone());
            let wrong = blocking(move || Ok(what.wrong(&log))).await?;
            if let Some(what) = wrong {
                progress.found(one, what, &tell).await;
            }
            progress.done += 1;
            if !progress.step(&tell) {
                return Ok(());
            }
        }
        if let Some((recipes, base)) = mirrors {
            self.verify_mirrors(&*recipes, &base, named, &mut progress, &tell)
                .await?;
        }
        progress.end(&tell).await;
        Ok(())
    }

    async fn verify_mirrors(
        &self,
        recipes: &dyn RecipeSource,
        base: &str,
        named: Vec<Named>,
        progress: &mut Progress,
        tell: &Teller,
    ) -> Result<()> {
        let mut of: BTreeMap<RecipeName, Vec<Named>> = BTreeMap::new();
        for one in named {
            of.entry(one.recipe.clone()).or_default().push(one);
        }
        for (recipe, named) in of {
            let known = self.repository(recipe.as_str()).await?;
            let url = known.unwrap_or_else(|| format!("{base}/{recipe}.git"));
            if let Err(error) = recipes.fetch(&url).await {
                if let Some(first) = named.first() {
                    progress.found(first, error.to_string(), tell).await;
                }
                progress.done += named.len();
                continue;
            }
            let tags = recipes.versions(&url).await.unwrap_or_default();
            for one in &named {
                if let Some(what) = one.wrong_in(recipes, &url, &tags).await {
                    progress.found(one, what, tell).await;
                }
                progress.done += 1;
                if !progress.step(tell) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Progress {
    /// Whether anybody still listens.
    fn step(&self, tell: &Teller) -> bool {
        if self.done.is_multiple_of(TELL_EVERY) {
            // What does not fit is soon out of date.
            let _ = tell.try_send(Ok(self.clone()));
        }
        !tell.is_closed()
    }

    async fn found(&mut self, of: &Named, what: String, tell: &Teller) {
        self.findings += 1;
        let version = of.version.as_ref();
        let finding = Finding {
            recipe: of.recipe.to_string(),
            version: version.map(|(v, ..)| v.to_string()).unwrap_or_default(),
            what,
        };
        let told = Self {
            finding: Some(finding),
            ..self.clone()
        };
        // Whoever went away is noticed at the next step.
        let _ = tell.send(Ok(told)).await;
    }

    async fn end(mut self, tell: &Teller) {
        self.finished = true;
        let _ = tell.send(Ok(self)).await;
    }
}

impl Named {
    /// What is wrong with the document.
    fn wrong(&self, log: &Replica) -> Option<String> {
        let text = match log.text(self.of.sha256) {
            Ok(Some(text)) => text,
            Ok(None) => return Some("its document is not here".to_owned()),
            Err(error) => return Some(FederationError::from(error).to_string()),
        };
        if u32::try_from(text.len()) != Ok(self.of.bytes) {
            return Some("its document is not as long as the log says".to_owned());
        }
        let limits = Limits::default();
        let is_it = match &self.version {
            None => {
                About::from_bytes(&text, &limits).map(|about| about.recipe == self.recipe.as_str())
            }
            Some((version, commit, tree)) => VersionDocument::from_bytes(&text, &limits)
                .map(|d| d.is_of(self.recipe.as_str(), version.as_str(), commit, tree)),
        };
        match is_it {
            Ok(true) => None,
            Ok(false) => Some("its document is about something else than the log says".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// What a mirror has other than what was pinned.
    async fn wrong_in(
        &self,
        recipes: &dyn RecipeSource,
        url: &str,
        tags: &allot_git::Versions,
    ) -> Option<String> {
        let (version, commit, tree) = self.version.as_ref()?;
        let tag = tags.versions.iter().find(|t| t.tag == version.as_str());
        if let Some(moved) = tag.filter(|tag| tag.commit != *commit) {
            return Some(format!(
                "the tag was moved from {commit} to {}",
                moved.commit
            ));
        }
        match recipes.resolve(url, &Wanted::Commit(commit.clone())).await {
            Ok(found) if found.commit == *commit && found.tree == *tree => None,
            Ok(found) => Some(format!(
                "it has tree {} at {}, and {tree} was pinned",
                found.tree, found.commit
            )),
            Err(error) => Some(error.to_string()),
        }
    }
}

#[derive(Default)]
struct Counts {
    recipes: usize,
    versions: usize,
    published: usize,
    yanked: usize,
    with_flags: usize,
}

impl Counts {
    fn of(state: &State) -> Self {
        let mut counts = Self::default();
        for (_, recipe) in state.recipes().iter() {
            counts.recipes += 1;
            counts.versions += recipe.versions().len();
            counts.with_flags += usize::from(!recipe.flags().is_empty());
            for pinned in recipe.versions() {
                let stage = pinned.stage();
                counts.published += usize::from(stage.is_published());
                counts.yanked += usize::from(stage == Stage::Yanked);
            }
        }
        counts
    }
}

fn named(state: &State) -> Vec<Named> {
    let mut all = Vec::new();
    for (name, recipe) in state.recipes().iter() {
        all.push(Named {
            recipe: name.clone(),
            of: recipe.about,
            version: None,
        });
        for pinned in recipe.versions() {
            let Some(seen) = pinned.observed else {
                continue;
            };
            let (commit, tree) = (pinned.commit.to_string(), pinned.tree.to_string());
            all.push(Named {
                recipe: name.clone(),
                of: seen.document,
                version: Some((pinned.version.clone(), commit, tree)),
            });
        }
    }
    all
}

fn is_here(log: &Replica, of: DocumentRef) -> bool {
    log.text_size(of.sha256).ok().flatten().is_some()
}
