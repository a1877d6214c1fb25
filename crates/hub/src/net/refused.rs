//! Why a handshake failed, as a word for the figures.

use std::io;

use rustls::{CertificateError as E, Error};

/// The code of what the error means, or a word where it has none.
pub(super) fn code(error: &io::Error) -> &'static str {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(why)) => of_certificate(why),
        Some(Error::PeerIncompatible(_)) => "incompatible",
        Some(Error::AlertReceived(_)) => "alert",
        Some(_) => "tls",
        None => "io",
    }
}

/// As `allot_identity::Refused` makes them for the caller.
fn of_certificate(why: &E) -> &'static str {
    match why {
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            "AL-8205"
        }
        E::Revoked => "AL-8207",
        E::ApplicationVerificationFailure => "AL-8206",
        E::NotValidForName | E::NotValidForNameContext { .. } => "AL-8202",
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => "AL-8202",
        _ => "AL-8204",
    }
}
