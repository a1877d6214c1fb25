//! Whose entry it is (L1, L2): first a lookup in the state, then mathematics that needs no state.

use super::{Refused, State};
use crate::{
    entry::{Author, Body, Entry, Envelope},
    ids::Digest,
    key::PublicKey,
};

/// An envelope that says whose it is, and the key that this author has: nobody has looked at the signature yet.
///
/// Looking the key up takes the state, and verifying takes time: a server does the first under its lock and the second
/// outside of it. The key may be replaced in between; [`State::apply`] asks again.
#[derive(Debug, Clone)]
pub struct Claim {
    federation: Digest,
    envelope: Envelope,
    entry: Entry,
    key: PublicKey,
}

/// An entry whose signature is its author's, for one federation and no other.
#[derive(Debug, Clone)]
pub struct Verified {
    federation: Digest,
    entry: Entry,
    key: PublicKey,
}

impl Claim {
    /// What it says, unverified.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Whether its author's key signed it.
    ///
    /// # Errors
    /// Another key did, or it was changed afterwards.
    pub fn verify(self) -> Result<Verified, Refused> {
        self.envelope.verify(&self.key)?;
        Ok(Verified {
            federation: self.federation,
            entry: self.entry,
            key: self.key,
        })
    }
}

impl Verified {
    /// What was signed.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }
}

impl State {
    /// Reads an envelope, and finds the key that must have signed it, as of this state's time. Changes nothing.
    ///
    /// # Errors
    /// It cannot be read, is of another federation (L1), or of an author that nobody knows.
    pub fn claim(&self, envelope: &Envelope) -> Result<Claim, Refused> {
        let entry = envelope.entry()?;
        self.is_ours(&entry)?;
        Ok(Claim {
            federation: self.federation,
            envelope: envelope.clone(),
            key: self.key_for(&entry)?,
            entry,
        })
    }

    /// Whether an envelope is of this federation and signed by whom it says, as of this state's time. Changes nothing.
    ///
    /// # Errors
    /// As [`State::claim`] and [`Claim::verify`].
    pub fn verify(&self, envelope: &Envelope) -> Result<Verified, Refused> {
        self.claim(envelope)?.verify()
    }

    /// What was verified is of this federation, and its author's key is still that one (M8).
    pub(super) fn still_holds(&self, verified: &Verified) -> Result<(), Refused> {
        if verified.federation != self.federation {
            let theirs = verified.federation.to_string();
            return Err(Refused::OtherFederation { theirs });
        }
        if self.key_for(&verified.entry)? != verified.key {
            let author = verified.entry.author.to_string();
            return Err(Refused::KeyReplaced { author });
        }
        Ok(())
    }

    /// L1: every entry names its federation.
    pub(super) fn is_ours(&self, entry: &Entry) -> Result<(), Refused> {
        if entry.federation == self.federation.to_string() {
            return Ok(());
        }
        let theirs = entry.federation.chars().take(64).collect();
        Err(Refused::OtherFederation { theirs })
    }

    /// The key that must have signed an entry (L2).
    fn key_for(&self, entry: &Entry) -> Result<PublicKey, Refused> {
        match (&entry.author, &entry.body) {
            (Author::Hub, Body::HubReplaced { hub }) => Ok(hub.entries),
            (Author::Hub, _) => Ok(self.hub.entries),
            (Author::Collective(_), Body::Apply(application)) => Ok(application.key),
            (Author::Collective(slug), _) => match self.collectives.get(slug) {
                Some(collective) => Ok(collective.key),
                None => Err(Refused::Stranger {
                    author: slug.to_string(),
                }),
            },
        }
    }
}
