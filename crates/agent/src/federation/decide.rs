//! Decisions: what delegates do with resolutions.

use std::sync::Arc;

use allot_ledger::{
    Body,
    entry::{Choice, Content, Kind, Number, Size},
    state::State,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Federation,
    error::{FederationError, Result},
    member::Member,
    write::{Recorded, to_the_end},
};

/// How much a deadline that nobody chose is later than the rules' days: an entry is on its way for a moment, and the
/// full hour reads better.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Topic.
    pub title: String,
    /// Size.
    pub size: Size,
    /// What it does once passed.
    pub kind: Kind,
    /// Markdown.
    pub text: String,
}

/// What to open for votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposeWhat {
    /// Something new.
    New(Proposal),
    /// A draft as it is.
    Draft(Number),
    /// A draft, with these words.
    Changed(Number, Proposal),
}

impl Federation {
    /// Writes a draft down.
    ///
    /// # Errors
    /// As for all entries: the hub is away, or the rules refuse it.
    pub async fn draft(&self, proposal: Proposal, by: &str) -> Result<Recorded> {
        self.with_content(proposal, by, |content| Body::Draft(Box::new(content)))
            .await
    }

    /// Changes a draft.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn revise(
        &self,
        resolution: Number,
        proposal: Proposal,
        by: &str,
    ) -> Result<Recorded> {
        let body = move |content| Body::Revise {
            resolution,
            content: Box::new(content),
        };
        self.with_content(proposal, by, body).await
    }

    /// Opens a resolution for votes; without a deadline for the rules' days.
    ///
    /// # Errors
    /// As for all entries; and there is no such draft.
    pub async fn propose(
        &self,
        what: ProposeWhat,
        deadline: Option<Timestamp>,
        by: &str,
    ) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.propose(what, deadline, &by).await }).await
    }

    /// Votes, or changes a vote.
    ///
    /// # Errors
    /// As for all entries; and too few have witnessed the resolution.
    pub async fn vote(
        &self,
        resolution: Number,
        choice: Choice,
        reason: Option<String>,
        by: &str,
    ) -> Result<Recorded> {
        let body = Body::Vote {
            resolution,
            choice,
            reason,
        };
        self.write_about(resolution, body, by).await
    }

    /// Makes a medium decision a large one.
    ///
    /// # Errors
    /// As for a vote.
    pub async fn escalate(&self, resolution: Number, reason: String, by: &str) -> Result<Recorded> {
        let body = Body::Escalate { resolution, reason };
        self.write_about(resolution, body, by).await
    }

    /// Takes a resolution back.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn withdraw(&self, resolution: Number, reason: String, by: &str) -> Result<Recorded> {
        self.write(Body::Withdraw { resolution, reason }, by).await
    }

    /// Ends a vote early.
    ///
    /// # Errors
    /// As for all entries; and too few have witnessed the votes.
    pub async fn close_vote(&self, resolution: Number, by: &str) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move {
            member.may_act_on_all().await?;
            member.write(&Body::Close { resolution }, &by).await
        })
        .await
    }

    /// Writes what the collective says to a resolution.
    async fn write_about(&self, resolution: Number, body: Body, by: &str) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move {
            member.may_act_on_resolution(resolution).await?;
            member.write(&body, &by).await
        })
        .await
    }

    /// Writes an entry, also when the caller goes away meanwhile.
    pub(super) async fn write(&self, body: Body, by: &str) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.write(&body, &by).await }).await
    }

    async fn with_content(
        &self,
        proposal: Proposal,
        by: &str,
        body: impl FnOnce(Content) -> Body + Send + 'static,
    ) -> Result<Recorded> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move {
            let content = member.content(proposal).await?;
            member.write(&body(content), &by).await
        })
        .await
    }
}

impl Member {
    async fn propose(
        self: Arc<Self>,
        what: ProposeWhat,
        deadline: Option<Timestamp>,
        by: &str,
    ) -> Result<Recorded> {
        let (draft, content) = match what {
            ProposeWhat::New(proposal) => (None, self.content(proposal).await?),
            ProposeWhat::Changed(number, proposal) => (Some(number), self.content(proposal).await?),
            ProposeWhat::Draft(number) => (Some(number), self.drafted(number).await?),
        };
        let deadline = match deadline {
            Some(deadline) => deadline,
            None => self.usual_deadline().await?,
        };
        let body = Body::Propose {
            draft,
            content: Box::new(content),
            deadline,
        };
        self.write(&body, by).await
    }

    /// The content of a proposal, its text put where it belongs.
    async fn content(&self, proposal: Proposal) -> Result<Content> {
        let hub = self.at_head().await?;
        Ok(Content {
            text: self.put_text(&proposal.text, &hub).await?,
            title: proposal.title,
            size: proposal.size,
            kind: proposal.kind,
        })
    }

    /// What a draft says.
    async fn drafted(&self, number: Number) -> Result<Content> {
        let missing = || FederationError::NotFound {
            what: "draft",
            which: number.to_string(),
        };
        let source = {
            let book = self.book().await?;
            let found = book.state().resolution(number);
            found.ok_or_else(missing)?.source
        };
        self.words(source).await?.0.ok_or_else(missing)
    }

    pub(super) async fn usual_deadline(&self) -> Result<Timestamp> {
        let book = self.book().await?;
        Ok(usual_deadline(book.state(), self.clock.now()))
    }
}

/// The rules' days from now, on the next full hour.
fn usual_deadline(state: &State, now: Timestamp) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(state.rules().days_open));
    let from = now.max(state.time());
    let earliest = from.checked_add(days + SLACK).unwrap_or(Timestamp::MAX);
    let hours = earliest.as_second().div_euclid(HOUR) + 1;
    Timestamp::from_second(hours.saturating_mul(HOUR)).unwrap_or(earliest)
}
