//! Why no hub is made.

use std::path::PathBuf;

use allot_identity::IdentityError;
use allot_ledger::{
    BadSlug,
    entry::{BadEnvelope, BadLeaf},
};
use allot_replica::ReplicaError;

use crate::{config::ConfigError, home::HomeError};

/// Why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundError {
    /// There is one.
    #[error("there is a hub in {} already", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// There is half of one.
    #[error("{} is there, left by a hub that was never finished or is lost", path.display())]
    Remains {
        /// What.
        path: PathBuf,
    },
    /// A founder that is none.
    #[error("`{text}` names no founder: {why}")]
    Founder {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The name of the federation.
    #[error(transparent)]
    Name(#[from] BadSlug),
    /// The address is none.
    #[error("`{address}` is not a host and a port, such as `hub.example.org:7480`")]
    Address {
        /// What was given.
        address: String,
    },
    /// The rules in the file.
    #[error("the rules cannot be read")]
    Rules(#[from] Box<toml::de::Error>),
    /// The log.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The first entry.
    #[error(transparent)]
    Envelope(#[from] BadEnvelope),
    /// The first leaf.
    #[error(transparent)]
    Leaf(#[from] BadLeaf),
    /// A file.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The CA.
    #[error(transparent)]
    Certificate(#[from] IdentityError),
}

impl FoundError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } | Self::Remains { .. } => "AL-8725",
            Self::Founder { .. } => "AL-8726",
            Self::Name(e) => e.code(),
            Self::Address { .. } => "AL-8727",
            Self::Rules(_) => "AL-8728",
            Self::Replica(e) => e.code(),
            Self::Envelope(e) => e.code(),
            Self::Leaf(e) => e.code(),
            Self::Home(e) => e.code(),
            Self::Config(e) => e.code(),
            Self::Certificate(e) => e.code(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Exists { .. } => "run it with `allot-hub serve`, or choose another directory",
            Self::Remains { .. } => {
                "move it away if it is worth nothing, or choose another directory with `--dir`"
            }
            Self::Founder { .. } => {
                "give `SLUG=KEY` with the key whole, as `allot-agent init --collective SLUG` printed it"
            }
            Self::Name(e) => return e.help(),
            Self::Address { .. } => "give what agents reach the hub at",
            Self::Rules(_) => {
                "GOVERNANCE.md says what the rules are about; the cause names those that there are"
            }
            Self::Replica(e) => return e.help(),
            Self::Envelope(e) => return e.help(),
            Self::Leaf(e) => return e.help(),
            Self::Home(e) => return e.help(),
            Self::Config(e) => return e.help(),
            Self::Certificate(e) => return e.help(),
        };
        Some(text.to_owned())
    }
}
