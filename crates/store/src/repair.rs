//! Mends what can be mended in a store, and says what it did. Nothing is thrown away: what is taken out is
//! kept in a file beside.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::blobs;
use crate::check::{self, CheckReport};
use crate::error::{BlobError, IndexError, JournalError, StoreError};
use crate::fsx;
use crate::header::{self, HEADER_LEN, StoreId};
use crate::index;
use crate::journal::{self, HEADER};
use crate::lock::DirLock;
use crate::recovery::{self, Cut};
use crate::salvage;
use crate::scan::{self, Damage, Scan};
use crate::seq::Seq;
use crate::store::{BLOBS_DIR, INDEX_DIR, JOURNAL_DIR};

/// What a repair may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct RepairOptions {
    /// Give up the records behind damage in the middle: the journal ends before the damage, the good records
    /// behind it go to a side file. The journal is copied first.
    pub salvage: bool,
    /// Set the index aside even if nothing is wrong with it.
    pub rebuild_index: bool,
}

/// One thing that a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum RepairAction {
    /// The journal's header was taken from its copy.
    HeaderRestored {
        /// What was there before.
        saved_to: PathBuf,
    },
    /// A torn tail was cut off.
    TailCut(Cut),
    /// The journal now ends before the damage.
    Salvaged {
        /// The journal as it was.
        original: PathBuf,
        /// The good records that were behind the damage, one JSON object a line.
        later_records: PathBuf,
        /// How many there are.
        later: u64,
        /// The last record that the journal has now.
        last: Seq,
    },
    /// The index was set aside; the next start makes it anew.
    IndexSetAside {
        /// Where it is now.
        saved_to: PathBuf,
    },
    /// A blob whose content does not have its hash was taken out.
    BlobQuarantined {
        /// Where it is now.
        saved_to: PathBuf,
    },
}

/// What a repair did, and how the store is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// In the order in which they were done; empty when nothing was wrong.
    pub actions: Vec<RepairAction>,
    /// A check of the store afterwards.
    pub after: CheckReport,
}

/// Repairs the store in a directory. It must not be in use.
///
/// # Errors
/// In use; the journal is missing or of a newer format; the damage is in the middle and
/// [`RepairOptions::salvage`] is not set ([`StoreError::NeedsConsent`]); the header and its copy are both gone
/// ([`StoreError::BeyondRepair`]); the operating system refuses.
pub fn repair(dir: &Path, options: &RepairOptions) -> Result<RepairReport, StoreError> {
    fs::read_dir(dir).map_err(JournalError::io("read the store", dir))?;
    let _lock = DirLock::acquire(dir).map_err(|fault| journal::lock_error(dir, fault))?;
    let mut actions = Vec::new();
    repair_header(dir, &mut actions)?;
    repair_records(dir, options, &mut actions)?;
    repair_index(dir, options, &mut actions)?;
    repair_blobs(dir, &mut actions)?;
    Ok(RepairReport {
        actions,
        after: check::check_locked(dir, false),
    })
}

fn repair_header(dir: &Path, actions: &mut Vec<RepairAction>) -> Result<(), StoreError> {
    let journal_dir = dir.join(JOURNAL_DIR);
    let path = journal::file_in(&journal_dir);
    let error = match check::scan_file(&path) {
        Err(error @ JournalError::Header { .. }) => error,
        Err(error) => return Err(error.into()),
        Ok(_) => return Ok(()),
    };
    let beyond = |reason: String| StoreError::BeyondRepair {
        dir: dir.to_owned(),
        reason,
    };
    let copy = fs::read(journal_dir.join(HEADER))
        .ok()
        .filter(|bytes| header::decode(bytes).is_ok());
    let good =
        copy.ok_or_else(|| beyond(format!("{error}, and its copy {HEADER} is no better")))?;
    let doing = JournalError::io("restore the header of", &path);
    let saved_to = swap_header(&path, &good).map_err(doing)?;
    match saved_to {
        Some(saved_to) => actions.push(RepairAction::HeaderRestored { saved_to }),
        None => return Err(beyond(format!("{error}, so it has no records"))),
    }
    Ok(())
}

/// Puts a good header in the place of a bad one, which is saved. `None`: the file is shorter than a header.
fn swap_header(path: &Path, good: &[u8]) -> io::Result<Option<PathBuf>> {
    let file = fsx::open_private(path, false)?;
    if file.metadata()?.len() < HEADER_LEN as u64 {
        return Ok(None);
    }
    let mut bad = [0; HEADER_LEN];
    file.read_exact_at(&mut bad, 0)?;
    let saved_to = fsx::free_name(fsx::parent(path), "header-before-repair");
    fsx::write_atomic(&saved_to, &bad)?;
    file.write_all_at(good, 0)?;
    file.sync_all()?;
    Ok(Some(saved_to))
}

fn repair_records(
    dir: &Path,
    options: &RepairOptions,
    actions: &mut Vec<RepairAction>,
) -> Result<(), StoreError> {
    let path = journal::file_in(&dir.join(JOURNAL_DIR));
    let file =
        fsx::open_private(&path, false).map_err(JournalError::io("open the journal", &path))?;
    let store = journal::read_header(&file, &path)?;
    let scan = scan::scan(&file, store).map_err(JournalError::io("read the journal", &path))?;
    let doing = JournalError::io("repair the journal", &path);
    match (&scan.damage, recovery::refusal(&path, &scan)) {
        (Some(Damage::Tail { reason }), _) => {
            let cut = recovery::cut_tail(&file, &path, &scan, reason).map_err(doing)?;
            actions.push(RepairAction::TailCut(cut));
        }
        (Some(_), Some(error)) if !options.salvage => {
            return Err(StoreError::NeedsConsent {
                dir: dir.to_owned(),
                reason: error.to_string(),
                option: "--salvage",
            });
        }
        (Some(_), _) => actions.push(cut_before_damage(&file, &path, store, &scan).map_err(doing)?),
        (None, _) => {}
    }
    Ok(())
}

fn cut_before_damage(
    file: &File,
    path: &Path,
    store: StoreId,
    scan: &Scan,
) -> io::Result<RepairAction> {
    let original = fsx::free_name(fsx::parent(path), "journal-before-repair");
    let mut copy = fsx::temporary_beside(path)?;
    io::copy(
        &mut crate::reader::Part {
            file,
            at: 0,
            end: scan.file_len,
        },
        &mut copy,
    )?;
    fsx::persist(copy, &original)?;
    let (later_records, later) = salvage::later_records(file, path, store, scan)?;
    file.set_len(scan.extent.end)?;
    file.sync_all()?;
    Ok(RepairAction::Salvaged {
        original,
        later_records,
        later,
        last: scan.extent.last,
    })
}

fn repair_index(
    dir: &Path,
    options: &RepairOptions,
    actions: &mut Vec<RepairAction>,
) -> Result<(), StoreError> {
    let index = dir.join(INDEX_DIR);
    if !index.exists() || (!options.rebuild_index && check::index_is_usable(dir)) {
        return Ok(());
    }
    let saved_to = index::set_aside(&index).map_err(IndexError::io("set aside", &index))?;
    actions.push(RepairAction::IndexSetAside { saved_to });
    Ok(())
}

fn repair_blobs(dir: &Path, actions: &mut Vec<RepairAction>) -> Result<(), StoreError> {
    let blob_dir = dir.join(BLOBS_DIR);
    if !blob_dir.exists() {
        return Ok(());
    }
    let blobs = blobs::Blobs::open(&blob_dir)?;
    for id in blobs.iter() {
        let Err(BlobError::Damaged { path, .. }) = blobs.get(id?) else {
            continue;
        };
        let saved_to = quarantine(dir, &path).map_err(BlobError::io("quarantine", &path))?;
        actions.push(RepairAction::BlobQuarantined { saved_to });
    }
    Ok(())
}

fn quarantine(dir: &Path, path: &Path) -> io::Result<PathBuf> {
    let quarantine = dir.join("blobs.quarantine");
    fsx::create_dir(&quarantine)?;
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("blob");
    let saved_to = fsx::free_name(&quarantine, name);
    fs::rename(path, &saved_to)?;
    fsx::sync_dir(&quarantine)?;
    fsx::sync_dir(fsx::parent(path))?;
    Ok(saved_to)
}
