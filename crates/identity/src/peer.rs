//! Who is at the other end of a connection, as their certificate says.

use std::fmt;

use allot_ledger::Slug;
use jiff::Timestamp;
use x509_parser::extensions::GeneralName;

use crate::{
    error::Refused,
    id::{AgentId, SpiffeId},
};

/// An agent, by its certificate. One function makes it, from a certificate that TLS has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    federation: Slug,
    collective: Slug,
    agent: AgentId,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Peer {
    /// Reads who a certificate (DER) is for. Whether to believe it is another question: TLS has asked it before.
    ///
    /// # Errors
    /// It is not an agent's.
    pub fn of(certificate: &[u8]) -> Result<Self, Refused> {
        let (id, not_before, not_after) = read(certificate)?;
        let SpiffeId::Agent {
            federation,
            collective,
            agent,
        } = id
        else {
            return Err(Refused::NoAgent);
        };
        Ok(Self {
            federation,
            collective,
            agent,
            not_before,
            not_after,
        })
    }

    /// The federation that its name is in.
    #[must_use]
    pub fn federation(&self) -> &Slug {
        &self.federation
    }

    /// Whose agent it is.
    #[must_use]
    pub fn collective(&self) -> &Slug {
        &self.collective
    }

    /// Which of that collective's.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// From when its certificate counts.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Until when its certificate counts.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collective, self.agent)
    }
}

/// Whether a certificate is the hub's of a federation.
pub(crate) fn is_hub(certificate: &[u8], of: &Slug) -> Result<(), Refused> {
    match read(certificate)?.0 {
        SpiffeId::Hub { federation } if federation == *of => Ok(()),
        other => Err(Refused::NotThatHub {
            is: other.to_string(),
        }),
    }
}

/// The one name in a certificate, and from when to when it counts.
fn read(der: &[u8]) -> Result<(SpiffeId, Timestamp, Timestamp), Refused> {
    let Ok(([], certificate)) = x509_parser::parse_x509_certificate(der) else {
        return Err(Refused::NoName);
    };
    if certificate.is_ca() {
        return Err(Refused::NoName);
    }
    let names = certificate.subject_alternative_name().ok().flatten();
    // Exactly one URI and nothing else (X.509-SVID section 2).
    let id = match names.map(|n| n.value.general_names.as_slice()) {
        Some([GeneralName::URI(uri)]) => uri.parse().map_err(|_| Refused::NoName)?,
        _ => return Err(Refused::NoName),
    };
    let time = |at: x509_parser::time::ASN1Time| {
        Timestamp::from_second(at.timestamp()).map_err(|_| Refused::NoName)
    };
    let validity = certificate.validity();
    Ok((id, time(validity.not_before)?, time(validity.not_after)?))
}
