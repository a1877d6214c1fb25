//! Why a certificate or a TLS configuration cannot be made.

use jiff::Timestamp;

/// Why.
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
    /// An issuer that the root did not sign.
    #[error("the issuer's certificate is not signed by the root")]
    OtherRoot,
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
            Self::Pem { .. } | Self::NoCertificate | Self::OtherKey | Self::OtherRoot => "AL-8210",
            Self::Request { .. } => "AL-8211",
            Self::IssuerEnded { .. } => "AL-8212",
            Self::Time { .. } | Self::Make(_) | Self::Tls(_) => "AL-8213",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Pem { .. } | Self::NoCertificate | Self::OtherKey | Self::OtherRoot => {
                "restore the files from a backup, all of the same day"
            }
            Self::Request { .. } => "let `allot-agent` make the request",
            Self::IssuerEnded { .. } => {
                "tell the federation's admins: the hub needs a new issuer, made with the root's key"
            }
            Self::Time { .. } => "set the machine's clock",
            Self::Make(_) | Self::Tls(_) => "tell the people who make Allotment",
        };
        Some(text.to_owned())
    }
}
