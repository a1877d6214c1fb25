//! What was told and what waits, in one small file: so that nobody hears a thing twice because the hub was restarted.

use std::{
    fs, io,
    io::Read as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use allot_ledger::Digest;
use serde::{Deserialize, Serialize};

use super::{error::NotifyError, limits::MAX_MEMORY, look::Seen, outbox::Outbox};

/// Name of the file, in the directory that the hub gives.
pub const FILE: &str = "notify.json";

/// The version of the file.
const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    version: u32,
    /// Whose log it is about.
    pub(super) federation: Digest,
    pub(super) seen: Seen,
    pub(super) outbox: Outbox,
}

impl Memory {
    pub(super) fn new(federation: Digest, seen: Seen) -> Self {
        Self {
            version: VERSION,
            federation,
            seen,
            outbox: Outbox::default(),
        }
    }

    /// Makes the directory of the file, for its owner alone.
    pub(super) fn make_place(path: &Path) -> Result<(), NotifyError> {
        let dir = path.parent().unwrap_or(path);
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir);
        made.map_err(|source| NotifyError::Memory {
            doing: "make the directory of",
            path: path.to_owned(),
            source,
        })
    }

    /// What is in the file; nothing when there is none, or none of this federation that can be read: then that file is
    /// set aside.
    pub(super) fn read(path: &Path, federation: Digest) -> Result<Option<Self>, NotifyError> {
        let failed = |doing| {
            move |source| NotifyError::Memory {
                doing,
                path: path.to_owned(),
                source,
            }
        };
        let bytes = match bounded(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("read")(source)),
        };
        let read = serde_json::from_slice::<Self>(&bytes).ok();
        let ours = |memory: &Self| memory.version == VERSION && memory.federation == federation;
        if let Some(memory) = read.filter(ours) {
            return Ok(Some(memory));
        }
        let aside = aside(path);
        fs::rename(path, &aside).map_err(failed("set aside"))?;
        NotifyError::Forgotten { path: aside }.log();
        Ok(None)
    }

    /// Writes all of it, or nothing.
    pub(super) fn write(&self, path: &Path) -> Result<(), NotifyError> {
        let written = serde_json::to_vec(self)
            .map_err(io::Error::from)
            .and_then(|bytes| allot_store::write_atomic(path, &bytes));
        written.map_err(|source| NotifyError::Memory {
            doing: "write",
            path: path.to_owned(),
            source,
        })
    }
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(MAX_MEMORY)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("json.damaged")
}
