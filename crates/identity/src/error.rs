//! Why a caller is refused, and why a certificate cannot be made.

use allot_ledger::Slug;
use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError};

/// Why who is at the other end of a connection is refused.
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
            Self::OtherFederation { .. } | Self::NotThatHub { .. } => "AL-8203",
            Self::OtherCa => "AL-8204",
            Self::Expired { .. } | Self::NotYet { .. } => "AL-8205",
            Self::NotAdmitted { .. } => "AL-8206",
            Self::Evicted { .. } | Self::Banned { .. } => "AL-8207",
            Self::ByHub { .. } => "AL-8208",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoCertificate => "join with an invite: `allot federation join`",
            Self::NoName | Self::NoAgent => "use the certificate that the hub gave",
            Self::OtherFederation { .. } | Self::NotThatHub { .. } | Self::OtherCa => {
                "do not go on: ask the federation's admins on another way for the hub's address and CA fingerprint"
            }
            Self::Expired { .. } => "ask the federation's admins for a new invite",
            Self::NotYet { .. } => "set the clocks of both machines",
            Self::NotAdmitted { .. } => "see `allot federation members --all`",
            Self::Evicted { .. } => "find out why; then it may come back with a new invite",
            Self::Banned { .. } => "it cannot come back; another agent of the collective can be invited",
            Self::ByHub { .. } => {
                "see `allot federation status`; a new invite gives a new certificate, unless the agent was evicted"
            }
        };
        Some(text.to_owned())
    }

    /// How TLS says it to the other side.
    pub(crate) fn into_tls(self) -> rustls::Error {
        let said = match &self {
            Self::Expired { .. } => CertificateError::Expired,
            Self::NotYet { .. } => CertificateError::NotValidYet,
            Self::Evicted { .. } | Self::Banned { .. } => CertificateError::Revoked,
            Self::OtherCa => CertificateError::UnknownIssuer,
            _ => CertificateError::ApplicationVerificationFailure,
        };
        tracing::info!(code = self.code(), "a certificate is refused: {self}");
        rustls::Error::InvalidCertificate(said)
    }

    /// What a failed connection to the hub means, when it is about certificates.
    #[must_use]
    pub fn explain(error: &rustls::Error) -> Option<Self> {
        let why = match error {
            rustls::Error::AlertReceived(alert) => match alert {
                AlertDescription::CertificateExpired => "it has ended, or has not begun by the hub's clock",
                AlertDescription::CertificateRevoked => "this agent was evicted or banned",
                AlertDescription::AccessDenied => "its collective is not in the federation",
                AlertDescription::UnknownCA => "it is of another CA",
                AlertDescription::CertificateRequired => "it was not shown",
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateUnknown => "it is not as it must be",
                _ => return None,
            },
            rustls::Error::InvalidCertificate(_) => return Some(Self::OtherCa),
            _ => return None,
        };
        Some(Self::ByHub { why })
    }
}

/// Why a certificate or a TLS configuration cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file is not what it should be.
    #[error("{what} is not PEM of that kind")]
    Pem {
        /// Which.
        what: &'static str,
    },
    /// A certificate cannot be read.
    #[error("this is no certificate")]
    NoCertificate,
    /// Certificate and key are of different pairs.
    #[error("the key is not the certificate's")]
    OtherKey,
    /// The request is refused.
    #[error("the certificate signing request is refused: {why}")]
    Request {
        /// Why.
        why: &'static str,
    },
    /// The issuer's time is over.
    #[error("the hub's issuing certificate ended {at}")]
    IssuerEnded {
        /// When.
        at: Timestamp,
    },
    /// No certificate can say this time.
    #[error("a certificate cannot carry the time {at}")]
    Time {
        /// Which.
        at: Timestamp,
    },
    /// It cannot be made.
    #[error("a certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

impl IdentityError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pem { .. } | Self::NoCertificate | Self::OtherKey => "AL-8210",
            Self::Request { .. } => "AL-8211",
            Self::IssuerEnded { .. } => "AL-8212",
            Self::Time { .. } | Self::Make(_) | Self::Tls(_) => "AL-8213",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Pem { .. } | Self::NoCertificate | Self::OtherKey => {
                "restore the file from a backup"
            }
            Self::Request { .. } => "let `allot-agent` make the request",
            Self::IssuerEnded { .. } => {
                "tell the federation's admins to run `allot-hub issuer rotate` with the root's key"
            }
            Self::Time { .. } => "set the machine's clock",
            Self::Make(_) | Self::Tls(_) => "tell the people who make Allotment",
        };
        Some(text.to_owned())
    }
}
