//! Why a checkpoint, or what it is to prove, is refused.

use jiff::Timestamp;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No checkpoint, or none of ours.
    #[error("this is no checkpoint: {why}")]
    Malformed {
        /// What of it.
        why: &'static str,
    },
    /// Of another log.
    #[error("the checkpoint is of the log {theirs}, not {ours}")]
    OtherLog {
        /// Its origin.
        theirs: String,
        /// The one expected.
        ours: String,
    },
    /// Not signed with the log's key.
    #[error("the checkpoint is not signed with the key of the log {origin}")]
    NotSigned {
        /// Which log.
        origin: String,
    },
    /// The log became shorter.
    #[error("the hub shows a log of {theirs} entries; {ours} were seen before (rollback)")]
    Rollback {
        /// Entries it shows.
        theirs: u64,
        /// Entries seen.
        ours: u64,
    },
    /// Two histories.
    #[error("at {size} entries the hub signed another log than this agent has (fork)")]
    Fork {
        /// Where.
        size: u64,
    },
    /// The leaves do not make the tree that was signed.
    #[error(
        "the entries that came do not make the tree of {size} entries that the hub signed (mix-and-match)"
    )]
    Mixed {
        /// Its size.
        size: u64,
    },
    /// The hub has not signed its clock for too long.
    #[error("the hub's newest sign of life is of {newest}, {seconds} s ago (freeze)")]
    Frozen {
        /// Its newest clock.
        newest: Timestamp,
        /// How long ago.
        seconds: i64,
    },
    /// The hub's clock went back.
    #[error("the hub's clock says {theirs}, after it said {ours}")]
    ClockBack {
        /// What it says.
        theirs: Timestamp,
        /// What it said.
        ours: Timestamp,
    },
    /// The hub's clock, or ours, is wrong.
    #[error("the hub's clock says {theirs}, this machine's {ours}")]
    ClockAhead {
        /// What the hub's says.
        theirs: Timestamp,
        /// What ours says.
        ours: Timestamp,
    },
    /// An entry with a time before one that the hub had signed.
    #[error("entry {index} has the time {time}; the hub had signed {floor} before it (backdated)")]
    Backdated {
        /// Which.
        index: u64,
        /// Its time.
        time: Timestamp,
        /// What was signed.
        floor: Timestamp,
    },
    /// An entry of a time that is still to come.
    #[error("entry {index} has the time {time}, and this machine's clock says {ours}")]
    Early {
        /// Which.
        index: u64,
        /// Its time.
        time: Timestamp,
        /// What ours says.
        ours: Timestamp,
    },
    /// A proof that shows nothing.
    #[error("the proof does not show that entry {index} is in the log of {size} entries")]
    NotIncluded {
        /// Which.
        index: u64,
        /// In which log.
        size: u64,
    },
    /// A proof that shows nothing.
    #[error("the proof does not show that the log of {new} entries begins with that of {old}")]
    Inconsistent {
        /// The older size.
        old: u64,
        /// The newer one.
        new: u64,
    },
    /// Not by a member.
    #[error("the cosignature is not by a member: {name}")]
    NoWitness {
        /// The name on it.
        name: String,
    },
    /// The two checkpoints agree.
    #[error("the two checkpoints do not contradict each other")]
    NoContradiction,
}

impl Refused {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "AL-8101",
            Self::OtherLog { .. } => "AL-8102",
            Self::NotSigned { .. } => "AL-8103",
            Self::Rollback { .. } => "AL-8104",
            Self::Fork { .. } => "AL-8105",
            Self::Mixed { .. } => "AL-8106",
            Self::Frozen { .. } => "AL-8107",
            Self::ClockBack { .. } | Self::ClockAhead { .. } | Self::Early { .. } => "AL-8108",
            Self::Backdated { .. } => "AL-8109",
            Self::NotIncluded { .. } | Self::Inconsistent { .. } => "AL-8110",
            Self::NoWitness { .. } => "AL-8111",
            Self::NoContradiction => "AL-8112",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Malformed { .. } => "copy it whole, from `— ` lines to the blank line and above",
            Self::OtherLog { .. } | Self::NotSigned { .. } => {
                "this may be another hub: compare keys with other members before you trust it"
            }
            Self::Rollback { .. } => {
                "the hub has lost entries, or hides them: tell its admins and the other members"
            }
            Self::Fork { .. } => {
                "compare with other members: `allot ledger compare FILE`; what proves it is kept"
            }
            Self::Mixed { .. } => "tell the hub's admins; nothing of it was taken",
            Self::Frozen { .. } => {
                "ask other members whether they see newer entries; the hub may be down, or hold them back"
            }
            Self::ClockBack { .. } | Self::ClockAhead { .. } | Self::Early { .. } => {
                "set this machine's clock (NTP); if it is right, tell the hub's admins"
            }
            Self::Backdated { .. } => {
                "the hub tried to move a deadline: tell the other members; nothing of it was taken"
            }
            Self::NotIncluded { .. } | Self::Inconsistent { .. } => {
                "try again; if it stays, tell the hub's admins and the other members"
            }
            Self::NoWitness { .. } => "only members' keys count as witnesses",
            Self::NoContradiction => "nothing is wrong",
        };
        Some(text.to_owned())
    }
}
