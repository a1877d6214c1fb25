//! Replacing the collective's key by a new one (M8).

use allot_ledger::{Body, state::prove_rotation};

use super::{
    Federation,
    error::Result,
    keys::CollectiveKey,
    member::Member,
    write::{Recorded, to_the_end},
};

/// A key that took another one's place.
#[derive(Debug)]
pub struct Rotated {
    /// Where it is in the log.
    pub recorded: Recorded,
    /// The new verifier key.
    pub key: String,
    /// Where the new key is.
    pub kept_in: std::path::PathBuf,
}

impl Federation {
    /// Replaces the collective's key. The new one is on disk before the log hears of it.
    ///
    /// # Errors
    /// As for all entries; and when the disk says no.
    pub async fn rotate_key(&self, by: &str) -> Result<Rotated> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.rotate(&by).await }).await
    }
}

impl Member {
    async fn rotate(&self, by: &str) -> Result<Rotated> {
        let (old, federation) = {
            let book = self.log()?.book().await;
            (self.signing_key(book.state())?, book.state().federation())
        };
        let next: CollectiveKey = self.keys.next(&self.membership.collective)?;
        let body = Body::RotateKey {
            key: next.secret.public(),
            proof: prove_rotation(federation, &old.secret.public(), &next.secret),
        };
        let recorded = self.write(&body, by).await?;
        // It was settled when the entry was folded; this says where it is.
        let now = self.signing_key(self.log()?.book().await.state())?;
        Ok(Rotated {
            recorded,
            key: now.verifier_key(),
            kept_in: self.keys.path(),
        })
    }
}
