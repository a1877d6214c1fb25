//! Looks at a store without changing anything in it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::blobs::{self, Blobs};
use crate::error::{BlobError, JournalError};
use crate::header::StoreId;
use crate::index;
use crate::journal;
use crate::lock::{DirLock, LockFault};
use crate::recovery;
use crate::scan::{self, Damage, Scan};
use crate::seq::Seq;
use crate::store::{BLOBS_DIR, INDEX_DIR, JOURNAL_DIR};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// The daemon mends it by itself at the next start.
    Warning,
    /// Something is lost or will not work.
    Error,
}

/// The part of a store that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The journal.
    Journal,
    /// The index.
    Index,
    /// The content blobs.
    Blobs,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub area: Area,
    /// The code of the error that using the store would give, or the nearest one.
    pub code: &'static str,
    /// The file or directory.
    pub place: PathBuf,
    /// The place in the file, in bytes from its start.
    pub offset: Option<u64>,
    /// What is there.
    pub message: String,
    /// What to do, one sentence.
    pub remedy: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The store.
    pub dir: PathBuf,
    /// Whether a process has it open; then its index is not looked at.
    pub in_use: bool,
    /// Its id, when the journal's header is good.
    pub store_id: Option<StoreId>,
    /// Good records before any damage.
    pub records: u64,
    /// Bytes of the journal's file.
    pub journal_bytes: u64,
    /// The last record that the index has applied, when it can be read.
    pub index_applied: Option<Seq>,
    /// Good blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// What is wrong, in the order journal, index, blobs.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// Whether nothing is lost or broken; warnings and notes are allowed.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity < Severity::Error)
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        area: Area,
        code: &'static str,
        place: &Path,
        text: [&str; 2],
    ) {
        let [message, remedy] = text.map(str::to_owned);
        let place = place.to_owned();
        self.findings.push(Finding {
            severity,
            area,
            code,
            place,
            offset: None,
            message,
            remedy,
        });
    }

    fn add_journal_error(&mut self, error: &JournalError, place: &Path, offset: Option<u64>) {
        let (message, remedy) = (error.to_string(), error.help().unwrap_or_default());
        self.add(
            Severity::Error,
            Area::Journal,
            error.code(),
            place,
            [&message, &remedy],
        );
        self.at(offset);
    }

    fn add_blob_error(&mut self, error: &BlobError, place: &Path) {
        let (message, remedy) = (error.to_string(), error.help().unwrap_or_default());
        self.add(
            Severity::Error,
            Area::Blobs,
            error.code(),
            place,
            [&message, &remedy],
        );
    }

    /// Gives the last finding its place in the file.
    fn at(&mut self, offset: Option<u64>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.offset = offset;
        }
    }
}

/// Checks every record, the index against the journal, and every blob. Changes nothing, and works beside a
/// daemon that has the store open (its index is left out then). Everything found is in the report.
///
/// # Errors
/// There is no directory, or its lock cannot be looked at.
pub fn check(dir: &Path) -> Result<CheckReport, JournalError> {
    fs::read_dir(dir).map_err(JournalError::io("read the store", dir))?;
    let lock = match DirLock::acquire_read_only(dir) {
        Err(LockFault::Held(_)) => None,
        Err(fault) => return Err(journal::lock_error(dir, fault)),
        Ok(lock) => Some(lock),
    };
    Ok(check_locked(dir, lock.is_none()))
}

/// The check itself, for somebody who has the lock or knows that another one has.
pub(crate) fn check_locked(dir: &Path, in_use: bool) -> CheckReport {
    let mut report = CheckReport {
        dir: dir.to_owned(),
        in_use,
        ..CheckReport::default()
    };
    check_journal(&mut report);
    match in_use {
        true => {
            let text = [
                "the store is in use, so its index was not looked at",
                "Stop the daemon to check the index too.",
            ];
            report.add(
                Severity::Note,
                Area::Index,
                "AL-3001",
                &dir.join(INDEX_DIR),
                text,
            );
        }
        false => check_index(&mut report),
    }
    check_blobs(&mut report);
    report
}

/// Whether the next start of a daemon with the same index format would use the index.
pub(crate) fn index_is_usable(dir: &Path) -> bool {
    let mut report = CheckReport {
        dir: dir.to_owned(),
        ..CheckReport::default()
    };
    check_journal(&mut report);
    check_index(&mut report);
    report.index_applied.is_some()
}

fn check_journal(report: &mut CheckReport) {
    let path = journal::file_in(&report.dir.join(JOURNAL_DIR));
    match scan_file(&path) {
        Ok((store, scan)) => {
            report.store_id = Some(store);
            report.records = scan.extent.last.0;
            report.journal_bytes = scan.file_len;
            judge_journal(report, &path, &scan);
        }
        Err(error) => report.add_journal_error(&error, &path, None),
    }
}

/// Reads a journal's header and walks its records.
pub(crate) fn scan_file(path: &Path) -> Result<(StoreId, Scan), JournalError> {
    let file = File::open(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => JournalError::Missing {
            path: path.to_owned(),
            trace: crate::fsx::parent(path).to_owned(),
        },
        _ => JournalError::io("open the journal", path)(cause),
    })?;
    let store = journal::read_header(&file, path)?;
    let scan = scan::scan(&file, store).map_err(JournalError::io("read the journal", path))?;
    Ok((store, scan))
}

fn judge_journal(report: &mut CheckReport, path: &Path, scan: &Scan) {
    let offset = Some(scan.extent.end);
    if let Some(error) = recovery::refusal(path, scan) {
        report.add_journal_error(&error, path, offset);
        return;
    }
    let Some(Damage::Tail { reason }) = &scan.damage else {
        return;
    };
    let bytes = scan.file_len - scan.extent.end;
    let (severity, remedy) = match report.in_use {
        true => (Severity::Note, "Nothing: the daemon is writing it."),
        false => (
            Severity::Warning,
            "Nothing: the next start cuts it off and keeps it in a file beside the journal.",
        ),
    };
    let message = format!("the last {bytes} bytes are no record: {reason}");
    report.add(severity, Area::Journal, "AL-3012", path, [&message, remedy]);
    report.at(offset);
}

const REBUILT: &str = "Nothing: the next start makes the index anew from the journal.";

fn check_index(report: &mut CheckReport) {
    let dir = report.dir.join(INDEX_DIR);
    if !dir.exists() {
        report.add(
            Severity::Note,
            Area::Index,
            "AL-3021",
            &dir,
            ["there is no index", REBUILT],
        );
        return;
    }
    match index::applied_read_only(&dir, report.store_id, Seq(report.records)) {
        Ok(applied) => report.index_applied = Some(applied),
        Err(reason) => report.add(
            Severity::Warning,
            Area::Index,
            "AL-3021",
            &dir,
            [&reason, REBUILT],
        ),
    }
}

fn check_blobs(report: &mut CheckReport) {
    let dir = report.dir.join(BLOBS_DIR);
    if !dir.exists() {
        return;
    }
    let blobs = Blobs::read_only(&dir);
    for file in blobs::blob_files(&dir) {
        match file {
            Ok(path) => check_blob(report, &blobs, &path),
            Err(error) => report.add_blob_error(&error, &dir),
        }
    }
}

fn check_blob(report: &mut CheckReport, blobs: &Blobs, path: &Path) {
    let id = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse().ok());
    let Some(id) = id.filter(|&id| blobs.path(id) == path) else {
        let text = [
            "the file is not named like a blob of this directory",
            "Move it away; the store does not use it.",
        ];
        report.add(Severity::Note, Area::Blobs, "AL-3034", path, text);
        return;
    };
    match blobs.get(id) {
        Ok(content) => {
            report.blobs += 1;
            report.blob_bytes += content.len() as u64;
        }
        Err(error) => report.add_blob_error(&error, path),
    }
}
