//! Why something in the federation was not done.

use std::path::PathBuf;

use allot_identity::{BadName, IdentityError, invite::BadInvite};
use allot_ledger::{
    BadKey, BadSlug, Digest, Slug,
    entry::{BadEnvelope, BadLeaf},
    log,
};
use allot_proto::ErrorKind;
use allot_replica::ReplicaError;
use jiff::Timestamp;

use super::{
    credential::CredentialError, home::FileError, hub::HubError, keys::KeyError, told::Told,
};

/// Result of something in the federation.
pub type Result<T> = std::result::Result<T, FederationError>;

/// Codes of what a log shows that is shorter than what was seen, or another one: rollback, fork, entries that do not
/// belong to their checkpoint, entries that do not come after those that are here.
const OF_ANOTHER_LOG: [&str; 4] = ["AL-8104", "AL-8105", "AL-8106", "AL-8602"];

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The log on disk, or what came and does not hold.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// A checkpoint, or what it stands for.
    #[error(transparent)]
    Log(#[from] log::Refused),
    /// What the rules would say to it.
    #[error(transparent)]
    Rules(#[from] allot_ledger::state::Refused),
    /// What was pasted as an invite.
    #[error(transparent)]
    Invite(#[from] BadInvite),
    /// A short name.
    #[error(transparent)]
    Slug(#[from] BadSlug),
    /// An agent's name.
    #[error(transparent)]
    Name(#[from] BadName),
    /// A recipe's name, a version, or a commit.
    #[error(transparent)]
    RecipeName(#[from] allot_ledger::BadName),
    /// A public key.
    #[error(transparent)]
    PublicKey(#[from] BadKey),
    /// An entry that cannot be made.
    #[error(transparent)]
    Envelope(#[from] BadEnvelope),
    /// An entry of the log that cannot be read.
    #[error(transparent)]
    Leaf(#[from] BadLeaf),
    /// Keys of a certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),

    /// Something that happened before.
    #[error("{}", .0.message)]
    Told(Box<Told>),
    /// Its files are of no use.
    #[error("what this agent knows of its federation cannot be read: {why}")]
    Unusable {
        /// Why.
        why: String,
    },
    /// There is no federation here.
    #[error("this agent is in no federation")]
    NotJoined,
    /// It is in another one.
    #[error(
        "this agent is in the federation {ours} ({ours_genesis}); this is of {theirs} ({theirs_genesis})"
    )]
    OtherFederation {
        /// What it is in.
        ours: Slug,
        /// Its first entry.
        ours_genesis: Digest,
        /// The other.
        theirs: String,
        /// Its first entry.
        theirs_genesis: Digest,
    },
    /// The hub's log begins otherwise than the invite says.
    #[error("the log of the hub begins with {found}, the invite says {wanted}")]
    OtherGenesis {
        /// What the hub showed.
        found: Digest,
        /// What the invite named.
        wanted: Digest,
    },
    /// An invite for somebody else.
    #[error("the invite is for {theirs}, and this is an agent of {ours}")]
    OtherCollective {
        /// Whose agent this is.
        ours: Slug,
        /// Whom the invite is for.
        theirs: Slug,
    },
    /// Who answers is not the hub that the log names.
    #[error(
        "the hub at {address} has the CA {theirs}, and the log says that the federation's hub has {ours}"
    )]
    OtherCa {
        /// Where it is.
        address: String,
        /// What it has, as its invite said.
        theirs: Digest,
        /// What the log says.
        ours: Digest,
    },
    /// The hub's log is not the one that was seen.
    #[error("the new hub has not all that this agent has seen: {}", told.message)]
    HasLess {
        /// What it showed.
        told: Box<Told>,
    },
    /// Nothing is given up for it.
    #[error("too few members have accepted the new hub for anything to be given up for it")]
    NotAccepted,
    /// It is no loss, or not only.
    #[error(
        "the log of the new hub parts from what this agent has seen at entry {entry}, and no hub took over there"
    )]
    PartsElsewhere {
        /// Where.
        entry: u64,
    },
    /// There is no hub to go back to.
    #[error("there is no hub before this one that the agent could go back to")]
    NoHubBefore,
    /// One at a time.
    #[error("the log is being verified for somebody else")]
    Verifying,
    /// An invite was spent, and nothing kept for it.
    #[error("this agent spent an invite to {federation} and has no certificate for it")]
    NoCertificate {
        /// Which federation.
        federation: Slug,
    },
    /// It counts no more.
    #[error("this agent's certificate ended {at}")]
    CertificateEnded {
        /// When.
        at: Timestamp,
    },
    /// Nothing can be written or asked now.
    #[error("the hub at {address} is away, and nothing is kept for later")]
    HubAway {
        /// Where it should be.
        address: String,
    },
    /// The log is not here yet.
    #[error("the federation's log is not here yet: {why}")]
    NoLogYet {
        /// Why.
        why: &'static str,
    },
    /// It cannot be said whether it was written.
    #[error("the hub has not said whether it took the entry, and it is not in the log so far")]
    Unanswered {
        /// What was the matter with the answer.
        #[source]
        source: Box<HubError>,
    },
    /// It was promised, and did not come.
    #[error(
        "the hub says that the entry is in the log as {index}, and has not sent it within {seconds} s"
    )]
    NotShown {
        /// Where it should be.
        index: u64,
        /// How long was waited.
        seconds: u64,
    },
    /// The hub's answer does not hold.
    #[error("the hub's answer does not hold: {why}")]
    FalseAnswer {
        /// What of it.
        why: String,
    },
    /// What a hub sent and no log has.
    #[error("the hub sends what cannot be: {why}")]
    BadStretch {
        /// What of it.
        why: String,
    },
    /// Others of the collective write faster.
    #[error(
        "other agents of the collective write at the same time; the entry was not written after {tries} tries"
    )]
    Outrun {
        /// How often it was tried.
        tries: u32,
    },
    /// Nothing comes.
    #[error("the hub has sent nothing for {seconds} s, not even a sign of life")]
    Silent {
        /// How long.
        seconds: u64,
    },
    /// It was proven.
    #[error("the hub has signed two histories; the proof is in {}", proof.display())]
    Equivocated {
        /// Where.
        proof: PathBuf,
    },
    /// The collective acts on nothing that too few have seen.
    #[error(
        "entry {entry} is witnessed by {witnesses} of {members} members, and this collective acts only on what {needed} \
         have witnessed"
    )]
    TooFewWitnesses {
        /// Which entry.
        entry: u64,
        /// How many have.
        witnesses: usize,
        /// How many must.
        needed: usize,
        /// How many there are.
        members: usize,
    },
    /// What a caller sent.
    #[error("{what} {why}")]
    BadRequest {
        /// What.
        what: &'static str,
        /// What of it.
        why: String,
    },
    /// There is no such thing.
    #[error("there is no {what} {which}")]
    NotFound {
        /// What.
        what: &'static str,
        /// Which.
        which: String,
    },
    /// A task ended before its time.
    #[error("a worker of the agent died: {what}")]
    Worker {
        /// What it said.
        what: String,
    },
}

impl FederationError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File(e) => e.code(),
            Self::Key(e) => e.code(),
            Self::Credential(e) => e.code(),
            Self::Hub(e) => e.code(),
            Self::Replica(e) => e.code(),
            Self::Log(e) => e.code(),
            Self::Rules(e) => e.code(),
            Self::Invite(e) => e.code(),
            Self::Slug(e) => e.code(),
            Self::Name(e) => e.code(),
            Self::RecipeName(e) => e.code(),
            Self::PublicKey(e) => e.code(),
            Self::Envelope(e) => e.code(),
            Self::Leaf(e) => e.code(),
            Self::Identity(e) => e.code(),
            Self::Told(told) => &told.code,
            Self::Unusable { .. } => "AL-8824",
            Self::NotJoined => "AL-8801",
            Self::HubAway { .. } => "AL-8802",
            Self::CertificateEnded { .. } => "AL-8804",
            Self::NoCertificate { .. } => "AL-8805",
            Self::OtherFederation { .. } | Self::OtherGenesis { .. } => "AL-8806",
            Self::OtherCollective { .. } => "AL-8807",
            Self::Unanswered { .. } | Self::NotShown { .. } => "AL-8810",
            Self::FalseAnswer { .. } => "AL-8811",
            Self::BadStretch { .. } => "AL-8812",
            Self::NoLogYet { .. } => "AL-8814",
            Self::Outrun { .. } => "AL-8816",
            Self::BadRequest { .. } => "AL-8817",
            Self::NotFound { .. } => "AL-8818",
            Self::Silent { .. } => "AL-8820",
            Self::Equivocated { .. } => "AL-8821",
            Self::Worker { .. } => "AL-8823",
            Self::OtherCa { .. } => "AL-8826",
            Self::NoHubBefore => "AL-8827",
            Self::HasLess { .. } => "AL-8829",
            Self::NotAccepted | Self::PartsElsewhere { .. } => "AL-8830",
            Self::Verifying => "AL-8828",
            Self::TooFewWitnesses { .. } => "AL-8840",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::File(e) => return e.help(),
            Self::Key(e) => return e.help(),
            Self::Credential(e) => return e.help(),
            Self::Hub(e) => return e.help(),
            Self::Replica(e) => return e.help(),
            Self::Log(e) => return e.help(),
            Self::Rules(e) => return e.help(),
            Self::Invite(e) => return e.help(),
            Self::Slug(e) => return e.help(),
            Self::Name(e) => return e.help(),
            Self::RecipeName(e) => return e.help(),
            Self::PublicKey(e) => return e.help(),
            Self::Envelope(e) => return e.help(),
            Self::Leaf(e) => return e.help(),
            Self::Identity(e) => return e.help(),
            Self::Told(told) => &told.help,
            Self::Unusable { .. } => {
                "`allot federation status` says what is wrong; apps are looked after as before"
            }
            Self::NotJoined => "join one with an invite: `allot federation join`",
            Self::OtherFederation { .. } => {
                "one agent is in one federation; run another agent for the other one"
            }
            Self::OtherGenesis { .. } => {
                "do not go on: ask the federation's admins on another way which hash is theirs"
            }
            Self::OtherCollective { .. } => "ask for an invite for this collective",
            Self::OtherCa { .. } => {
                "nothing is written through it: ask the federation's admins on another way where their hub is, and for a \
                 new invite"
            }
            Self::NoHubBefore => {
                "that is so once enough members have accepted the new hub, or when the agent has joined at one only"
            }
            Self::HasLess { .. } => {
                "rebuild the hub from this agent's export, and nothing is lost: `allot ledger export`. Once enough members \
                 have accepted it as it is, a new invite and `allot federation join --knowing-loss` say what is gone, and go on"
            }
            Self::NotAccepted => {
                "wait until more than half of the members have accepted it, and ask for a new invite; or rebuild the hub \
                 from this agent's export: `allot ledger export`"
            }
            Self::PartsElsewhere { .. } => {
                "nothing of it was taken: compare with other members (`allot ledger compare`), and ask the hub's admins on \
                 another way what their hub was made from"
            }
            Self::NoCertificate { .. } | Self::CertificateEnded { .. } => {
                "an invite counts once: ask the federation's admins for a new one, then `allot federation join`; the \
                 log that is here stays"
            }
            Self::HubAway { .. } => {
                "see `allot federation status`, and try again when the hub is back"
            }
            Self::NoLogYet { .. } => "see `allot federation status`, and try again in a moment",
            Self::Unanswered { .. } | Self::NotShown { .. } => {
                "look whether it is there before you try again: `allot ledger show`"
            }
            Self::FalseAnswer { .. } | Self::BadStretch { .. } => {
                "tell the hub's admins and the other members; nothing of it was taken"
            }
            Self::Outrun { .. } | Self::Verifying => "try again when the others are done",
            Self::Silent { .. } => {
                "the agent connects again by itself; if it stays, tell the hub's admins"
            }
            Self::Equivocated { .. } => {
                "send the proof to the other members: it convinces anybody. Then rebuild the hub with new keys from a \
                 member that has the right history"
            }
            Self::TooFewWitnesses { .. } => {
                "try again when more agents are at the hub; if it stays, the hub may show each member another log: compare \
                 with another member (`allot ledger status --checkpoint`, `allot ledger compare`)"
            }
            Self::BadRequest { .. } => "mend it and try again",
            Self::NotFound { .. } => {
                "`allot resolution list` and `allot ledger show` list what there is"
            }
            Self::Worker { .. } => "this is a fault of the agent: please report it with its log",
        };
        Some(text.to_owned())
    }

    /// How a caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Hub(e) => e.kind(),
            Self::Told(told) => told.kind,
            Self::Unusable { .. } => ErrorKind::Internal,
            Self::Key(KeyError::Missing | KeyError::Replaced { .. }) => ErrorKind::Precondition,
            Self::Key(KeyError::Exists { .. }) => ErrorKind::Exists,
            Self::Credential(CredentialError::NotOurs { .. }) => ErrorKind::Denied,
            Self::File(_) | Self::Key(_) | Self::Credential(_) | Self::Identity(_) => {
                ErrorKind::Internal
            }
            Self::Replica(ReplicaError::Log(_) | ReplicaError::Rules { .. }) => ErrorKind::Denied,
            Self::Replica(_) | Self::Leaf(_) | Self::Worker { .. } => ErrorKind::Internal,
            Self::Log(_)
            | Self::OtherGenesis { .. }
            | Self::OtherCa { .. }
            | Self::HasLess { .. }
            | Self::PartsElsewhere { .. }
            | Self::FalseAnswer { .. }
            | Self::BadStretch { .. }
            | Self::TooFewWitnesses { .. }
            | Self::Equivocated { .. } => ErrorKind::Denied,
            Self::Rules(_)
            | Self::Invite(_)
            | Self::Slug(_)
            | Self::Name(_)
            | Self::RecipeName(_)
            | Self::PublicKey(_)
            | Self::Envelope(_)
            | Self::BadRequest { .. } => ErrorKind::Invalid,
            Self::NotJoined
            | Self::NoHubBefore
            | Self::NotAccepted
            | Self::OtherFederation { .. }
            | Self::OtherCollective { .. }
            | Self::NoCertificate { .. }
            | Self::CertificateEnded { .. } => ErrorKind::Precondition,
            Self::HubAway { .. }
            | Self::NoLogYet { .. }
            | Self::Unanswered { .. }
            | Self::NotShown { .. }
            | Self::Silent { .. } => ErrorKind::Unavailable,
            Self::Outrun { .. } | Self::Verifying => ErrorKind::Busy,
            Self::NotFound { .. } => ErrorKind::NotFound,
        }
    }

    /// Whether the hub showed something that cannot be believed: it is kept as a problem, and the hub is asked again
    /// only slowly.
    #[must_use]
    pub fn is_distrust(&self) -> bool {
        match self {
            Self::Log(_)
            | Self::BadStretch { .. }
            | Self::FalseAnswer { .. }
            | Self::OtherGenesis { .. }
            | Self::HasLess { .. }
            | Self::PartsElsewhere { .. }
            | Self::OtherCa { .. } => true,
            Self::Leaf(_) => true,
            Self::Told(told) => told.is_distrust,
            Self::Hub(HubError::TooLarge { .. } | HubError::Nonsense { .. }) => true,
            Self::Replica(error) => matches!(
                error,
                ReplicaError::Log(_) | ReplicaError::Leaf { .. } | ReplicaError::Rules { .. }
            ),
            _ => false,
        }
    }

    /// Whether what the hub showed may be another log, or less of it, than was seen.
    #[must_use]
    pub fn is_of_another_log(&self) -> bool {
        OF_ANOTHER_LOG.contains(&self.code())
    }

    /// Whether it is the own disk that is wrong.
    #[must_use]
    pub fn is_own(&self) -> bool {
        let credential = |e: &CredentialError| !matches!(e, CredentialError::NotOurs { .. });
        match self {
            Self::Credential(e) => credential(e),
            Self::File(_) | Self::Replica(_) | Self::Worker { .. } => !self.is_distrust(),
            _ => false,
        }
    }

    /// Whether trying again soon is of use.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Hub(error) => error.is_away(),
            Self::Told(told) => told.is_passing,
            Self::Silent { .. } => true,
            _ => false,
        }
    }
}
