//! A small file beside sled that says whether its files can be trusted.
//!
//! sled cannot say so itself: its flush is not an `fsync`, and on damaged files it may panic, which ends a
//! program that is built to abort. So the file says what was being done to the index, and to which machine
//! boot that belongs: after a process was killed the page cache is whole, after a machine went down it is not.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fsx;
use crate::header::StoreId;

/// What is being done to the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// It is being opened and walked; when this is found, that killed the program.
    Opening,
    /// A program uses it.
    InUse,
    /// It was closed and fsynced.
    Closed,
    /// It broke while it was in use.
    Condemned,
}

/// The content of `state.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StateFile {
    /// The caller's format of trees and values.
    pub format: u32,
    /// The journal that the index was made from.
    pub store: StoreId,
    /// What is being done.
    pub phase: Phase,
    /// sled's directory in the index. Each new index has a new one: threads of a sled that broke may live on
    /// for a while and write to paths in the old one.
    pub files: String,
    /// The kernel's name for this boot; empty when it gives none.
    pub boot: String,
}

impl StateFile {
    pub fn path(dir: &Path) -> PathBuf {
        dir.join("state.json")
    }

    /// What a new index begins with.
    pub fn new(format: u32, store: StoreId) -> Self {
        let files = format!("sled-{}", Uuid::now_v7());
        Self {
            format,
            store,
            phase: Phase::Opening,
            files,
            boot: boot_id(),
        }
    }

    /// sled's directory of the index in `dir`. Only the last part of a name is taken, whatever the file says.
    pub fn sled_dir(&self, dir: &Path) -> PathBuf {
        dir.join(
            Path::new(&self.files)
                .file_name()
                .unwrap_or("sled".as_ref()),
        )
    }

    /// What the file says; `None` when it is absent or nonsense.
    pub fn read(dir: &Path) -> Option<Self> {
        let bytes = std::fs::read(Self::path(dir)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    pub fn write(&self, dir: &Path) -> std::io::Result<()> {
        let bytes = serde_json::to_vec(self)?;
        fsx::write_atomic(&Self::path(dir), &bytes)
    }

    pub fn with_phase(&self, phase: Phase) -> Self {
        Self {
            phase,
            ..self.clone()
        }
    }
}

/// The kernel's random name for this boot of the machine.
pub(super) fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
