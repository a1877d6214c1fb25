//! Who is at the other end of a connection, as their certificate says.

use std::fmt;

use allot_ledger::Slug;
use jiff::Timestamp;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, time::ASN1Time};

use crate::{
    id::{AgentId, SpiffeId},
    refused::Refused,
};

/// An agent, by its certificate. One function makes it, from a certificate that TLS has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    federation: Slug,
    collective: Slug,
    agent: AgentId,
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Peer {
    /// Reads who a certificate (DER) is for. Whether to believe it is another question: TLS has asked it before
    /// ([`crate::tls::peer_of`]).
    ///
    /// # Errors
    /// It is not an agent's.
    pub fn of(certificate: &[u8]) -> Result<Self, Refused> {
        let certificate = parse(certificate)?;
        let SpiffeId::Agent {
            federation,
            collective,
            agent,
        } = name(&certificate)?
        else {
            return Err(Refused::NoAgent);
        };
        if usage(&certificate) != Some(Usage::Calling) {
            return Err(Refused::NoAgent);
        }
        let validity = certificate.validity();
        Ok(Self {
            federation,
            collective,
            agent,
            serial: hex::encode(certificate.raw_serial()),
            not_before: time(validity.not_before)?,
            not_after: time(validity.not_after)?,
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

    /// The number of its certificate, hexadecimal, as [`crate::Certificate`] has it.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
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
    let certificate = parse(certificate)?;
    match name(&certificate)? {
        SpiffeId::Hub { federation } if federation == *of => {}
        other => {
            return Err(Refused::NotThatHub {
                is: other.to_string(),
            });
        }
    }
    match usage(&certificate) {
        Some(Usage::Answering) => Ok(()),
        _ => Err(Refused::NoHub),
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Refused> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], certificate)) if !certificate.is_ca() => Ok(certificate),
        _ => Err(Refused::NoName),
    }
}

/// The one name in a certificate: exactly one URI and nothing else (X.509-SVID section 2).
fn name(certificate: &X509Certificate<'_>) -> Result<SpiffeId, Refused> {
    let names = certificate.subject_alternative_name().ok().flatten();
    match names.map(|n| n.value.general_names.as_slice()) {
        Some([GeneralName::URI(uri)]) => uri.parse().map_err(|_| Refused::NoName),
        _ => Err(Refused::NoName),
    }
}

/// What a certificate of ours is for; each for one thing, so that no member can stand in for the hub.
#[derive(PartialEq, Eq)]
enum Usage {
    Calling,
    Answering,
}

/// TLS looks at this too, and lets a certificate pass that does not say what it is for.
fn usage(certificate: &X509Certificate<'_>) -> Option<Usage> {
    let usage = certificate.extended_key_usage().ok().flatten()?.value;
    match (usage.any, usage.client_auth, usage.server_auth) {
        (false, true, false) => Some(Usage::Calling),
        (false, false, true) => Some(Usage::Answering),
        _ => None,
    }
}

fn time(at: ASN1Time) -> Result<Timestamp, Refused> {
    Timestamp::from_second(at.timestamp()).map_err(|_| Refused::NoName)
}
