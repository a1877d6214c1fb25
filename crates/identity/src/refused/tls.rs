//! Refusals on their way through TLS: as an alert that the other side gets, and back.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError, OtherError, pki_types::UnixTime};

use super::Refused;

/// What a hub's alerts say about an agent's certificate. All other alerts are not about certificates.
pub(super) const ALERTS: [(AlertDescription, &str); 9] = [
    (
        AlertDescription::CertificateExpired,
        "it has ended, or has not begun by the hub's clock",
    ),
    (
        AlertDescription::CertificateRevoked,
        "this agent was evicted or banned",
    ),
    (
        AlertDescription::AccessDenied,
        "its collective is not in the federation",
    ),
    (AlertDescription::UnknownCA, "it is of another CA"),
    // A CA of the same name with another key.
    (AlertDescription::DecryptError, "it is of another CA"),
    (AlertDescription::CertificateRequired, "it was not shown"),
    (AlertDescription::BadCertificate, "it is not an agent's"),
    (
        AlertDescription::UnsupportedCertificate,
        "it is for another use",
    ),
    (
        AlertDescription::CertificateUnknown,
        "it is not as it must be",
    ),
];

impl Refused {
    /// How the hub says it to the caller: the kind of error decides the alert, and the alert is all that it is told.
    pub(crate) fn to_caller(&self) -> rustls::Error {
        rustls::Error::InvalidCertificate(match self {
            Self::Expired { .. } => CertificateError::Expired,
            Self::NotYet { .. } => CertificateError::NotValidYet,
            Self::Evicted { .. } | Self::Banned { .. } => CertificateError::Revoked,
            Self::NotAdmitted { .. } => CertificateError::ApplicationVerificationFailure,
            _ => CertificateError::NotValidForName,
        })
    }

    /// How the agent's TLS says it to the agent: whole.
    pub(crate) fn into_tls(self) -> rustls::Error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }

    /// What a failed connection to the hub means, when it is about certificates. For the agent's side.
    #[must_use]
    pub fn explain(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::AlertReceived(alert) => {
                let (_, why) = ALERTS.iter().find(|(known, _)| known == alert)?;
                Some(Self::ByHub { why })
            }
            rustls::Error::InvalidCertificate(why) => Some(of_hub(why)),
            _ => None,
        }
    }
}

/// Why the agent does not take the hub's certificate.
fn of_hub(why: &CertificateError) -> Refused {
    match why {
        CertificateError::Other(other) => match other.0.downcast_ref::<Refused>() {
            Some(refused) => refused.clone(),
            None => Refused::OtherCa,
        },
        CertificateError::ExpiredContext { time, not_after } => Refused::HubEnded {
            at: timestamp(*not_after),
            now: timestamp(*time),
        },
        CertificateError::NotValidYetContext { time, not_before } => Refused::HubNotYet {
            at: timestamp(*not_before),
            now: timestamp(*time),
        },
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Refused::NoHub
        }
        _ => Refused::OtherCa,
    }
}

/// TLS counts whole seconds since 1970; what is beyond our calendar is its end.
pub(crate) fn timestamp(at: UnixTime) -> Timestamp {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
