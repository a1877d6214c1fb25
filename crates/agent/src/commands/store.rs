//! `allot-agent store check|repair`: the agent's store, and its copy of the federation's log.

use std::{path::Path, process::ExitCode};

use allot_replica::Replica;
use allot_store::{Area, CheckReport, Finding, RepairOptions, RepairReport, Severity};
use serde::Serialize;

use super::CommandError;
use crate::{app::AppError, args::StoreCommand, federation::Home, server::STORE_DIR};

/// What becomes of a copy of the log that is damaged. No command mends it: the hub has all of it, and what the agent
/// remembers beside it keeps the hub from giving another.
const FETCHED_ANEW: &str =
    "The agent sets it aside at its next start, and fetches it anew from the hub.";

/// What a check found. For programs the store's report is as ever, and the log's stands in it.
#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    store: CheckReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<CheckReport>,
}

/// What was mended, as with [`Checked`].
#[derive(Serialize)]
struct Mended {
    #[serde(flatten)]
    store: RepairReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<CheckReport>,
}

/// Looks at the store of the agent in `dir`, or mends it.
pub(super) fn run(dir: &Path, command: &StoreCommand) -> Result<ExitCode, CommandError> {
    let store = dir.join(STORE_DIR);
    match *command {
        StoreCommand::Check { json } => {
            let checked = Checked {
                store: allot_store::check(&store).map_err(AppError::from)?,
                ledger: ledger(dir)?,
            };
            if json {
                print_json(&checked)?;
            } else {
                print_report(&checked.store, checked.ledger.as_ref());
            }
            Ok(exit(&checked.store, checked.ledger.as_ref()))
        }
        StoreCommand::Repair {
            salvage,
            rebuild_index,
            json,
        } => {
            let options = RepairOptions {
                salvage,
                rebuild_index,
            };
            let mended = Mended {
                store: allot_store::repair(&store, &options).map_err(AppError::from)?,
                ledger: ledger(dir)?,
            };
            let (report, ledger) = (&mended.store, mended.ledger.as_ref());
            if json {
                print_json(&mended)?;
            } else {
                for action in &report.actions {
                    print_json(action)?;
                }
                print_report(&report.after, ledger);
            }
            Ok(exit(&report.after, ledger))
        }
    }
}

/// Looks at the copy of the log, if there is one. It has no index.
fn ledger(dir: &Path) -> Result<Option<CheckReport>, AppError> {
    let dir = Home::of(dir).ledger();
    if !Replica::is_there(&dir) {
        return Ok(None);
    }
    let mut report = allot_store::check(&dir)?;
    report.findings.retain(|found| found.area != Area::Index);
    for found in &mut report.findings {
        if found.severity == Severity::Error && found.area == Area::Journal {
            FETCHED_ANEW.clone_into(&mut found.remedy);
        }
    }
    Ok(Some(report))
}

fn exit(store: &CheckReport, ledger: Option<&CheckReport>) -> ExitCode {
    if is_healthy(store, ledger) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn is_healthy(store: &CheckReport, ledger: Option<&CheckReport>) -> bool {
    store.is_healthy() && ledger.is_none_or(CheckReport::is_healthy)
}

fn print_json(report: &impl Serialize) -> Result<(), AppError> {
    let text =
        serde_json::to_string_pretty(report).map_err(|source| AppError::Encode { source })?;
    println!("{text}");
    Ok(())
}

fn print_report(report: &CheckReport, ledger: Option<&CheckReport>) {
    println!("store: {}", report.dir.display());
    println!(
        "journal: {} good records, {} bytes",
        report.records, report.journal_bytes
    );
    match report.index_applied {
        Some(seq) => println!("index: applied up to record {seq}"),
        None if report.in_use => println!("index: not looked at, the agent has it open"),
        None => println!("index: none; the next start makes it"),
    }
    println!("blobs: {} good, {} bytes", report.blobs, report.blob_bytes);
    print_findings(&report.findings);
    if let Some(ledger) = ledger {
        println!("log: {}", ledger.dir.display());
        println!(
            "journal: {} good entries, {} bytes",
            ledger.records, ledger.journal_bytes
        );
        println!("texts: {} good, {} bytes", ledger.blobs, ledger.blob_bytes);
        print_findings(&ledger.findings);
    }
    println!(
        "{}",
        if is_healthy(report, ledger) {
            "nothing is lost"
        } else {
            "something is wrong"
        }
    );
}

fn print_findings(findings: &[Finding]) {
    for finding in findings {
        println!(
            "{}[{}]: {}: {}",
            word(finding.severity),
            finding.code,
            finding.place.display(),
            finding.message
        );
        if !finding.remedy.is_empty() {
            println!("  help: {}", finding.remedy);
        }
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
