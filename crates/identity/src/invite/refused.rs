//! Why an invite is not taken.

use jiff::Timestamp;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A guess, one of another collective, or one that was revoked. Which of these it is, is not told.
    #[error("this invite is not one that this hub has given to that collective")]
    Unknown,
    /// It was used before.
    #[error("this invite was used already, {at}")]
    Used {
        /// When.
        at: Timestamp,
    },
    /// It is too old.
    #[error("this invite could be used until {at}")]
    Expired {
        /// Until when.
        at: Timestamp,
    },
    /// Too many tries.
    #[error("too many tries from this address; again in {seconds} s")]
    TooMany {
        /// When the next one is looked at.
        seconds: u64,
    },
    /// Too many open ones.
    #[error("{collective} has {count} open invites already")]
    TooManyOpen {
        /// Whose.
        collective: String,
        /// How many.
        count: usize,
    },
    /// Longer than an invite can live.
    #[error("an invite can be used for at most {days} days")]
    TooLong {
        /// The most.
        days: i64,
    },
    /// No invite of that number.
    #[error("there is no open invite {id}")]
    NoSuch {
        /// Which.
        id: String,
    },
}

impl Refused {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "AL-8310",
            Self::Used { .. } => "AL-8311",
            Self::Expired { .. } => "AL-8312",
            Self::TooMany { .. } => "AL-8313",
            Self::TooManyOpen { .. } | Self::TooLong { .. } => "AL-8314",
            Self::NoSuch { .. } => "AL-8315",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Unknown | Self::Used { .. } | Self::Expired { .. } => {
                "ask a federation admin for a new one: `allot-hub invite COLLECTIVE`"
            }
            Self::TooMany { .. } => "wait, then try again with the invite as it was sent",
            Self::TooManyOpen { .. } => "revoke what is not needed: `allot-hub invite --revoke ID`",
            Self::TooLong { .. } => "choose a shorter life, and make a new one when it is over",
            Self::NoSuch { .. } => "`allot-hub invite --list` shows them",
        };
        Some(text.to_owned())
    }
}
