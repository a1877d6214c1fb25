//! One recipe, with all that is known of it.

use std::{collections::BTreeMap, sync::Arc};

use allot_ledger::{
    entry::{DocumentRef, ReviewVerdict},
    state::{Pinned, Stage},
};
use allot_recipe::{catalogue::About, level::Assessment};
use allot_replica::Replica;
use jiff::Timestamp;

use super::{
    Catalogue, Result, Row, Unmet, blocking,
    index::{about, images, version},
    level::Said,
    limits::VERSIONS,
    look::Look,
};

/// A recipe.
#[derive(Debug, Clone)]
pub struct Details {
    /// As in a list.
    pub row: Row,
    /// What is known of it as a whole; nothing while that is missing.
    pub about: Option<About>,
    /// How well it is kept, and why.
    pub level: Option<Assessment>,
    /// Security problems that are open: number, who told, what, since when.
    pub flags: Vec<(u32, String, String, Timestamp)>,
    /// The newest first.
    pub versions: Vec<VersionView>,
    /// What this agent accepts of it.
    pub policy: String,
}

/// A version.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// As tagged.
    pub version: String,
    /// Where it stands.
    pub stage: Stage,
    /// Its commit.
    pub commit: String,
    /// The commit's tree.
    pub tree: String,
    /// What it lacks for this agent.
    pub unmet: Option<Unmet>,
    /// Who released it.
    pub released_by: String,
    /// For a security problem.
    pub security: bool,
    /// Since when it is published.
    pub published_at: Option<Timestamp>,
    /// Who said what of it, and in which entry.
    pub reviews: Vec<(String, ReviewVerdict, u64)>,
    /// Members whose newest test passed.
    pub passed: Vec<String>,
    /// And failed.
    pub failed: Vec<String>,
    /// How upgrades to it went: from which version, how, at how many collectives.
    pub outcomes: Vec<(String, &'static str, u32)>,
    /// When it was tagged, by its document.
    pub tagged_at: Option<Timestamp>,
    /// Images, by its document.
    pub images: Vec<String>,
    document: Option<DocumentRef>,
}

impl VersionView {
    /// Whether the hub saw its tag.
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.document.is_some()
    }
}

impl Catalogue {
    /// One recipe with its newest versions; 20 when 0.
    ///
    /// # Errors
    /// There is none, or the agent is in no federation.
    pub async fn show(&self, name: &str, versions: usize) -> Result<Details> {
        let index = self.index().await?;
        let log = self.log()?;
        let most = match versions {
            0 => VERSIONS.0,
            n => n.min(VERSIONS.1),
        };
        let today = self.federation.today();
        let (mut details, about_ref, said) = {
            let book = log.book().await;
            let look = Look::must(book.state(), name)?;
            let all = look.newest_first();
            let shown = all.iter().take(most);
            let details = Details {
                // A recipe that came since is in the next index.
                row: index.row(name).cloned().ok_or_else(|| missing(name))?,
                about: None,
                level: None,
                flags: flags(&look),
                versions: shown.map(|(_, p)| self.view(&look, p)).collect(),
                policy: look.policy(self.config.accept),
            };
            (details, look.recipe.about, Said::of(&look, today))
        };
        blocking(move || {
            fill(&mut details.versions, &log);
            details.about = about(&log, about_ref);
            let released = said.released.and_then(|of| version(&log, of));
            let known = details.about.as_ref();
            details.level = known.map(|about| said.assess(about, released.as_ref()));
            Ok(details)
        })
        .await
    }

    fn view(&self, look: &Look<'_>, pinned: &Pinned) -> VersionView {
        let released = pinned.released();
        let reports = pinned.reports();
        VersionView {
            version: pinned.version.to_string(),
            stage: pinned.stage(),
            commit: pinned.commit.to_string(),
            tree: pinned.tree.to_string(),
            unmet: look.unmet(self.config.accept, pinned),
            released_by: released.map(|r| r.by.to_string()).unwrap_or_default(),
            security: released.is_some_and(|r| r.security),
            published_at: released.and_then(|r| r.published).map(|(at, _)| at),
            reviews: reviews(pinned),
            passed: look
                .state
                .tested_by(pinned)
                .map(ToString::to_string)
                .collect(),
            failed: reports
                .filter(|(_, report)| !report.passed)
                .map(|(by, _)| by.to_string())
                .collect(),
            outcomes: outcomes(look, pinned),
            tagged_at: None,
            images: Vec::new(),
            document: pinned.observed.map(|seen| seen.document),
        }
    }
}

fn missing(name: &str) -> super::CatalogueError {
    super::CatalogueError::NoSuchRecipe {
        recipe: name.to_owned(),
        near: Vec::new(),
    }
}

fn flags(look: &Look<'_>) -> Vec<(u32, String, String, Timestamp)> {
    let flags = look.recipe.flags().iter();
    flags
        .map(|(number, flag)| (*number, flag.by.to_string(), flag.text.clone(), flag.since))
        .collect()
}

/// Who said what of a release.
pub fn reviews(pinned: &Pinned) -> Vec<(String, ReviewVerdict, u64)> {
    let reviews = pinned.released().into_iter().flat_map(|r| &r.reviews);
    reviews
        .map(|(by, review)| (by.to_string(), review.verdict, review.entry))
        .collect()
}

/// How upgrades to a version went elsewhere.
pub fn outcomes(look: &Look<'_>, pinned: &Pinned) -> Vec<(String, &'static str, u32)> {
    let mut counts: BTreeMap<(String, &'static str), u32> = BTreeMap::new();
    for (_, upgrade) in pinned.upgrades() {
        let from = look.recipe.version_at(upgrade.from);
        let from = from.map(|p| p.version.to_string()).unwrap_or_default();
        *counts.entry((from, upgrade.verdict.name())).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((from, verdict), count)| (from, verdict, count))
        .collect()
}

fn fill(versions: &mut [VersionView], log: &Arc<Replica>) {
    for shown in versions {
        if let Some(document) = shown.document.and_then(|of| version(log, of)) {
            shown.tagged_at = document.tagged_at;
            shown.images = images(&document);
        }
    }
}
