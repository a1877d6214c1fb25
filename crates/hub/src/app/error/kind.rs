//! How a caller should take what the hub says.

use allot_identity::{IdentityError, invite};
use allot_ledger::state;
use allot_proto::ErrorKind;
use allot_replica::ReplicaError;
use allot_store::JournalError;

use super::HubError;

impl HubError {
    /// How a caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Rules(e) => of_rules(e),
            Self::Log(_) | Self::Leaf(_) | Self::Slug(_) | Self::Name(_) => ErrorKind::Invalid,
            Self::Replica(ReplicaError::Journal(e)) | Self::Private(e) => of_journal(e),
            Self::Invite(e) => of_invite(e),
            Self::Caller(_)
            | Self::NotYours { .. }
            | Self::NoVoter { .. }
            | Self::NoAdmin { .. } => ErrorKind::Denied,
            Self::Certificate(IdentityError::Request { .. })
            | Self::Text { .. }
            | Self::MessageTooLarge
            | Self::Contact { .. }
            | Self::Malformed { .. } => ErrorKind::Invalid,
            Self::Overloaded
            | Self::DiskFull
            | Self::TooOften { .. }
            | Self::TooMuchAtOnce { .. }
            | Self::TooManySeats { .. } => ErrorKind::Exhausted,
            // Whether what was handed in is in the log is not known.
            Self::Stopping => ErrorKind::Unavailable,
            Self::Certificate(IdentityError::IssuerEnded { .. })
            | Self::Address(_)
            | Self::TooOld { .. }
            | Self::Ahead { .. }
            | Self::ClockBehind { .. }
            | Self::ClockAhead { .. }
            | Self::NotWhatWasSigned { .. }
            | Self::NotTheHub => ErrorKind::Precondition,
            Self::NoCheckpoint { .. } | Self::NoText { .. } => ErrorKind::NotFound,
            Self::DiskFailed
            | Self::Replica(_)
            | Self::Store(_)
            | Self::Certificate(_)
            | Self::Home(_)
            | Self::Record { .. }
            | Self::Encode(_)
            | Self::Worker { .. } => ErrorKind::Internal,
        }
    }
}

fn of_rules(refused: &state::Refused) -> ErrorKind {
    use allot_ledger::entry::BadEnvelope;
    use state::Refused as R;
    match refused {
        R::Envelope(BadEnvelope::WrongSignature { .. })
        | R::Stranger { .. }
        | R::NotAllowed { .. }
        | R::NotInElectorate { .. }
        | R::NotProposer { .. }
        | R::OtherFederation { .. } => ErrorKind::Denied,
        R::Envelope(_)
        | R::NoReason { .. }
        | R::TooSmall { .. }
        | R::BadDeadline { .. }
        | R::TooMuch { .. }
        | R::Malformed { .. }
        | R::BadProof => ErrorKind::Invalid,
        R::Replayed { .. } | R::KeyTaken { .. } | R::NumberTaken { .. } => ErrorKind::Exists,
        R::Gap { .. } => ErrorKind::Busy,
        R::NoSuchResolution { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Precondition,
    }
}

fn of_invite(refused: &invite::Refused) -> ErrorKind {
    use invite::Refused as R;
    match refused {
        R::Unknown | R::Used { .. } | R::Expired { .. } => ErrorKind::Denied,
        R::TooMany { .. } | R::TooManyOpen { .. } => ErrorKind::Exhausted,
        R::NoSuch { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Invalid,
    }
}

fn of_journal(error: &JournalError) -> ErrorKind {
    match error {
        JournalError::Full { .. } => ErrorKind::Exhausted,
        JournalError::TooLarge { .. } => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    }
}
