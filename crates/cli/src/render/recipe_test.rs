//! A recipe's test: lines while it goes on, and what came of each phase.

use allot_proto::agent::{TestPhase, TestStarted, TestedRelease};

use super::{
    style::{Style, Tone},
    table::table,
    text::{elapsed, short, visible},
};

/// Width of the column of phases.
const NAME: usize = 30;

/// What is tested, and where.
#[must_use]
pub fn started(style: Style, started: &TestStarted) -> String {
    let recipe = style.paint(Tone::Strong, &visible(&started.recipe));
    let candidate = started.candidate.as_ref().map(release).unwrap_or_default();
    let before = match &started.previous {
        Some(previous) => format!("upgrading from {}", release(previous)),
        None => "there is no release before it to upgrade from".to_owned(),
    };
    format!(
        "testing {recipe} {candidate} on the throw-away stack {}\n{before}\n",
        visible(&started.stack)
    )
}

/// A version with the beginning of its commit, or that alone.
#[must_use]
pub fn release(release: &TestedRelease) -> String {
    let commit = visible(short(&release.commit)).into_owned();
    match release.version.as_str() {
        "" => commit,
        version => format!("{} ({commit})", visible(version)),
    }
}

/// A phase that begins.
#[must_use]
pub fn begins(style: Style, name: &str) -> String {
    format!("{} ...\n", style.paint(Tone::Faint, &visible(name)))
}

/// Something that happens in it.
#[must_use]
pub fn line(style: Style, text: &str) -> String {
    format!("  {}\n", style.paint(Tone::Faint, &visible(text)))
}

/// A phase that ended, with its log where somebody wants to know why.
#[must_use]
pub fn ended(style: Style, phase: &TestPhase) -> String {
    let verdict = style.paint(tone(&phase.verdict), &format!("{:<7}", phase.verdict));
    let mut text = format!(
        "{verdict}  {:<NAME$}  {:>8}  {}\n",
        visible(&phase.name),
        elapsed(phase.elapsed_ms),
        visible(&phase.text)
    );
    if matches!(phase.verdict.as_str(), "failed" | "noted") {
        for logged in &phase.log {
            text.push_str(&line(style, &format!("| {logged}")));
        }
    }
    text
}

/// All phases.
#[must_use]
pub fn phases(style: Style, phases: &[TestPhase]) -> String {
    let rows = phases.iter().map(|phase| {
        vec![
            phase.name.clone(),
            phase.verdict.clone(),
            elapsed(phase.elapsed_ms),
            phase.text.clone(),
        ]
    });
    table(style, &["PHASE", "VERDICT", "TIME", "WHAT"], rows)
}

/// The verdict, in a word.
#[must_use]
pub fn verdict(style: Style, verdict: &str) -> String {
    style.paint(tone(verdict), &visible(verdict))
}

fn tone(verdict: &str) -> Tone {
    match verdict {
        "passed" => Tone::Good,
        "failed" => Tone::Bad,
        "noted" | "interrupted" => Tone::Care,
        _ => Tone::Faint,
    }
}
