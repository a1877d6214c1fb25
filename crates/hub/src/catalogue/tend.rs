//! A look at one repository: fetched, its tags held against the log, and what is new taken.

use std::{collections::BTreeMap, sync::Arc};

use allot_daemon::in_one_line;
use allot_git::{Opened, RecipeSource as _, SharedTree, Version};
use allot_ledger::{self as ledger, ObjectId, entry::Seen};
use allot_recipe::{
    Limits,
    catalogue::{About, AboutFacts, Problem, VersionDocument, VersionFacts},
};

use super::{
    Catalogue,
    board::{Remembered, Told},
    error::CatalogueError,
    limits::{MAX_PROBLEMS, READ_AT_ONCE, SEEN_AT_ONCE},
    log::{Logged, reference, worker},
    source::Origin,
    tags::sort_out,
};

/// The code of a file that a damaged mirror does not give.
const UNREADABLE: &str = "AL-1205";

/// One of the places for repositories that are fetched and read at the same time.
pub(super) type Place<'p> = tokio::sync::SemaphorePermit<'p>;

/// What came of making documents.
#[derive(Default)]
struct Read {
    seen: Vec<Seen>,
    /// Those that are not beside the log yet.
    documents: Vec<Vec<u8>>,
    problems: Vec<Problem>,
    /// Commits that no document can be made of, and why.
    broken: BTreeMap<String, String>,
}

impl Catalogue {
    /// Looks at a repository, and takes down what came of it. What is wrong with one is nobody else's concern.
    pub(super) async fn tend(&self, source: usize, origin: &Origin, place: Place<'_>) {
        let came = self.try_tend(origin, place).await;
        let now = self.hub.clock().now();
        if let Err(error) = &came {
            let (code, recipe) = (error.code(), origin.recipe.as_str());
            self.hub.metrics.recipe_failed(code);
            tracing::info!(
                code,
                recipe,
                "a recipe cannot be catalogued: {}",
                error.told()
            );
        }
        let came = came.map_err(|error| Told::of(&error));
        self.board.looked(source, origin, now, came);
    }

    async fn try_tend(
        &self,
        origin: &Origin,
        place: Place<'_>,
    ) -> Result<Arc<Remembered>, CatalogueError> {
        let fetched = self.mirrors.fetch(&origin.url).await?;
        let (before, last) = match self.board.remembered(&origin.recipe) {
            Some((before, last)) => (Some(before), last),
            None => (None, Arc::default()),
        };
        let is_same = !fetched.updated && before.as_ref() == Some(origin) && last.settled;
        if is_same && self.version_count(&origin.recipe).await == last.versions {
            return Ok(last);
        }
        let opened = self.mirrors.opened(&origin.url).await?;
        let logged = self.logged(&origin.recipe).await;
        let sorted = sort_out(opened.versions().clone(), &logged.versions);
        let mut problems = sorted.problems;
        let read = self
            .read_all(origin, &opened, sorted.new, &last.broken)
            .await?;
        problems.extend(read.problems);
        if origin.forge.as_ref().is_some_and(|forge| forge.archived) {
            let what = "the repository is archived: nothing new will come from it";
            problems.insert(0, Problem::of_recipe(what));
        }
        let problems = bounded(problems);
        let head = head(opened).await;
        if logged.about.is_none() && read.seen.is_empty() && !has_compose_file(head.as_ref()) {
            return Err(no_recipe(origin, &problems));
        }
        // What is left waits for the disk: the next one may be read meanwhile, but not any number of them.
        let _desk = self.desks.acquire().await;
        drop(place);
        let broken = read.broken;
        let (seen, documents) = (read.seen, read.documents);
        let settled = self
            .write(origin, head, &problems, seen, documents, &logged)
            .await?;
        Ok(Arc::new(Remembered {
            settled,
            versions: self.version_count(&origin.recipe).await,
            problems,
            broken,
        }))
    }

    /// Makes the documents of versions; a few threads share that. When there are many, those that are made are put beside the
    /// log before the next ones are.
    async fn read_all(
        &self,
        origin: &Origin,
        opened: &Opened,
        versions: Vec<Version>,
        known: &BTreeMap<String, String>,
    ) -> Result<Read, CatalogueError> {
        let mut all = Read::default();
        for some in versions.chunks(SEEN_AT_ONCE) {
            if !all.documents.is_empty() {
                self.keep(std::mem::take(&mut all.documents)).await?;
            }
            let mut jobs = Vec::new();
            for part in some.chunks(READ_AT_ONCE) {
                let (recipe, known) = (origin.recipe.clone(), known.clone());
                let (opened, part) = (opened.clone(), part.to_vec());
                jobs.push(tokio::task::spawn_blocking(move || {
                    read_some(recipe.as_str(), &known, &opened, part)
                }));
            }
            for job in jobs {
                let read = job.await.map_err(worker)??;
                all.seen.extend(read.seen);
                all.documents.extend(read.documents);
                all.problems.extend(read.problems);
                all.broken.extend(read.broken);
            }
        }
        Ok(all)
    }

    /// Writes what is new, and says whether all of it is written: what is known of a recipe as a whole can wait.
    async fn write(
        &self,
        origin: &Origin,
        head: Option<SharedTree>,
        problems: &[Problem],
        seen: Vec<Seen>,
        mut documents: Vec<Vec<u8>>,
        logged: &Logged,
    ) -> Result<bool, CatalogueError> {
        let recipe = &origin.recipe;
        let document = self.about_now(origin, head, problems.to_vec()).await?;
        let about = reference(&document)?;
        let is_new = logged.about != Some(about);
        let may = !is_new || logged.about.is_none() || self.abouts.take(recipe).is_ok();
        let about = (is_new && may).then_some(about);
        if about.is_some() {
            documents.push(document);
        }
        self.keep(documents).await?;
        self.write_all(recipe, about, seen).await?;
        Ok(may)
    }

    async fn about_now(
        &self,
        origin: &Origin,
        head: Option<SharedTree>,
        problems: Vec<Problem>,
    ) -> Result<Vec<u8>, CatalogueError> {
        let branch = self.mirrors.default_branch(&origin.url)?;
        let forge = origin.forge.clone();
        let given = |text: fn(super::forge::Repository) -> String| forge.clone().map(text);
        let facts = AboutFacts {
            recipe: origin.recipe.to_string(),
            repository: origin.shown.clone(),
            ssh_url: given(|forge| forge.ssh_url),
            default_branch: branch.unwrap_or_default(),
            description: given(|forge| forge.description),
            website: given(|forge| forge.website),
            icon: given(|forge| forge.icon),
            problems,
        };
        let made = tokio::task::spawn_blocking(move || {
            let limits = Limits::default();
            let tree = head.as_deref();
            About::read(tree.map(|tree| tree as _), facts, &limits).to_bytes(&limits)
        });
        Ok(made.await.map_err(worker)?.map_err(Box::new)?)
    }
}

impl Read {
    fn is_broken(&mut self, version: &Version, why: String) {
        let what = format!("cannot be catalogued: {why}");
        self.problems.push(Problem::of_tag(&version.tag, &what));
        self.broken.insert(version.commit.clone(), why);
    }
}

/// The files at the head of the default branch, if it has one.
async fn head(opened: Opened) -> Option<SharedTree> {
    let head = tokio::task::spawn_blocking(move || opened.head());
    head.await.ok()?.ok().flatten()
}

/// Makes documents of versions.
fn read_some(
    recipe: &str,
    known: &BTreeMap<String, String>,
    opened: &Opened,
    versions: Vec<Version>,
) -> Result<Read, CatalogueError> {
    let mut read = Read::default();
    let trees = opened.trees(versions.iter().map(|version| version.commit.as_str()))?;
    for (version, tree) in versions.into_iter().zip(trees) {
        let made = match known.get(&version.commit) {
            Some(why) => Err(why.clone()),
            None => document(recipe, &version, &tree?)?,
        };
        match made.and_then(|document| Ok((document, ids(&version)?))) {
            Err(why) => read.is_broken(&version, why),
            Ok((document, (version, commit, tree))) => {
                read.seen.push(Seen {
                    version,
                    commit,
                    tree,
                    document: reference(&document)?,
                });
                read.documents.push(document);
            }
        }
    }
    Ok(read)
}

/// The document of a version, or why there can be none of it. A mirror that cannot be read says nothing of the version.
fn document(
    recipe: &str,
    version: &Version,
    tree: &SharedTree,
) -> Result<Result<Vec<u8>, String>, CatalogueError> {
    let facts = VersionFacts {
        recipe,
        version: &version.version,
        commit: &version.commit,
        tree: &version.tree,
        tagged_at: version.date,
    };
    let limits = Limits::default();
    let document = VersionDocument::read(tree.as_ref(), &facts, &limits);
    match document.and_then(|document| document.to_bytes(&limits)) {
        Ok(document) => Ok(Ok(document)),
        Err(error) if error.code() == UNREADABLE => Err(Box::new(error).into()),
        Err(error) => Ok(Err(in_one_line(&error))),
    }
}

/// The first problems; the last of them says how many more there are.
fn bounded(mut problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() > MAX_PROBLEMS {
        let more = problems.split_off(MAX_PROBLEMS - 1).len();
        problems.push(Problem::of_recipe(&format!("{more} more problems")));
    }
    problems
}

/// What the log calls a version, its commit and its tree.
fn ids(version: &Version) -> Result<(ledger::Version, ObjectId, ObjectId), String> {
    let bad = |error: ledger::BadName| error.to_string();
    Ok((
        version.tag.parse().map_err(bad)?,
        version.commit.parse().map_err(bad)?,
        version.tree.parse().map_err(bad)?,
    ))
}

/// Whether the repository looks like a recipe at all: an organisation has others too.
fn has_compose_file(tree: Option<&SharedTree>) -> bool {
    let Some(entries) = tree.and_then(|tree| tree.list("").ok()) else {
        return false;
    };
    entries.iter().any(|entry| {
        let name = entry.name.as_str();
        name.starts_with("compose") && (name.ends_with(".yml") || name.ends_with(".yaml"))
    })
}

fn no_recipe(origin: &Origin, problems: &[Problem]) -> CatalogueError {
    let versions = problems.iter().find_map(|problem| {
        let tag = problem.tag.as_deref()?;
        Some(format!("; its tag {tag} {}", problem.what))
    });
    CatalogueError::NoRecipe {
        url: origin.shown.clone(),
        why: format!(
            "it has no compose file and no version{}",
            versions.unwrap_or_default()
        ),
    }
}
