//! Who may apply, and what members say of themselves (M2, M8).

use super::words::{line, not_that, text, too_much};
use crate::{
    entry::{Application, Profile},
    ids::Slug,
    key::PublicKey,
    limits::{MAX_APPLICATIONS, MAX_LINE, MAX_SUMMARY},
    state::{Collective, Refused, State, Status, rotation},
};

impl State {
    /// M2: who is not in may apply; a name stays with who applied with it first.
    pub(super) fn check_apply(
        &self,
        slug: &Slug,
        application: &Application,
    ) -> Result<(), Refused> {
        check_profile(&application.profile)?;
        text("the summary", &application.summary, MAX_SUMMARY)?;
        if let Some(sponsor) = &application.sponsor {
            self.known(sponsor)?;
        }
        match self.collectives.get(slug) {
            None => {
                let waiting = self.collectives.values();
                let waiting = waiting.filter(|c| c.status == Status::Applied).count();
                if waiting >= MAX_APPLICATIONS {
                    return Err(too_much("open applications", MAX_APPLICATIONS));
                }
                self.key_is_free(&application.key)
            }
            Some(known) => match known.status {
                Status::Member | Status::Suspended => Err(not_that(slug, "is a member already")),
                Status::Applied if known.key != application.key => {
                    Err(not_that(slug, "has applied already, with another key"))
                }
                Status::Applied => Ok(()),
                Status::Left | Status::Excluded if known.key == application.key => Ok(()),
                Status::Left | Status::Excluded => self.key_is_free(&application.key),
            },
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

pub(super) fn check_profile(profile: &Profile) -> Result<(), Refused> {
    line("the name", &profile.name)?;
    text(
        "the web site",
        profile.website.as_deref().unwrap_or_default(),
        MAX_LINE,
    )
}
