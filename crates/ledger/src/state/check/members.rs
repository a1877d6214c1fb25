//! Who may apply, and what members say of themselves (M2, M8, M10).

use super::words::{line, not_that, text, too_much};
use crate::{
    entry::{Application, Profile},
    ids::Slug,
    key::PublicKey,
    limits::{MAX_APPLICATIONS, MAX_LINE, MAX_PER_SPONSOR, MAX_SUMMARY},
    state::{Collective, Refused, State, Status, rotation},
};

impl State {
    /// M2, M10, M11: who is not in may apply. A name is whose application waits, and for ever whose was a member.
    pub(super) fn check_apply(
        &self,
        slug: &Slug,
        application: &Application,
    ) -> Result<(), Refused> {
        application.check()?;
        if let Some(sponsor) = &application.sponsor {
            self.known(sponsor)?;
        }
        let known = self.collectives.get(slug);
        match known.map(|c| c.status) {
            Some(Status::Member | Status::Suspended) => {
                return Err(not_that(slug, "is a member already"));
            }
            Some(Status::Applied) => {}
            _ if self.waiting.len() >= MAX_APPLICATIONS => {
                return Err(too_much("open applications", MAX_APPLICATIONS));
            }
            _ => {}
        }
        if self.waiting_beside(slug, application.sponsor.as_ref()) >= MAX_PER_SPONSOR {
            return Err(too_much(
                "open applications with the same sponsor, or with none",
                MAX_PER_SPONSOR,
            ));
        }
        match known {
            Some(known) if known.key == application.key => Ok(()),
            Some(known) if known.status == Status::Applied => {
                Err(not_that(slug, "has applied already, with another key"))
            }
            Some(known) if known.was_member() => Err(not_that(
                slug,
                "was a member with another key: it comes back with that, or with one given by resolution",
            )),
            _ => self.key_is_free(&application.key),
        }
    }

    pub(super) fn check_rotation(
        &self,
        own: &Collective,
        key: &PublicKey,
        proof: &str,
    ) -> Result<(), Refused> {
        self.key_is_free(key)?;
        if rotation::proves_rotation(self.federation, &own.key, key, proof) {
            Ok(())
        } else {
            Err(Refused::BadProof)
        }
    }
}

impl Application {
    /// Whether its words are such that the log takes them, whoever applies: an applicant learns that before a member does.
    ///
    /// # Errors
    /// It has no name, or something in it is too long.
    pub fn check(&self) -> Result<(), Refused> {
        check_profile(&self.profile)?;
        text("the summary", &self.summary, MAX_SUMMARY)
    }

    /// Whether another one says the same. Its contact may be hashed with another salt.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let words = |a: &Self| Self {
            contact: None,
            ..a.clone()
        };
        words(self) == words(other)
    }
}

pub(super) fn check_profile(profile: &Profile) -> Result<(), Refused> {
    line("the name", &profile.name)?;
    text(
        "the web site",
        profile.website.as_deref().unwrap_or_default(),
        MAX_LINE,
    )
}
