//! The agent's certificate and its key: one file, so that there are never halves of two.

use std::path::PathBuf;

use allot_identity::{AgentKey, IdentityError, Peer, tls::AgentIdentity};
use allot_ledger::Digest;
use jiff::Timestamp;
use pem::Pem;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    home::{FileError, Home},
    hub::Granted,
    membership::Membership,
};

const FILE: &str = "agent.pem";

/// PEM's word for a certificate.
const CERTIFICATE: &str = "CERTIFICATE";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// Keys.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The file has something else in it.
    #[error("{} is not an agent's key with its certificate", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
    },
    /// What the hub gave.
    #[error("the hub gave a certificate that is not this agent's: {why}")]
    NotOurs {
        /// What of it.
        why: String,
    },
}

impl CredentialError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(e) => e.code(),
            Self::Identity(e) => e.code(),
            Self::Malformed { .. } => "AL-8805",
            Self::NotOurs { .. } => "AL-8815",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::File(e) => e.help(),
            Self::Identity(e) => e.help(),
            Self::Malformed { .. } => Some("join again with a new invite".to_owned()),
            Self::NotOurs { .. } => Some(
                "ask the federation's admins which hub this is before you go on; nothing of it was taken"
                    .to_owned(),
            ),
        }
    }
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Credential {
    key: AgentKey,
    chain: Vec<Vec<u8>>,
    peer: Peer,
}

impl Credential {
    /// What a hub gave for `key`, once it is looked at: that it is for this agent, and of the CA that the invite named.
    ///
    /// # Errors
    /// It is for somebody else, of another CA, or for another key.
    pub fn granted(
        key: AgentKey,
        granted: Granted,
        to: &Membership,
    ) -> Result<Self, CredentialError> {
        let not_ours = |why: &str| CredentialError::NotOurs {
            why: why.to_owned(),
        };
        if Digest::of(&granted.root) != to.ca {
            return Err(not_ours("it is of another CA"));
        }
        let own = Self::read_chain(key, granted.chain).ok_or_else(|| not_ours("it is none"))?;
        let named = (
            own.peer.federation(),
            own.peer.collective(),
            own.peer.agent(),
        );
        if named != (&to.federation, &to.collective, &to.agent) {
            return Err(not_ours(&format!("it is for {}", own.peer)));
        }
        // TLS looks whether key and certificate belong together.
        own.show(&AgentIdentity::default())?;
        Ok(own)
    }

    /// The one in `home`; nothing when there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is something else.
    pub fn read(home: &Home) -> Result<Option<Self>, CredentialError> {
        let Some(text) = home.read(FILE)?.map(SecretString::from) else {
            return Ok(None);
        };
        let malformed = || CredentialError::Malformed {
            path: home.path(FILE),
        };
        let blocks = pem::parse_many(text.expose_secret()).map_err(|_| malformed())?;
        let (chain, keys): (Vec<_>, Vec<_>) = blocks
            .into_iter()
            .partition(|block| block.tag() == CERTIFICATE);
        let key = keys.first().ok_or_else(malformed)?;
        let key = AgentKey::from_pem(SecretString::from(pem::encode(key)).expose_secret())?;
        let chain = chain.into_iter().map(Pem::into_contents).collect();
        Self::read_chain(key, chain).map(Some).ok_or_else(malformed)
    }

    fn read_chain(key: AgentKey, chain: Vec<Vec<u8>>) -> Option<Self> {
        let peer = Peer::of(chain.first()?).ok()?;
        Some(Self { key, chain, peer })
    }

    /// Writes it down.
    ///
    /// # Errors
    /// The disk says no; then the old one is still there.
    pub fn write(&self, home: &Home) -> Result<(), FileError> {
        let mut text = self.key.pem().expose_secret().to_owned();
        for der in &self.chain {
            text.push_str(&pem::encode(&Pem::new(CERTIFICATE, der.clone())));
        }
        let text = SecretString::from(text);
        home.write(FILE, text.expose_secret())
    }

    /// Forgets the one in `home`.
    ///
    /// # Errors
    /// The disk says no.
    pub fn remove(home: &Home) -> Result<(), FileError> {
        home.remove(FILE)
    }

    /// Shows it with the next connection.
    ///
    /// # Errors
    /// Key and certificate do not belong together.
    pub fn show(&self, identity: &AgentIdentity) -> Result<(), IdentityError> {
        identity.swap(&self.chain, &self.key)
    }

    /// From when to when it counts.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.peer.not_before(), self.peer.not_after())
    }
}
