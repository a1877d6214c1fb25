//! What a collective says of recipes: claims, releases, reviews, yanks, security problems, and how versions fared.

use std::sync::Arc;

use allot_ledger::{
    Body, ObjectId, RecipeName, Version,
    entry::{DocumentRef, Release, ReviewVerdict, TestReport, UpgradeVerdict},
};
use bytes::Bytes;

use super::{
    Federation,
    error::{FederationError, Result},
    hub::Hub,
    member::Member,
    write::{Recorded, to_the_end},
};

/// A version that is to be published.
#[derive(Debug, Clone, Default)]
pub struct ReleaseForm {
    /// Of which recipe.
    pub recipe: String,
    /// Which version.
    pub version: String,
    /// Its commit; empty when the log knows it.
    pub commit: String,
    /// The commit's tree; empty when the log knows it.
    pub tree: String,
    /// It mends a security problem.
    pub security: bool,
    /// What reviewers should know.
    pub note: String,
    /// What `recipe test` found; empty when it was not run.
    pub report: Vec<u8>,
}

impl Federation {
    /// Becomes the steward of a recipe that has none.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn claim_recipe(&self, recipe: &str, by: &str) -> Result<Recorded> {
        let recipe = recipe.parse()?;
        self.write(Body::ClaimRecipe { recipe }, by).await
    }

    /// Publishes a version, or asks the other stewards to.
    ///
    /// # Errors
    /// As for all entries; and the log does not know the commit, and none was given.
    pub async fn release(&self, form: ReleaseForm, by: &str) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.release(form, &by).await }).await
    }

    /// Says what the collective thinks of another steward's release.
    ///
    /// # Errors
    /// As for all entries; and too few have witnessed the release.
    pub async fn review(
        &self,
        (recipe, version): (&str, &str),
        verdict: ReviewVerdict,
        reason: &str,
        by: &str,
    ) -> Result<Recorded> {
        let (recipe, version): (RecipeName, Version) = (recipe.parse()?, version.parse()?);
        let (member, by) = (self.member()?, by.to_owned());
        let reason = Some(reason.to_owned()).filter(|r| !r.is_empty());
        to_the_end(async move {
            let released = {
                let book = member.book().await?;
                let pinned = book.state().version(recipe.as_str(), version.as_str());
                pinned.and_then(|p| p.released()).map(|r| r.entry)
            };
            // Of what was not released the rules say so.
            if let Some(entry) = released {
                member.may_act_on(entry).await?;
            }
            let body = Body::Review {
                recipe,
                version,
                verdict,
                reason,
            };
            member.write(&body, &by).await
        })
        .await
    }

    /// Says that a version is not to be deployed any more.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn yank(
        &self,
        recipe: &str,
        version: &str,
        reason: &str,
        by: &str,
    ) -> Result<Recorded> {
        let body = Body::Yank {
            recipe: recipe.parse()?,
            version: version.parse()?,
            reason: reason.to_owned(),
        };
        self.write(body, by).await
    }

    /// Says that a recipe has an open security problem.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn flag(&self, recipe: &str, text: &str, by: &str) -> Result<Recorded> {
        let body = Body::Flag {
            recipe: recipe.parse()?,
            text: text.to_owned(),
        };
        self.write(body, by).await
    }

    /// Says that a security problem is one no more.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn unflag(
        &self,
        recipe: &str,
        flag: u32,
        reason: &str,
        by: &str,
    ) -> Result<Recorded> {
        let body = Body::Unflag {
            recipe: recipe.parse()?,
            flag,
            reason: reason.to_owned(),
        };
        self.write(body, by).await
    }

    /// Says how a test of exactly this commit went on the collective's swarm. The report is put beside the log.
    ///
    /// # Errors
    /// As for all entries; and the report is longer than 256 KiB.
    pub async fn report_test(
        &self,
        (recipe, version, commit): (&str, &str, &str),
        passed: bool,
        report: Vec<u8>,
        by: &str,
    ) -> Result<Recorded> {
        let (recipe, version, commit) = (recipe.parse()?, version.parse()?, commit.parse()?);
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move {
            let hub = member.at_head().await?;
            let body = Body::TestReport(Box::new(TestReport {
                recipe,
                version,
                commit,
                passed,
                report: member.put_document(report, &hub).await?,
            }));
            member.write(&body, &by).await
        })
        .await
    }

    /// Says how an upgrade of an app ended, and nothing else of it.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn report_outcome(
        &self,
        recipe: &str,
        (from, to): (&str, &str),
        verdict: UpgradeVerdict,
        by: &str,
    ) -> Result<Recorded> {
        let body = Body::Outcome {
            recipe: recipe.parse()?,
            from: from.parse()?,
            to: to.parse()?,
            verdict,
        };
        self.write(body, by).await
    }

    /// A document that the log names: from the own disk, or else from the hub, and kept then. Nothing when the hub
    /// does not give it.
    ///
    /// # Errors
    /// The disk says no, or the hub is away.
    pub async fn document(&self, of: DocumentRef) -> Result<Option<Bytes>> {
        self.member()?.document(of).await
    }
}

impl Member {
    async fn release(self: Arc<Self>, form: ReleaseForm, by: &str) -> Result<Recorded> {
        let (recipe, version): (RecipeName, Version) =
            (form.recipe.parse()?, form.version.parse()?);
        let known = {
            let book = self.book().await?;
            let pinned = book.state().version(recipe.as_str(), version.as_str());
            pinned.map(|p| (p.commit.clone(), p.tree.clone()))
        };
        let (commit, tree) = match (form.commit.as_str(), known) {
            ("", Some(known)) => known,
            ("", None) => return Err(unknown_commit()),
            // A tree that is not given follows from the commit when the log has that one.
            (commit, Some((known, tree)))
                if form.tree.is_empty() && known.to_string() == commit =>
            {
                (known, tree)
            }
            (commit, _) => (commit.parse::<ObjectId>()?, form.tree.parse()?),
        };
        let report = match form.report {
            report if report.is_empty() => None,
            report => {
                let hub = self.at_head().await?;
                Some(self.put_document(report, &hub).await?)
            }
        };
        let body = Body::Release(Box::new(Release {
            recipe,
            version,
            commit,
            tree,
            security: form.security,
            report,
            note: Some(form.note).filter(|note| !note.is_empty()),
        }));
        self.write(&body, by).await
    }

    async fn document(&self, of: DocumentRef) -> Result<Option<Bytes>> {
        let log = Arc::clone(self.log()?);
        let sha256 = of.sha256;
        let here = blocking(move || log.text(sha256)).await?;
        if here.is_some() {
            return Ok(here);
        }
        let text = match self.hub()?.get_text(sha256).await {
            Ok(text) => text,
            Err(error) if error.is_away() => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        if u32::try_from(text.len()) != Ok(of.bytes) {
            return Ok(None);
        }
        let (log, kept) = (Arc::clone(self.log()?), text.clone());
        blocking(move || log.put_text(&kept)).await?;
        Ok(Some(text))
    }

    /// Puts a document beside the log, here and at the hub.
    async fn put_document(&self, document: Vec<u8>, hub: &Hub) -> Result<DocumentRef> {
        let of = DocumentRef::of(&document).map_err(|bytes| FederationError::BadRequest {
            what: "the report",
            why: format!("has {bytes} bytes; at most 256 KiB are kept"),
        })?;
        hub.put_text(&document).await?;
        let log = Arc::clone(self.log()?);
        blocking(move || log.put_text(&document)).await?;
        Ok(of)
    }
}

fn unknown_commit() -> FederationError {
    FederationError::BadRequest {
        what: "the commit",
        why: "is needed: the hub has not seen this version's tag so far".to_owned(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, allot_replica::ReplicaError> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| FederationError::Worker {
        what: error.to_string(),
    })??)
}
