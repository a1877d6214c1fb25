//! How an operation ended, and why where it did not end well.

use std::fmt::Write as _;

use allot_proto::agent::{FailureDetail, Outcome, Verdict};

use super::{
    style::{Style, Tone},
    text::{cut, elapsed, visible},
};
use crate::{exit::ExitCode, limits};

/// The word for an outcome.
#[must_use]
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Converged => "converged",
        Outcome::Completed => "completed",
        Outcome::RolledBack => "rolled back",
        Outcome::Failed => "failed",
        Outcome::TimedOut => "timed out",
        Outcome::Unchanged => "unchanged",
        Outcome::Detached => "detached",
        Outcome::Removed => "removed",
        Outcome::Interrupted => "interrupted",
        Outcome::Unspecified => "unknown",
    }
}

/// What the process ends with. An outcome that this build does not know is never taken for success.
#[must_use]
pub fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
        Outcome::Converged
        | Outcome::Completed
        | Outcome::Unchanged
        | Outcome::Detached
        | Outcome::Removed => ExitCode::Done,
        Outcome::RolledBack => ExitCode::RolledBack,
        // The agent or its engine did not answer to the end, so nobody knows what came of it.
        Outcome::Interrupted => ExitCode::Unreachable,
        Outcome::Failed | Outcome::TimedOut | Outcome::Unspecified => ExitCode::Failed,
    }
}

fn tone(outcome: Outcome) -> Tone {
    match exit(outcome) {
        ExitCode::Done => Tone::Good,
        ExitCode::RolledBack => Tone::Care,
        _ => Tone::Bad,
    }
}

/// The verdict's one line; it says so where the engine was a simulated one.
#[must_use]
pub fn line(style: Style, verdict: &Verdict, simulated: bool) -> String {
    let outcome = verdict.outcome();
    let word = style.paint(tone(outcome), word(outcome));
    let text = visible(&verdict.text);
    let sep = if text.is_empty() { "" } else { ": " };
    let simulated = if simulated { ", simulated" } else { "" };
    format!(
        "{word}{sep}{text} ({}{simulated})\n",
        elapsed(verdict.elapsed_ms)
    )
}

/// What became of each service, where the outcome is no success.
#[must_use]
pub fn services(style: Style, verdict: &Verdict) -> String {
    if exit(verdict.outcome()) == ExitCode::Done {
        return String::new();
    }
    let width = verdict
        .services
        .iter()
        .map(|s| s.service.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for service in &verdict.services {
        let outcome = service.outcome();
        let word = style.paint(tone(outcome), word(outcome));
        let why = match service.text.as_str() {
            "" => String::new(),
            why => format!(": {}", visible(why)),
        };
        let _ = writeln!(text, "  {:<width$}  {word}{why}", visible(&service.service));
    }
    text
}

/// What a failing service said last.
#[must_use]
pub fn failure(style: Style, failure: &FailureDetail) -> String {
    let mut head = visible(&failure.service).into_owned();
    if !failure.task.is_empty() {
        let _ = write!(head, " (task {})", visible(&failure.task));
    }
    let mut text = format!("\n{}\n", style.paint(Tone::Strong, &head));
    if !failure.error.is_empty() {
        let error = style.paint(Tone::Bad, &visible(&failure.error));
        let _ = writeln!(text, "  error: {error}");
    }
    if let Some(code) = failure.exit_code {
        let _ = writeln!(text, "  exit code: {code}");
    }
    if !failure.health_output.is_empty() {
        block(
            &mut text,
            style,
            "health check",
            failure.health_output.lines(),
        );
    }
    if !failure.log.is_empty() {
        block(
            &mut text,
            style,
            "last log lines",
            failure.log.iter().map(String::as_str),
        );
    }
    text
}

fn block<'a>(text: &mut String, style: Style, title: &str, lines: impl Iterator<Item = &'a str>) {
    let _ = writeln!(text, "  {title}:");
    for line in lines {
        let line = visible(line.trim_end_matches(['\r', '\n'])).into_owned();
        let line = cut(&line, limits::MAX_LOG_LINE).into_owned();
        let _ = writeln!(text, "    {} {line}", style.paint(Tone::Faint, "|"));
    }
}
