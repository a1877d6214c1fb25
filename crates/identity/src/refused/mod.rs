//! Why who is at the other end of a connection is refused.

mod chain;
mod tls;

use allot_ledger::Slug;
use jiff::Timestamp;

pub(crate) use self::tls::timestamp;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The caller shows no certificate.
    #[error("the caller has no certificate of this federation")]
    NoCertificate,
    /// A certificate without the one name that ours have.
    #[error("the certificate has no name of a federation in it")]
    NoName,
    /// A name, and not an agent's.
    #[error("the certificate is not an agent's")]
    NoAgent,
    /// Of another federation.
    #[error("the certificate is for the federation {theirs}, this is {ours}")]
    OtherFederation {
        /// The certificate's.
        theirs: Slug,
        /// This one.
        ours: Slug,
    },
    /// Who answers is not the hub.
    #[error("who answers is `{is}` and not the federation's hub")]
    NotThatHub {
        /// What its certificate says.
        is: String,
    },
    /// Who answers has no certificate for answering, such as a member's agent in the hub's place.
    #[error("who answers shows a certificate that is not a hub's")]
    NoHub,
    /// Who answers does not have the CA that was expected.
    #[error("who answers is not of the CA that the invite or the log names")]
    OtherCa,
    /// It counts no more.
    #[error("the certificate counted until {at}")]
    Expired {
        /// Until when.
        at: Timestamp,
    },
    /// It does not count yet.
    #[error("the certificate counts from {at} on")]
    NotYet {
        /// From when.
        at: Timestamp,
    },
    /// The hub's counts no more.
    #[error("the hub's certificate counted until {at}, and here it is {now}")]
    HubEnded {
        /// Until when.
        at: Timestamp,
        /// What this machine's clock says.
        now: Timestamp,
    },
    /// The hub's does not count yet.
    #[error("the hub's certificate counts from {at} on, and here it is {now}")]
    HubNotYet {
        /// From when.
        at: Timestamp,
        /// What this machine's clock says.
        now: Timestamp,
    },
    /// Its collective is not in the federation.
    #[error("{collective} is no member of the federation")]
    NotAdmitted {
        /// Which.
        collective: Slug,
    },
    /// The agent was evicted.
    #[error("the agent {peer} was evicted {since}")]
    Evicted {
        /// Who.
        peer: String,
        /// When.
        since: Timestamp,
    },
    /// The agent was banned.
    #[error("the agent {peer} is banned")]
    Banned {
        /// Who.
        peer: String,
    },
    /// The other side does not take our certificate.
    #[error("the hub does not take this agent's certificate: {why}")]
    ByHub {
        /// What its TLS alert says.
        why: &'static str,
    },
}

impl Refused {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "AL-8201",
            Self::NoName | Self::NoAgent => "AL-8202",
            Self::OtherFederation { .. } | Self::NotThatHub { .. } | Self::NoHub => "AL-8203",
            Self::OtherCa => "AL-8204",
            Self::Expired { .. } | Self::NotYet { .. } => "AL-8205",
            Self::NotAdmitted { .. } => "AL-8206",
            Self::Evicted { .. } | Self::Banned { .. } => "AL-8207",
            Self::ByHub { .. } => "AL-8208",
            Self::HubEnded { .. } | Self::HubNotYet { .. } => "AL-8209",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoCertificate => "join with an invite: `allot federation join`",
            Self::NoName | Self::NoAgent => "use the certificate that the hub gave",
            Self::OtherFederation { .. }
            | Self::NotThatHub { .. }
            | Self::NoHub
            | Self::OtherCa => {
                "do not go on: ask the federation's admins on another way for the hub's address and CA fingerprint"
            }
            Self::Expired { .. } => "ask the federation's admins for a new invite",
            Self::NotYet { .. } => "set the clocks of both machines",
            Self::HubEnded { .. } | Self::HubNotYet { .. } => {
                "set this machine's clock; if it is right, tell the federation's admins"
            }
            Self::NotAdmitted { .. } => "see `allot federation members --all`",
            Self::Evicted { .. } => "find out why; then it may come back with a new invite",
            Self::Banned { .. } => {
                "it cannot come back; another agent of the collective can be invited"
            }
            Self::ByHub { .. } => {
                "see `allot federation status`; a new invite gives a new certificate, unless the agent was banned"
            }
        };
        Some(text.to_owned())
    }
}
