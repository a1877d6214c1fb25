//! Whom to ask at a collective: for members, and never in the log.

use allot_identity::Peer;
use allot_ledger::{
    Digest, Slug,
    entry::is_contact,
    state::{State, Status},
};

use super::{
    Hub,
    error::{HubError, Result},
    private::Record,
};
use crate::limits::{MAX_CONTACT, MAX_SALT};

impl Hub {
    /// Keeps a contact: of the caller's own collective, or of an applicant that it brings. An empty one of its own takes
    /// back what it said.
    ///
    /// # Errors
    /// It is none, or not the caller's to say.
    pub async fn put_contact(
        &self,
        peer: &Peer,
        collective: &str,
        contact: &str,
        salt: &[u8],
    ) -> Result<()> {
        let no = |why| HubError::Contact { why };
        let collective: Slug = collective.parse()?;
        let contact = contact.trim();
        let takes_back = contact.is_empty() && collective == *peer.collective();
        if !takes_back && !is_contact(contact) {
            return Err(no("it is neither an e-mail address nor a Matrix id"));
        }
        if contact.chars().count() > MAX_CONTACT || salt.len() > MAX_SALT {
            return Err(no("it is too long"));
        }
        if collective != *peer.collective() {
            let book = self.replica.book().await;
            may_say(book.state(), peer.collective(), &collective, contact, salt)?;
        }
        let record = Record::Contact {
            collective,
            contact: contact.to_owned(),
            salt: hex::encode(salt),
            by: peer.collective().clone(),
            at: self.now(),
        };
        self.private.decide().await.write(vec![record]).await
    }

    /// Contacts of who is in, or would like to be.
    pub async fn contacts(&self) -> Vec<(Slug, String)> {
        let contacts = self.private.decide().await.facts().contacts.clone();
        let book = self.replica.book().await;
        let shown = |slug: &Slug| {
            let status = book.state().collective(slug).map(|c| c.status);
            matches!(
                status,
                Some(Status::Member | Status::Suspended | Status::Applied)
            )
        };
        contacts
            .into_iter()
            .filter(|(slug, contact)| shown(slug) && !contact.is_empty())
            .collect()
    }
}

/// Whether a member may say whom to ask at an applicant: with what the applicant has signed the digest of, or, where it
/// signed none, as the sponsor that it names.
fn may_say(state: &State, by: &Slug, of: &Slug, contact: &str, salt: &[u8]) -> Result<()> {
    let no = |why| HubError::Contact { why };
    let applicant = state.collective(of).filter(|c| c.status == Status::Applied);
    let application = applicant.and_then(|c| c.application.as_ref());
    let Some(application) = application else {
        return Err(no("it is of a collective that can say it itself"));
    };
    let salted = || Digest::of(&[salt, contact.as_bytes()].concat());
    match &application.contact {
        Some(digest) if *digest == salted() => Ok(()),
        Some(_) => Err(no("it is not the one in the application")),
        None if application.sponsor.as_ref() == Some(by) => Ok(()),
        None => Err(no("the application has none, and names another sponsor")),
    }
}
