//! Looking at what a hub keeps, and mending it while the hub is down.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use allot_identity::invite::{Record as Fact, State};
use allot_ledger::Digest;
use allot_replica::{Imported, ReplicaError};
use allot_store::{
    Area, Blobs, CheckReport, Journal, JournalError, JournalOptions, RepairAction, RepairOptions,
    Seq, Severity, StoreError,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Beat, HubError, Result,
        private::{Private, Record},
    },
    home::{Home, HomeError},
};

/// What a look found.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The log.
    pub ledger: CheckReport,
    /// The private journal.
    pub private: CheckReport,
    /// Entries that the hub has signed, as far as it remembers.
    pub signed: u64,
    /// Whether entries are missing that were signed.
    pub shorter: bool,
}

impl Check {
    /// Whether nothing is lost or broken.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.ledger.is_healthy() && self.private.is_healthy() && !self.shorter
    }

    /// Whether the log has lost what only another copy can give back.
    #[must_use]
    pub fn log_is_damaged(&self) -> bool {
        let journal = self.ledger.findings.iter();
        let mut journal = journal.filter(|f| f.area == Area::Journal);
        self.shorter || journal.any(|f| f.severity == Severity::Error)
    }
}

/// Reads everything, and changes nothing.
///
/// # Errors
/// There is nothing to look at.
pub fn check(home: &Home) -> Result<Check> {
    let mut ledger = allot_store::check(&home.ledger())?;
    // A log has none.
    ledger
        .findings
        .retain(|finding| finding.area != Area::Index);
    let signed = Beat::read(home)?.map_or(0, |beat| beat.size);
    Ok(Check {
        shorter: ledger.records < signed,
        private: look(&home.private())?,
        ledger,
        signed,
    })
}

/// Neither of the two has an index.
fn look(dir: &Path) -> Result<CheckReport> {
    let mut report = allot_store::check(dir)?;
    report
        .findings
        .retain(|finding| finding.area != Area::Index);
    Ok(report)
}

/// What was done to the log.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LogMended {
    /// Small repairs.
    pub actions: Vec<RepairAction>,
    /// Where the damaged journal is, when an export took its place.
    pub replaced: Option<PathBuf>,
    /// Entries that could still be read: each is in the export, or follows it.
    pub confirmed: usize,
    /// Texts that the export gave back.
    pub texts: usize,
}

/// Mends the log. Where entries are lost, `export` gives all of them back: it must hold every one that can still be read
/// here, but for those that follow it; all that the hub has signed; and be of this hub.
///
/// # Errors
/// The hub runs; the export has less or something else; the disk says no.
pub fn mend_log(home: &Home, check: &Check, export: Option<&Imported>) -> Result<LogMended> {
    let dir = home.ledger();
    in_use(&dir)?;
    let mut done = LogMended::default();
    if let (true, Some(export)) = (check.log_is_damaged(), export) {
        let good = readable(&dir)?;
        let last = good.last().map_or(0, |(index, _)| index.saturating_add(1));
        is_of_this_hub(home, export, last)?;
        done.confirmed = good.len();
        done.replaced = Some(allot_replica::rebuild(&dir, export, good)?);
    }
    let options = RepairOptions::default();
    let repaired = allot_store::repair(&dir, &options).map_err(ReplicaError::from)?;
    done.actions = repaired.actions;
    if let Some(export) = export {
        done.texts = take_texts(&dir, &export.dir)?;
    }
    Ok(done)
}

/// Whether an export is of this hub's log, and has all that the hub has signed, with what can be read here up to `last`.
fn is_of_this_hub(home: &Home, export: &Imported, last: u64) -> Result<()> {
    let keys = home.read_secrets()?;
    if export.book.state().serving_hub().log != keys.log.public() {
        return Err(HubError::NotTheHub);
    }
    match Beat::read(home)? {
        Some(beat) if beat.size <= export.book.size() => beat.check(export.book.tree()),
        Some(beat) if beat.size > last => Err(ReplicaError::Shorter {
            theirs: export.book.size(),
            ours: beat.size,
        }
        .into()),
        // What follows the export is held against it at the next start.
        _ => Ok(()),
    }
}

/// Whether a hub has the journal open. Opening it also cuts off a torn tail, as every start does.
fn in_use(dir: &Path) -> Result<()> {
    let opened = Journal::open(&dir.join("journal"), &JournalOptions::default());
    match opened {
        Err(error @ JournalError::InUse { .. }) => Err(error.into()),
        _ => Ok(()),
    }
}

/// A line of the file that a repair writes for the good records behind damage.
#[derive(Deserialize)]
struct Later {
    seq: u64,
    payload_hex: String,
}

/// Every leaf that can still be read, by index: on a copy, so that nothing is cut off before its place is taken.
fn readable(dir: &Path) -> Result<Vec<(u64, Bytes)>> {
    let copy = dir.join("reading");
    let found = read_copy(dir, &copy);
    // What is left of it is in nobody's way.
    let _ = fs::remove_dir_all(&copy);
    found
}

fn read_copy(dir: &Path, copy: &Path) -> Result<Vec<(u64, Bytes)>> {
    let failed = |source| HomeError::Io {
        doing: "copy the journal to",
        path: copy.to_owned(),
        source,
    };
    copy_journal(&dir.join("journal"), &copy.join("journal")).map_err(failed)?;
    let options = RepairOptions {
        salvage: true,
        ..RepairOptions::default()
    };
    let report = match allot_store::repair(copy, &options) {
        Ok(report) => report,
        // Nothing at all can be read; what the hub has signed still has to be in the export.
        Err(StoreError::BeyondRepair { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(ReplicaError::from(error).into()),
    };
    let mut leaves = BTreeMap::new();
    let (journal, _) = Journal::open(&copy.join("journal"), &JournalOptions::default())?;
    for record in journal.read_from(Seq(1)) {
        let record = record?;
        leaves.insert(record.seq.0.saturating_sub(1), record.payload);
    }
    for action in report.actions {
        if let RepairAction::Salvaged { later_records, .. } = action {
            later(&later_records, &mut leaves).map_err(failed)?;
        }
    }
    Ok(leaves.into_iter().collect())
}

fn copy_journal(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        // A lock is of the directory that it is in.
        if entry.file_type()?.is_file() && name != "LOCK" {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn later(file: &Path, leaves: &mut BTreeMap<u64, Bytes>) -> io::Result<()> {
    for line in fs::read_to_string(file)?.lines() {
        let line: Later = serde_json::from_str(line)?;
        let payload = hex::decode(&line.payload_hex).map_err(io::Error::other)?;
        leaves
            .entry(line.seq.saturating_sub(1))
            .or_insert(payload.into());
    }
    Ok(())
}

/// Takes the texts that are missing here from an export. Each is checked against its name.
fn take_texts(dir: &Path, export: &Path) -> Result<usize> {
    let texts = Blobs::open(&dir.join(allot_replica::TEXTS_DIR)).map_err(ReplicaError::from)?;
    let Ok(files) = fs::read_dir(export.join("texts")) else {
        return Ok(0);
    };
    let mut taken = 0;
    for file in files.flatten() {
        let name = file.file_name();
        let id = name.to_str().and_then(|name| name.parse().ok());
        let Some(id) = id.filter(|id| texts.get(*id).is_err()) else {
            continue;
        };
        let path = file.path();
        let small = file
            .metadata()
            .is_ok_and(|m| m.len() <= allot_ledger::limits::MAX_TEXT);
        let Some(text) = small.then(|| fs::read(&path).ok()).flatten() else {
            continue;
        };
        if Digest::of(&text).to_string() == id.to_string() {
            texts.put(&text).map_err(ReplicaError::from)?;
            taken += 1;
        }
    }
    Ok(taken)
}

/// What was done to the private journal.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PrivateMended {
    /// Repairs.
    pub actions: Vec<RepairAction>,
    /// Invites that were revoked: whether they were used is no longer known.
    pub revoked: Vec<String>,
}

/// Mends the private journal. Records behind damage are lost, with `salvage` only; what they said of open invites is not
/// known then, so those are revoked.
///
/// # Errors
/// The hub runs; records would be lost and `salvage` is not set; the disk says no.
pub async fn mend_private(home: &Home, salvage: bool) -> Result<PrivateMended> {
    let dir = home.private();
    in_use(&dir)?;
    let options = RepairOptions {
        salvage,
        ..RepairOptions::default()
    };
    let repaired = allot_store::repair(&dir, &options).map_err(ReplicaError::from)?;
    let lost = |action: &RepairAction| matches!(action, RepairAction::Salvaged { .. });
    let revoked = match repaired.actions.iter().any(lost) {
        true => revoke_open(&dir).await?,
        false => Vec::new(),
    };
    Ok(PrivateMended {
        actions: repaired.actions,
        revoked,
    })
}

async fn revoke_open(dir: &Path) -> Result<Vec<String>> {
    let (private, _) = Private::open(dir)?;
    let deciding = private.decide().await;
    let open = deciding.facts().invites.list();
    let open = open.filter(|(_, state)| **state == State::Open);
    let ids: Vec<_> = open.map(|(issued, _)| issued.id.clone()).collect();
    let records = ids.iter().map(|id| {
        Record::Invite(Fact::Revoked {
            id: id.clone(),
            at: Timestamp::now(),
            by: "store repair".to_owned(),
        })
    });
    let records: Vec<_> = records.collect();
    if !records.is_empty() {
        deciding.write(records).await?;
    }
    Ok(ids)
}
