//! How an applicant takes its application back (M9): it signs that, and a member brings it, as an applicant has no way of
//! its own to the hub.

use allot_ledger::{Author, Body, Digest, Entry, Envelope, Slug, state::Status};

use super::{
    Federation,
    error::{FederationError, Result},
    keys::KeyError,
    member::Member,
    write::{Recorded, to_the_end},
};

/// The entry after an application, for who never wrote anything else.
const AFTER_APPLYING: u64 = 2;

impl Federation {
    /// Signs that the collective's application is taken back. Nothing is sent. `seq` is the entry's number, 0 for the
    /// next one as this agent knows it.
    ///
    /// # Errors
    /// The agent has no key of a collective, or the federation is none.
    pub async fn make_withdrawal(&self, federation: &str, seq: u64) -> Result<String> {
        let federation: Digest = federation
            .parse()
            .map_err(|_| FederationError::BadRequest {
                what: "the federation",
                why: "is named by a hash of 64 hexadecimal digits".to_owned(),
            })?;
        let key = self.keys.load()?.ok_or(KeyError::Missing)?;
        let author = Author::Collective(key.collective.clone());
        let entry = Entry {
            federation: federation.to_string(),
            seq: match seq {
                0 => self.after_applying(federation, &author).await,
                seq => seq,
            },
            author,
            at: self.clock.now(),
            body: Body::Leave,
        };
        let envelope = Envelope::sign(&entry, &key.secret)?;
        serde_json::to_string_pretty(&envelope).map_err(|error| bad(&error.to_string()))
    }

    async fn after_applying(&self, federation: Digest, author: &Author) -> u64 {
        let member = self.member();
        let Some(log) = member.ok().and_then(|member| member.log().cloned().ok()) else {
            return AFTER_APPLYING;
        };
        let book = log.book().await;
        let state = book.state();
        match state.federation() == federation {
            true => state.next_seq(author).max(AFTER_APPLYING),
            false => AFTER_APPLYING,
        }
    }

    /// Brings into the log that an applicant takes its application back.
    ///
    /// # Errors
    /// It is no such thing, the collective has not applied or did not sign it, or as for all entries.
    pub async fn bring_withdrawal(&self, withdrawal: &str, by: &str) -> Result<Recorded> {
        let envelope = serde_json::from_str(withdrawal).map_err(|error| bad(&error.to_string()))?;
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.bring_withdrawal(envelope, &by).await }).await
    }
}

impl Member {
    async fn bring_withdrawal(&self, envelope: Envelope, by: &str) -> Result<Recorded> {
        self.at_head().await?;
        self.check_withdrawal(&envelope).await?;
        let folded = self.bring(&envelope, by).await?;
        Ok(Recorded {
            index: folded.index,
            time: folded.time,
            kind: Body::Leave.kind(),
            resolution: None,
            warnings: Vec::new(),
        })
    }

    /// Whether an applicant of this federation signed it, and whether it is its next entry: the hub would say no more.
    async fn check_withdrawal(&self, envelope: &Envelope) -> Result<Slug> {
        let entry = envelope.entry()?;
        let (Author::Collective(slug), Body::Leave) = (&entry.author, &entry.body) else {
            return Err(bad("what was signed is something else"));
        };
        let book = self.log()?.book().await;
        let state = book.state();
        if entry.federation != state.federation().to_string() {
            return Err(bad("it is for another federation"));
        }
        let applicant = state.collective(slug);
        let Some(applicant) = applicant.filter(|known| known.status == Status::Applied) else {
            return Err(bad(&format!("{slug} has no application that waits")));
        };
        envelope.verify(&applicant.key)?;
        let next = state.next_seq(&entry.author);
        if entry.seq != next {
            let seq = entry.seq;
            return Err(bad(&format!(
                "it is number {seq} of {slug}'s entries, and {next} is next: `allot federation take-back --entry {next}`"
            )));
        }
        Ok(slug.clone())
    }
}

fn bad(why: &str) -> FederationError {
    FederationError::BadRequest {
        what: "what the applicant signed",
        why: format!("cannot be brought: {why}"),
    }
}
