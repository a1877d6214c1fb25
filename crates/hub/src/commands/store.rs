//! `allot-hub store check|repair`.

use std::{path::PathBuf, process::ExitCode};

use allot_replica::Imported;
use allot_store::{CheckReport, RepairAction, Severity};
use serde::Serialize;

use super::{CommandError, Done, ask::confirm, print, runtime};
use crate::{
    home::Home,
    mend::{self, Check, LogMended, PrivateMended},
};

/// How to mend.
pub(super) struct Repair {
    pub(super) from: Option<PathBuf>,
    pub(super) salvage: bool,
    pub(super) yes: bool,
}

/// What was mended, for programs.
#[derive(Serialize)]
struct Mended {
    ledger: LogMended,
    private: PrivateMended,
    after: Check,
}

/// Looks at what the hub keeps.
pub(super) fn check(home: &Home, json: bool) -> Done {
    let check = mend::check(home)?;
    print(json, &check, || text(&check))?;
    Ok(exit(&check))
}

/// Mends what can be mended.
pub(super) fn repair(home: &Home, asked: &Repair, json: bool) -> Done {
    let before = mend::check(home)?;
    let export = match &asked.from {
        Some(dir) => Some(Imported::read(dir, None)?),
        None if before.log_is_damaged() => {
            eprintln!("{}", text(&before));
            let dir = home.ledger();
            return Err(CommandError::NeedsExport { dir });
        }
        None => None,
    };
    confirm(
        asked.yes,
        "to mend the hub's store",
        &plan(&before, export.as_ref()),
    )?;
    let ledger = mend::mend_log(home, &before, export.as_ref())?;
    let private = runtime()?.block_on(mend::mend_private(home, asked.salvage))?;
    let mended = Mended {
        ledger,
        private,
        after: mend::check(home)?,
    };
    print(json, &mended, || told(&mended))?;
    Ok(exit(&mended.after))
}

fn exit(check: &Check) -> ExitCode {
    match check.is_healthy() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn plan(before: &Check, export: Option<&Imported>) -> String {
    let mut text = text(before);
    if let (true, Some(export)) = (before.log_is_damaged(), export) {
        text.push_str(&format!(
            "\nthe log is taken from the export, {} entries: each that can still be read here must be in it\n\
             what is here now is kept beside",
            export.book.size()
        ));
    }
    text
}

fn text(check: &Check) -> String {
    let mut lines = Vec::new();
    for (name, report) in [("log", &check.ledger), ("private journal", &check.private)] {
        lines.push(format!(
            "{name}: {} good records, {} bytes in {}",
            report.records,
            report.journal_bytes,
            report.dir.display()
        ));
        findings(report, &mut lines);
    }
    lines.push(format!("signed: {} entries", check.signed));
    if check.shorter {
        lines.push(
            "error[AL-8705]: the log has fewer entries than the hub has signed\n\
             \x20 help: get them back from a member's export: `allot-hub store repair --from DIR`"
                .to_owned(),
        );
    }
    let verdict = match check.is_healthy() {
        true => "nothing is lost",
        false => "something is wrong",
    };
    lines.push(verdict.to_owned());
    lines.join("\n")
}

fn findings(report: &CheckReport, lines: &mut Vec<String>) {
    for finding in &report.findings {
        let word = match finding.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        lines.push(format!(
            "{word}[{}]: {}: {}",
            finding.code,
            finding.place.display(),
            finding.message
        ));
    }
}

fn told(mended: &Mended) -> String {
    let mut lines = Vec::new();
    let ledger = &mended.ledger;
    if let Some(kept) = &ledger.replaced {
        lines.push(format!(
            "the log was taken from the export; {} entries that could still be read are all in it\n\
             \x20 the damaged one is kept in {}",
            ledger.confirmed,
            kept.display()
        ));
    }
    if ledger.texts > 0 {
        lines.push(format!("{} texts were taken from the export", ledger.texts));
    }
    let actions = ledger.actions.iter().chain(&mended.private.actions);
    lines.extend(actions.map(action));
    let revoked = &mended.private.revoked;
    if !revoked.is_empty() {
        lines.push(format!(
            "revoked {} open invites, as it is not known whether they were used: {}",
            revoked.len(),
            revoked.join(", ")
        ));
    }
    if lines.is_empty() {
        lines.push("there was nothing to mend".to_owned());
    }
    lines.push(text(&mended.after));
    lines.join("\n")
}

fn action(action: &RepairAction) -> String {
    match action {
        RepairAction::HeaderRestored { saved_to } => format!(
            "a journal's header was taken from its copy; what was there is in {}",
            saved_to.display()
        ),
        RepairAction::TailCut(cut) => format!(
            "a torn end of {} bytes was cut off and is kept in {}",
            cut.bytes,
            cut.saved_to.display()
        ),
        RepairAction::Salvaged {
            original,
            later_records,
            later,
            last,
        } => format!(
            "a journal ends with record {last} now; {later} later ones are in {}, the journal as it was in {}",
            later_records.display(),
            original.display()
        ),
        RepairAction::IndexSetAside { saved_to } => {
            format!("an index was set aside: {}", saved_to.display())
        }
        RepairAction::BlobQuarantined { saved_to } => {
            format!("a damaged text was set aside: {}", saved_to.display())
        }
    }
}
