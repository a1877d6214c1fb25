//! The hub's directory: which file is where, and how they are read and written.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use allot_identity::{IdentityError, Issuer};
use allot_ledger::{BadKey, SecretKey};
use secrecy::{ExposeSecret as _, SecretString};

use crate::limits::MAX_FILE;

/// The directory of a hub. Nothing is read or written before one of its methods is called.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

/// Why a file of the hub is not as it must be.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The system says no.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key's file is damaged.
    #[error("the key in {} cannot be used", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: BadKey,
    },
    /// A certificate's file is damaged.
    #[error("the certificate or key in {} cannot be used", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: IdentityError,
    },
    /// A file that the hub writes for itself is damaged.
    #[error("{} is not as the hub wrote it", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

impl HomeError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "AL-8720",
            Self::Key { .. } | Self::Damaged { .. } => "AL-8721",
            Self::Certificate { source, .. } => source.code(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Io { .. } => "check the directory's owner and the space on its disk",
            Self::Key { .. } | Self::Damaged { .. } => {
                "restore the file from a backup; without one, make a new hub from a member's export: `allot-hub recover`"
            }
            Self::Certificate { source, .. } => return source.help(),
        };
        Some(text.to_owned())
    }
}

/// What the hub signs with.
#[derive(Debug, Clone)]
pub struct HubSecrets {
    /// Checkpoints.
    pub log: SecretKey,
    /// The time of checkpoints.
    pub clock: SecretKey,
    /// The hub's own entries.
    pub entries: SecretKey,
}

impl HubSecrets {
    /// New ones.
    #[must_use]
    pub fn create() -> Self {
        let key = || SecretKey::from_seed(&rand::random());
        Self {
            log: key(),
            clock: key(),
            entries: key(),
        }
    }
}

impl Home {
    /// The hub in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.0.join("hub.toml")
    }

    /// The root's certificate.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.0.join("root.pem")
    }

    /// Where the root's key is until it is moved away.
    #[must_use]
    pub fn root_key(&self) -> PathBuf {
        self.0.join("root-key.pem")
    }

    /// The issuer's certificate and key, in one file so that they are replaced as one.
    #[must_use]
    pub fn issuer(&self) -> PathBuf {
        self.0.join("issuer.pem")
    }

    /// The log.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// What is nobody else's: invites, certificates' numbers, contacts.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        self.0.join("private")
    }

    /// The time that was signed last.
    #[must_use]
    pub fn clock(&self) -> PathBuf {
        self.0.join("clock")
    }

    /// The newest checkpoint that members cosigned.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// What notifications remember.
    #[must_use]
    pub fn notify(&self) -> PathBuf {
        self.0.join("notify")
    }

    /// Mirrors of recipes' repositories. They can be fetched again.
    #[must_use]
    pub fn mirrors(&self) -> PathBuf {
        self.0.join("mirrors")
    }

    /// Where admins' commands come in, unless the settings say otherwise.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.0.join("hub.sock")
    }

    fn key(&self, name: &str) -> PathBuf {
        self.0.join("keys").join(format!("{name}.key"))
    }

    /// Makes the directory, for nobody but its owner.
    ///
    /// # Errors
    /// The system says no.
    pub fn create(&self) -> Result<(), HomeError> {
        make_dir(&self.0)
    }

    /// Writes the keys that the hub signs with.
    ///
    /// # Errors
    /// The system says no.
    pub fn write_secrets(&self, secrets: &HubSecrets) -> Result<(), HomeError> {
        make_dir(&self.0.join("keys"))?;
        for (name, key) in [
            ("log", &secrets.log),
            ("clock", &secrets.clock),
            ("entries", &secrets.entries),
        ] {
            let text = SecretString::from(key.to_hex() + "\n");
            write(&self.key(name), text.expose_secret().as_bytes())?;
        }
        Ok(())
    }

    /// Reads the keys that the hub signs with.
    ///
    /// # Errors
    /// One is missing or damaged.
    pub fn read_secrets(&self) -> Result<HubSecrets, HomeError> {
        Ok(HubSecrets {
            log: self.read_key("log")?,
            clock: self.read_key("clock")?,
            entries: self.read_key("entries")?,
        })
    }

    fn read_key(&self, name: &str) -> Result<SecretKey, HomeError> {
        let path = self.key(name);
        let text = SecretString::from(read(&path)?);
        SecretKey::from_hex(text.expose_secret()).map_err(|source| HomeError::Key { path, source })
    }

    /// Writes the issuer's certificate and key.
    ///
    /// # Errors
    /// The system says no.
    pub fn write_issuer(&self, issuer: &Issuer) -> Result<(), HomeError> {
        let key = issuer.key_pem();
        let both = format!("{}{}", issuer.certificate_pem(), key.expose_secret());
        let both = SecretString::from(both);
        write(&self.issuer(), both.expose_secret().as_bytes())
    }

    /// Reads the issuer, with the root that it is known by.
    ///
    /// # Errors
    /// A file is missing or damaged, or they do not belong together.
    pub fn read_issuer(&self) -> Result<Issuer, HomeError> {
        let path = self.issuer();
        let root = read(&self.root())?;
        let both = SecretString::from(read(&path)?);
        let text = both.expose_secret();
        let issuer = pem::parse_many(text).ok().and_then(|parts| {
            let [certificate, key] = <[pem::Pem; 2]>::try_from(parts).ok()?;
            Some((
                pem::encode(&certificate),
                SecretString::from(pem::encode(&key)),
            ))
        });
        let damaged = || HomeError::Damaged { path: path.clone() };
        let (certificate, key) = issuer.ok_or_else(damaged)?;
        Issuer::from_pem(&root, &certificate, key.expose_secret())
            .map_err(|source| HomeError::Certificate { path, source })
    }
}

/// Makes a directory, for nobody but its owner.
fn make_dir(dir: &Path) -> Result<(), HomeError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| HomeError::Io {
        doing: "make the directory",
        path: dir.to_owned(),
        source,
    })
}

/// Reads a small text file.
///
/// # Errors
/// The system says no, or it is no small text file.
pub fn read(path: &Path) -> Result<String, HomeError> {
    let text = || {
        if fs::metadata(path)?.len() > MAX_FILE {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        fs::read_to_string(path)
    };
    text().map_err(|source| HomeError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

/// As [`read`]; nothing when there is no such file.
///
/// # Errors
/// As [`read`].
pub fn read_if_there(path: &Path) -> Result<Option<String>, HomeError> {
    match read(path) {
        Ok(text) => Ok(Some(text)),
        Err(HomeError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file whole and durably, for nobody but its owner.
///
/// # Errors
/// The system says no.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    allot_store::write_atomic(path, bytes).map_err(|source| HomeError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
