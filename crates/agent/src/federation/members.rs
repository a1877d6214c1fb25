//! Membership: what a collective says of itself, and whom others can ask.

use allot_ledger::{
    Body,
    entry::{Profile, is_contact},
};

use super::{
    Federation,
    error::{FederationError, Result},
    write::Recorded,
};
use crate::limits::MAX_CONTACT;

/// Contacts that the hub has, or why there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Collective and contact.
    pub known: Vec<(String, String)>,
    /// Why they are missing.
    pub note: String,
}

impl Federation {
    /// Says anew what the collective is called.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn set_profile(&self, name: String, website: String, by: &str) -> Result<Recorded> {
        self.write(Body::Profile(profile(name, website)), by).await
    }

    /// Ends the membership.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn leave(&self, by: &str) -> Result<Recorded> {
        self.write(Body::Leave, by).await
    }

    /// Accepts the hub that goes on with a lost one's log.
    ///
    /// # Errors
    /// As for all entries.
    pub async fn accept_hub(&self, hub: &str, by: &str) -> Result<Recorded> {
        let hub = hub.parse().map_err(|_| FederationError::BadRequest {
            what: "the digest of the hub's keys",
            why: "has 64 hexadecimal digits".to_owned(),
        })?;
        self.write(Body::AcceptHub { hub }, by).await
    }

    /// Tells the hub whom other members can ask.
    ///
    /// # Errors
    /// The hub is away, or does not take it.
    pub async fn set_contact(&self, contact: &str) -> Result<()> {
        if contact.is_empty() {
            return Err(bad_contact("is empty"));
        }
        check_contact(contact)?;
        let member = self.member()?;
        let own = &member.membership.collective;
        let hub = member.hub()?;
        Ok(hub.put_contact(own, contact, Vec::new()).await?)
    }

    /// Tells the hub that other members can ask nobody in particular any more.
    ///
    /// # Errors
    /// The hub is away, or does not take it.
    pub async fn remove_contact(&self) -> Result<()> {
        let member = self.member()?;
        let hub = member.hub()?;
        let own = &member.membership.collective;
        Ok(hub.put_contact(own, "", Vec::new()).await?)
    }

    /// Whom to ask at each collective.
    ///
    /// # Errors
    /// The agent is in no federation. A hub that is away is a note.
    pub async fn contacts(&self) -> Result<Contacts> {
        let member = self.member()?;
        let asked = match member.hub() {
            Ok(hub) => hub.contacts().await.map_err(FederationError::from),
            Err(error) => Err(error),
        };
        Ok(match asked {
            Ok(known) => Contacts {
                known,
                note: String::new(),
            },
            Err(error) => Contacts {
                known: Vec::new(),
                note: format!("contacts are at the hub, and not to be had now: {error}"),
            },
        })
    }
}

pub(super) fn profile(name: String, website: String) -> Profile {
    Profile {
        name,
        website: Some(website).filter(|w| !w.is_empty()),
    }
}

pub(super) fn check_contact(contact: &str) -> Result<()> {
    if contact.len() > MAX_CONTACT {
        return Err(bad_contact("is longer than 200 bytes"));
    }
    if !is_contact(contact.trim()) {
        return Err(bad_contact("is neither an e-mail address nor a Matrix id"));
    }
    Ok(())
}

fn bad_contact(why: &str) -> FederationError {
    FederationError::BadRequest {
        what: "the contact",
        why: why.to_owned(),
    }
}
