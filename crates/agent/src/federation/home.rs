//! The files of an agent in its federation.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::limits::FORKED_LEDGERS;

/// The folder, in the agent's directory.
pub const DIR: &str = "federation";

/// The log, in that folder.
const LEDGER_DIR: &str = "ledger";

/// What a log that is of no use is called, in that folder: with a number.
const ASIDE: &str = "ledger.damaged";

/// What one is called that a hub filled with what contradicts what was seen.
const FORKED: &str = "ledger.forked";

/// What one is called whose end was lost with a hub.
const LOST: &str = "ledger.lost";

/// Proofs of what a hub did, in that folder.
const EVIDENCE_DIR: &str = "evidence";

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk says no.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not what this program wrote.
    #[error("{} is not what the agent wrote there", path.display())]
    Strange {
        /// Which.
        path: PathBuf,
        /// What of it.
        #[source]
        source: serde_json::Error,
    },
}

impl FileError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "AL-8813"
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => "check the folder's owner and the space on its disk".to_owned(),
            Self::Strange { .. } => {
                "restore the file from a backup; without one, take it away and join again with a new invite"
                    .to_owned()
            }
        })
    }
}

/// The folder `federation` of an agent. What is written there is whole or not at all, and on disk when a call returns.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// That of the agent in `agent_dir`.
    #[must_use]
    pub fn of(agent_dir: &Path) -> Self {
        Self(agent_dir.join(DIR))
    }

    /// A folder of it that has the same files.
    #[must_use]
    pub(super) fn within(&self, name: &str) -> Self {
        Self(self.path(name))
    }

    /// A file of it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the log is.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.path(LEDGER_DIR)
    }

    /// Where proofs are.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.path(EVIDENCE_DIR)
    }

    /// A file's text; nothing when it is not there.
    ///
    /// # Errors
    /// The disk says no.
    pub fn read(&self, name: &str) -> Result<Option<String>, FileError> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    /// Writes a file that only the agent may read.
    ///
    /// # Errors
    /// The disk says no; then the old one is still there.
    pub fn write(&self, name: &str, text: &str) -> Result<(), FileError> {
        let path = self.path(name);
        make_dir(&self.0)?;
        allot_store::write_atomic(&path, text.as_bytes()).map_err(failed("write", &path))
    }

    /// Reads a file of JSON.
    ///
    /// # Errors
    /// The disk says no, or it is something else.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FileError> {
        let Some(text) = self.read(name)? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|source| FileError::Strange {
            path: self.path(name),
            source,
        })
    }

    /// Writes a file of JSON.
    ///
    /// # Errors
    /// As [`Home::write`].
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), FileError> {
        let text = serde_json::to_string_pretty(value).map_err(|source| FileError::Strange {
            path: self.path(name),
            source,
        })?;
        self.write(name, &(text + "\n"))
    }

    /// Keeps a proof.
    ///
    /// # Errors
    /// As [`Home::write`].
    pub fn keep_evidence(&self, name: &str, text: &str) -> Result<PathBuf, FileError> {
        make_dir(&self.evidence())?;
        self.write(&format!("{EVIDENCE_DIR}/{name}"), text)?;
        Ok(self.evidence().join(name))
    }

    /// Puts a file in another one's place.
    ///
    /// # Errors
    /// The disk says no.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        let path = self.path(from);
        fs::rename(&path, self.path(to)).map_err(failed("rename", &path))?;
        allot_store::sync_dir(&self.0).map_err(failed("sync", &self.0))
    }

    /// Takes a file away, if it is there.
    ///
    /// # Errors
    /// The disk says no.
    pub fn remove(&self, name: &str) -> Result<(), FileError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Sets the log's folder aside because it is damaged, and says where it is.
    ///
    /// # Errors
    /// The disk says no.
    pub fn set_ledger_aside(&self) -> Result<PathBuf, FileError> {
        let name = self.free_name(ASIDE).unwrap_or_else(|| ASIDE.to_owned());
        self.rename(LEDGER_DIR, &name)?;
        Ok(self.path(&name))
    }

    /// Sets it aside because its end was lost with a hub, and says where it is.
    ///
    /// # Errors
    /// The disk says no.
    pub fn set_lost_ledger_aside(&self) -> Result<PathBuf, FileError> {
        let name = self.free_name(LOST).unwrap_or_else(|| LOST.to_owned());
        self.rename(LEDGER_DIR, &name)?;
        Ok(self.path(&name))
    }

    /// Sets it aside as evidence against a hub, and says where it is. Once there is enough of that, it is taken away: a
    /// hub must not fill the disk.
    ///
    /// # Errors
    /// The disk says no.
    pub fn set_forked_ledger_aside(&self) -> Result<Option<PathBuf>, FileError> {
        let kept = (1..=FORKED_LEDGERS).map(|n| format!("{FORKED}-{n}"));
        let free = kept.into_iter().find(|name| !self.path(name).exists());
        let Some(name) = free else {
            // Renamed first: a folder that is half gone is no log.
            let gone = format!("{FORKED}.gone");
            self.remove_dir(&gone)?;
            self.rename(LEDGER_DIR, &gone)?;
            return self.remove_dir(&gone).map(|()| None);
        };
        self.rename(LEDGER_DIR, &name)?;
        Ok(Some(self.path(&name)))
    }

    fn free_name(&self, name: &str) -> Option<String> {
        let mut names = (1_u32..).map(|n| format!("{name}-{n}"));
        names.find(|name| !self.path(name).exists())
    }

    fn remove_dir(&self, name: &str) -> Result<(), FileError> {
        let path = self.path(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Forgets a log that nobody joined for.
    ///
    /// # Errors
    /// The disk says no.
    pub fn remove_ledger(&self) -> Result<(), FileError> {
        let path = self.ledger();
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed("remove", &path))?;
        }
        Ok(())
    }
}

fn make_dir(dir: &Path) -> Result<(), FileError> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(dir).map_err(failed("make", dir))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io {
        doing,
        path,
        source,
    }
}
