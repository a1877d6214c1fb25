//! Who may have an invite.

use super::{Refused, State, Status};
use crate::ids::Slug;

impl State {
    /// M4: founders and those that a passed resolution admitted, as long as they are members; nobody else.
    ///
    /// # Errors
    /// It may not, and why.
    pub fn may_be_invited(&self, slug: &Slug) -> Result<(), Refused> {
        let is_not = match self.collectives.get(slug).map(|c| c.status) {
            Some(Status::Member | Status::Suspended) => return Ok(()),
            Some(Status::Applied) => {
                "has applied and is not admitted: members decide by resolution"
            }
            Some(Status::Left) => "has left the federation, or taken its application back",
            Some(Status::Excluded) => "was excluded",
            Some(Status::Declined) => "has applied and was not admitted",
            Some(Status::Expired) => "has applied, and nobody proposed to admit it in time",
            None => "is not known to the federation",
        };
        Err(Refused::NotThat {
            collective: slug.clone(),
            is_not,
        })
    }
}
