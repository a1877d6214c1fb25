//! `allot-agent store check|repair`.

use std::{path::Path, process::ExitCode};

use allot_store::{CheckReport, RepairOptions, Severity};
use serde::Serialize;

use super::CommandError;
use crate::{app::AppError, args::StoreCommand, server::STORE_DIR};

/// Looks at the store of the agent in `dir`, or mends it.
pub(super) fn run(dir: &Path, command: &StoreCommand) -> Result<ExitCode, CommandError> {
    let dir = dir.join(STORE_DIR);
    match *command {
        StoreCommand::Check { json } => {
            let report = allot_store::check(&dir).map_err(AppError::from)?;
            if json {
                print_json(&report)?
            } else {
                print_report(&report)
            }
            Ok(exit(&report))
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
            let report = allot_store::repair(&dir, &options).map_err(AppError::from)?;
            if json {
                print_json(&report)?;
            } else {
                for action in &report.actions {
                    print_json(action)?;
                }
                print_report(&report.after);
            }
            Ok(exit(&report.after))
        }
    }
}

fn exit(report: &CheckReport) -> ExitCode {
    if report.is_healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print_json(report: &impl Serialize) -> Result<(), AppError> {
    let text =
        serde_json::to_string_pretty(report).map_err(|source| AppError::Encode { source })?;
    println!("{text}");
    Ok(())
}

fn print_report(report: &CheckReport) {
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
    for finding in &report.findings {
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
    println!(
        "{}",
        if report.is_healthy() {
            "nothing is lost"
        } else {
            "something is wrong"
        }
    );
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
