//! Releases that wait for another steward.

use allot_ledger::{
    Body, Leaf, RecipeName,
    entry::ReviewVerdict,
    state::{Pinned, State},
};
use jiff::Timestamp;

use super::{Catalogue, Result, look::Look, show::reviews};
use crate::config::Accept;

/// A release that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Of which recipe.
    pub recipe: String,
    /// Which version.
    pub version: String,
    /// Its commit.
    pub commit: String,
    /// Who released it.
    pub released_by: String,
    /// It is published already, for a security problem.
    pub security: bool,
    /// Where it stands.
    pub state: &'static str,
    /// What its steward says of it.
    pub note: String,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// The newest published version before it.
    pub before: String,
    /// What others said.
    pub reviews: Vec<(String, ReviewVerdict, u64)>,
    /// Members whose test passed.
    pub passed: Vec<String>,
    /// And failed.
    pub failed: Vec<String>,
    /// This collective is to review it.
    pub is_own: bool,
    entry: u64,
}

impl Catalogue {
    /// Releases that wait for this collective's review; with `all`, also those that wait for others'.
    ///
    /// # Errors
    /// The agent is in no federation, or the log cannot be read.
    pub async fn reviews(&self, all: bool) -> Result<Vec<Waiting>> {
        let own = self.federation.view().await?.collective;
        let log = self.log()?;
        let mut found: Vec<Waiting> = {
            let book = log.book().await;
            let state = book.state();
            let is_own = |recipe: &RecipeName, pinned: &Pinned| {
                let released = pinned.released();
                state.is_steward(recipe.as_str(), &own)
                    && released.is_some_and(|r| r.by != own && !r.reviews.contains_key(&own))
            };
            let waiting = state.recipes().waiting();
            let waiting = waiting.map(|(recipe, p)| (recipe, p, is_own(recipe, p)));
            let wanted = waiting.filter(|(_, _, is_own)| all || *is_own);
            wanted
                .filter_map(|(recipe, p, is_own)| waiting_of(state, recipe, p, is_own))
                .collect()
        };
        for waiting in &mut found {
            // The words stay in the log.
            let leaf = log.leaf(waiting.entry).await;
            let leaf = leaf.map_err(crate::federation::FederationError::from)?;
            let read = leaf.and_then(|bytes| Leaf::from_bytes(&bytes).ok());
            let Some(leaf) = read else { continue };
            waiting.released_at = Some(leaf.time);
            if let Ok(entry) = leaf.envelope.entry()
                && let Body::Release(release) = entry.body
            {
                waiting.note = release.note.unwrap_or_default();
            }
        }
        Ok(found)
    }
}

fn waiting_of(
    state: &State,
    recipe: &RecipeName,
    pinned: &Pinned,
    is_own: bool,
) -> Option<Waiting> {
    let released = pinned.released()?;
    let look = Look::at(state, recipe.as_str())?;
    let all = look.newest_first();
    let mut older = all
        .iter()
        .skip_while(|(_, other)| other.version != pinned.version)
        .skip(1);
    let before = older.find(|(_, other)| look.unmet(Accept::Published, other).is_none());
    let failed = pinned.reports().filter(|(_, report)| !report.passed);
    Some(Waiting {
        recipe: recipe.to_string(),
        version: pinned.version.to_string(),
        commit: pinned.commit.to_string(),
        released_by: released.by.to_string(),
        security: released.security,
        state: pinned.stage().name(),
        note: String::new(),
        released_at: None,
        before: before.map(|(v, _)| v.to_string()).unwrap_or_default(),
        reviews: reviews(pinned),
        passed: state.tested_by(pinned).map(ToString::to_string).collect(),
        failed: failed.map(|(by, _)| by.to_string()).collect(),
        is_own,
        entry: released.entry,
    })
}
