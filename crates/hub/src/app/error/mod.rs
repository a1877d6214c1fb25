//! Why the hub says no.

mod kind;

use allot_identity::{BadName, IdentityError, invite};
use allot_ledger::{BadSlug, entry::BadLeaf, log, state};
use allot_replica::{NotTaken, ReplicaError};
use allot_store::{IndexError, JournalError, StoreError};
use jiff::Timestamp;

use crate::home::HomeError;

/// The hub's answer, or why there is none.
pub type Result<T> = std::result::Result<T, HubError>;

/// Why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The rules of the federation.
    #[error(transparent)]
    Rules(#[from] state::Refused),
    /// A checkpoint, or a cosignature of one.
    #[error(transparent)]
    Log(#[from] log::Refused),
    /// The entry makes no leaf.
    #[error(transparent)]
    Leaf(#[from] BadLeaf),
    /// The log on disk.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// An invite.
    #[error(transparent)]
    Invite(#[from] invite::Refused),
    /// The address in the settings is none.
    #[error(transparent)]
    Address(#[from] invite::BadInvite),
    /// Who is calling.
    #[error(transparent)]
    Caller(#[from] allot_identity::Refused),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] IdentityError),
    /// The name of a collective.
    #[error(transparent)]
    Slug(#[from] BadSlug),
    /// The name of an agent.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The private journal.
    #[error(transparent)]
    Private(#[from] JournalError),
    /// The private store, its index above all.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the hub's.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Too many entries wait to be written, or too many calls to be looked at.
    #[error("the hub has more to do than it can; nothing of this was taken")]
    Overloaded,
    /// The calls of one agent, or of one collective's agents, have all the room that there is for one.
    #[error("{who} has as much under way as one {what} may; nothing of this was taken")]
    TooMuchAtOnce {
        /// Which.
        who: String,
        /// Agent or collective.
        what: &'static str,
    },
    /// A message that is larger than the method takes.
    #[error("the message is larger than such a call may have; it was not read")]
    MessageTooLarge,
    /// No room; it was said a moment ago, and is not tried again at once.
    #[error("the hub's disk is full; nothing of this was taken")]
    DiskFull,
    /// The disk failed under this entry's batch.
    #[error("the hub's disk failed; nothing of this was taken")]
    DiskFailed,
    /// An entry that somebody else has to bring.
    #[error("an agent of {caller} may not bring an entry `{kind}` of {author}")]
    NotYours {
        /// Who brings it.
        caller: String,
        /// Whose it is.
        author: String,
        /// What it is.
        kind: &'static str,
    },
    /// More than a collective or an agent may ask for in a while.
    #[error("{who} has asked for too much; again in {seconds} s")]
    TooOften {
        /// Who.
        who: String,
        /// When again.
        seconds: u64,
    },
    /// The machine's clock is behind.
    #[error(
        "the hub's clock says {now}, and it has signed {signed} before: it writes nothing until the clock is right"
    )]
    ClockBehind {
        /// What was signed.
        signed: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The machine's clock was set forward while the hub ran.
    #[error(
        "the hub's clock says {now}, and by the time that has passed it is {expected}: it writes nothing until the clock is right"
    )]
    ClockAhead {
        /// What the clock says.
        now: Timestamp,
        /// What it would say if nobody had set it.
        expected: Timestamp,
    },
    /// The log is not the one that was signed.
    #[error(
        "the log has {size} entries and another root than the hub has signed for {signed} entries"
    )]
    NotWhatWasSigned {
        /// Entries of the log.
        size: u64,
        /// Entries that were signed.
        signed: u64,
    },
    /// The keys are not the ones that the log names.
    #[error("the keys of this hub are not the ones that the log names")]
    NotTheHub,
    /// It ends.
    #[error("the hub is being stopped")]
    Stopping,
    /// The caller is no member with a vote.
    #[error("{caller} is no member with a vote, and {method} is for those")]
    NoVoter {
        /// Who.
        caller: String,
        /// What was called.
        method: String,
    },
    /// A command for those who run the hub.
    #[error("{who} may not look after this hub")]
    NoAdmin {
        /// Who.
        who: String,
    },
    /// The client needs a newer hub.
    #[error("this hub is {server}, the client needs {wanted}")]
    TooOld {
        /// This version.
        server: &'static str,
        /// What is needed.
        wanted: String,
    },
    /// A checkpoint that the hub never showed, or long ago.
    #[error("the hub has no checkpoint of {size} entries that cosignatures are gathered for")]
    NoCheckpoint {
        /// Which.
        size: u64,
    },
    /// The other side has more entries.
    #[error("the log has {ours} entries here, and the caller has {theirs}")]
    Ahead {
        /// Entries here.
        ours: u64,
        /// Entries there.
        theirs: u64,
    },
    /// Streams of one agent.
    #[error("{agent} follows the log {count} times already")]
    TooManySeats {
        /// Which.
        agent: String,
        /// How often.
        count: usize,
    },
    /// A text cannot be kept.
    #[error("the text is not kept: {why}")]
    Text {
        /// Why.
        why: String,
    },
    /// No such text.
    #[error("the hub has no text {sha256}")]
    NoText {
        /// Which.
        sha256: String,
    },
    /// A contact cannot be kept.
    #[error("the contact is not kept: {why}")]
    Contact {
        /// Why.
        why: &'static str,
    },
    /// An argument that is none.
    #[error("{what} is not as it must be: {why}")]
    Malformed {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A record of the private journal cannot be read.
    #[error("record {seq} of the hub's private journal cannot be read")]
    Record {
        /// Which.
        seq: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A record cannot be written.
    #[error("a record for the hub's private journal cannot be made")]
    Encode(#[from] serde_json::Error),
    /// A task of ours died.
    #[error("a task of the hub ended early: {what}")]
    Worker {
        /// What it said.
        what: String,
    },
}

impl From<IndexError> for HubError {
    fn from(error: IndexError) -> Self {
        Self::Store(error.into())
    }
}

impl From<NotTaken> for HubError {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Leaf(e) => Self::Leaf(e),
            NotTaken::Rules(e) => Self::Rules(e),
        }
    }
}

impl HubError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rules(e) => e.code(),
            Self::Log(e) => e.code(),
            Self::Leaf(e) => e.code(),
            Self::Replica(e) => e.code(),
            Self::Invite(e) => e.code(),
            Self::Address(e) => e.code(),
            Self::Caller(e) => e.code(),
            Self::Certificate(e) => e.code(),
            Self::Slug(e) => e.code(),
            Self::Name(e) => e.code(),
            Self::Private(e) => e.code(),
            Self::Store(e) => e.code(),
            Self::Home(e) => e.code(),
            Self::Overloaded => "AL-8701",
            Self::DiskFull => "AL-3008",
            Self::DiskFailed => "AL-3009",
            Self::NotYours { .. } => "AL-8702",
            Self::TooOften { .. } => "AL-8703",
            Self::ClockBehind { .. } => "AL-8704",
            Self::NotWhatWasSigned { .. } => "AL-8705",
            Self::NotTheHub => "AL-8706",
            Self::Stopping => "AL-8707",
            Self::NoVoter { .. } => "AL-8708",
            Self::NoAdmin { .. } => "AL-8709",
            Self::TooOld { .. } => "AL-6010",
            Self::NoCheckpoint { .. } => "AL-8710",
            Self::Ahead { .. } => "AL-8711",
            Self::TooManySeats { .. } => "AL-8712",
            Self::Text { .. } => "AL-8713",
            Self::NoText { .. } => "AL-8714",
            Self::Contact { .. } => "AL-8715",
            Self::Malformed { .. } => "AL-8716",
            Self::Record { .. } | Self::Encode(_) => "AL-8717",
            Self::Worker { .. } => "AL-8718",
            Self::TooMuchAtOnce { .. } => "AL-8731",
            Self::ClockAhead { .. } => "AL-8732",
            Self::MessageTooLarge => "AL-8733",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Rules(e) => return e.help(),
            Self::Log(e) => return e.help(),
            Self::Leaf(e) => return e.help(),
            Self::Replica(e) => return e.help(),
            Self::Invite(e) => return e.help(),
            Self::Address(e) => return e.help(),
            Self::Caller(e) => return e.help(),
            Self::Certificate(e) => return e.help(),
            Self::Slug(e) => return e.help(),
            Self::Name(e) => return e.help(),
            Self::Private(e) => return e.help(),
            Self::Store(e) => return e.help(),
            Self::Home(e) => return e.help(),
            Self::Overloaded => "try again in a while",
            Self::TooMuchAtOnce { .. } => "try again when its other calls are over",
            Self::MessageTooLarge => "see docs/reference/limits.md for what a call may have",
            Self::DiskFull | Self::DiskFailed => {
                "tell the federation's admins, and try again later"
            }
            Self::NotYours { .. } => {
                "each collective's own agent brings its entries; a member brings an applicant's, and the sponsor one that names \
                 a sponsor"
            }
            Self::TooOften { .. } => "wait; the hub's admins can change the bound in hub.toml",
            Self::ClockBehind { .. } => "set the clock of the hub's machine (NTP)",
            Self::ClockAhead { .. } => {
                "set the clock of the hub's machine (NTP); if what it says now is right, restart the hub"
            }
            Self::NotWhatWasSigned { .. } => {
                "entries are missing that agents have seen: get them back from a member's export with `allot-hub store repair --from DIR`"
            }
            Self::NotTheHub => "restore the hub's directory from one backup, all of the same day",
            Self::Stopping => "try again when it is back",
            Self::NoVoter { .. } => "see `allot federation members --all`",
            Self::NoAdmin { .. } => {
                "use root, the hub's own user, or the group that hub.toml names for its socket"
            }
            Self::TooOld { .. } => "upgrade the hub, or use an older client",
            Self::NoCheckpoint { .. } => "cosign a newer one: only the newest are kept",
            Self::Ahead { .. } => {
                "the hub has lost entries, or this is not its log: tell its admins, and keep what you have"
            }
            Self::TooManySeats { .. } => "give an agent to each machine, with a name of its own",
            Self::Text { .. } => {
                "a text is UTF-8, has at most 1 MiB, and is handed in before the entry that names it"
            }
            Self::NoText { .. } => "another member may have it",
            Self::Contact { .. } => "give an e-mail address or a Matrix id, and nothing else",
            Self::Malformed { .. } => "use `allot`, which writes it right",
            Self::Record { .. } => "use the version that wrote it, or see docs/errors/AL-8717.md",
            Self::Encode(_) | Self::Worker { .. } => "tell the people who make Allotment",
        };
        Some(text.to_owned())
    }
}
