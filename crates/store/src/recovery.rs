//! What opening a journal finds and does: a torn tail is cut off and kept, other damage is refused.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::JournalError;
use crate::fsx;
use crate::header::StoreId;
use crate::reader::Part;
use crate::scan::{self, Damage, Extent, Scan};

/// What opening a journal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// How many good records there are.
    pub records: u64,
    /// The tail that was cut off, if there was a torn one. To be told to a person.
    pub cut: Option<Cut>,
}

/// A torn tail that was cut off a journal. Nothing in it was acknowledged, unless the disk lost it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// Where the tail began, in bytes from the start of the journal.
    pub offset: u64,
    /// How long it was.
    pub bytes: u64,
    /// What was wrong with its first record.
    pub reason: String,
    /// The file that has the tail now.
    pub saved_to: PathBuf,
}

/// Reads the journal, cuts a torn tail off, and makes what is left durable.
pub(crate) fn recover(
    file: &File,
    path: &Path,
    store: StoreId,
) -> Result<(Extent, Recovery), JournalError> {
    let scan = scan::scan(file, store).map_err(JournalError::io("read the journal", path))?;
    if let Some(refused) = refusal(path, &scan) {
        return Err(refused);
    }
    let cut = match &scan.damage {
        Some(Damage::Tail { reason }) => Some(
            cut_tail(file, path, &scan, reason)
                .map_err(JournalError::io("cut the torn tail of the journal", path))?,
        ),
        _ => None,
    };
    // A process that was killed between write and fdatasync leaves good records that are in memory only.
    // From here on they count as durable, so they are made so.
    file.sync_data()
        .map_err(JournalError::io("sync the journal", path))?;
    let recovery = Recovery {
        records: scan.extent.last.0,
        cut,
    };
    Ok((scan.extent, recovery))
}

/// The error for damage that opening does not touch.
pub(crate) fn refusal(path: &Path, scan: &Scan) -> Option<JournalError> {
    let (path, offset, seq) = (path.to_owned(), scan.extent.end, scan.extent.last.next());
    match scan.damage.clone()? {
        Damage::Tail { .. } => None,
        Damage::Middle { reason, next } => Some(JournalError::Damaged {
            path,
            offset,
            seq,
            reason,
            next_offset: next.offset,
            next_seq: next.seq,
        }),
        Damage::OutOfOrder { found } => Some(JournalError::OutOfOrder {
            path,
            offset,
            expected: seq,
            found,
        }),
    }
}

/// Saves what stands behind the good records beside the journal, then cuts it off.
pub(crate) fn cut_tail(file: &File, path: &Path, scan: &Scan, reason: &str) -> io::Result<Cut> {
    let offset = scan.extent.end;
    let saved_to = fsx::free_name(fsx::parent(path), &format!("cut-at-{offset}"));
    let mut side = fsx::temporary_beside(path)?;
    io::copy(
        &mut Part {
            file,
            at: offset,
            end: scan.file_len,
        },
        &mut side,
    )?;
    fsx::persist(side, &saved_to)?;
    file.set_len(offset)?;
    file.sync_all()?;
    Ok(Cut {
        offset,
        bytes: scan.file_len - offset,
        reason: reason.to_owned(),
        saved_to,
    })
}
