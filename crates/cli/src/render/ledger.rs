//! The federation's log: how far it is verified, its entries, what a comparison says.

use allot_proto::agent::{CompareCheckpointResponse, LedgerEntry, LedgerStatus, VerifyProgress};

use super::{
    federation::{Witnesses, age, trouble, witnesses},
    intent::quoted,
    style::{Style, Tone},
    table::{pairs, table},
    text::{self, time, visible},
};

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// `ledger status`.
#[must_use]
pub fn status(style: Style, s: &LedgerStatus) -> String {
    let have = u32::try_from(s.witnesses.len()).unwrap_or(u32::MAX);
    let behind = s.size.saturating_sub(s.witnessed_size);
    let count = Witnesses {
        have,
        members: s.members,
        needed: s.witnesses_needed,
        behind,
        required: s.requires_witnesses,
    };
    let mut rows = vec![
        ("federation", shown(&s.federation)),
        ("genesis", shown(&s.genesis)),
        ("entries", s.size.to_string()),
        ("root", shown(&s.root)),
        ("state", shown(&s.state)),
        (
            "checkpoint",
            age(&s.checkpoint_time, s.checkpoint_age_seconds),
        ),
        ("witnessed", witnesses(style, count)),
        ("witnesses", shown(&s.witnesses.join(", "))),
    ];
    rows.extend(trouble(style, &s.problem, &s.problem_code, &s.help));
    pairs(style, 0, &rows)
}

/// `ledger show`.
#[must_use]
pub fn entries(style: Style, entries: &[LedgerEntry]) -> String {
    let rows = entries.iter().map(|e| {
        vec![
            e.index.to_string(),
            time(&e.time),
            e.author.clone(),
            e.kind.clone(),
            e.summary.clone(),
        ]
    });
    table(style, &["INDEX", "TIME", "AUTHOR", "KIND", "WHAT"], rows)
}

/// `ledger show INDEX`: with the entry as it was signed.
#[must_use]
pub fn entry(style: Style, e: &LedgerEntry) -> String {
    let rows = [
        ("entry", e.index.to_string()),
        ("time", time(&e.time)),
        ("author", shown(&e.author)),
        ("number", format!("{} of this author", e.seq)),
        ("kind", shown(&e.kind)),
        ("what", shown(&e.summary)),
        ("leaf hash", shown(&e.leaf_hash)),
    ];
    let json = serde_json::from_str::<serde_json::Value>(&e.json)
        .ok()
        .and_then(|json| serde_json::to_string_pretty(&json).ok())
        .unwrap_or_else(|| e.json.clone());
    let title = style.paint(Tone::Strong, "Signed");
    format!(
        "{}\n{title}\n{}",
        pairs(style, 0, &rows),
        quoted(style, &json)
    )
}

/// The end of `ledger verify`.
#[must_use]
pub fn verified(style: Style, done: &VerifyProgress) -> String {
    let rows = [
        (
            "verified",
            style.paint(Tone::Good, &text::entries(done.verified)),
        ),
        ("root", shown(&done.root)),
        ("state", shown(&done.state)),
    ];
    pairs(style, 0, &rows)
}

/// `ledger compare`, unless the log has forked.
#[must_use]
pub fn compared(style: Style, answer: &CompareCheckpointResponse) -> String {
    let (word, means) = match answer.verdict.as_str() {
        "same" => ("same", "both have seen the same log"),
        "older" => (
            "older",
            "it is of an earlier state of the log that this agent has",
        ),
        "newer" => (
            "newer",
            "nothing can be said until this agent has those entries too",
        ),
        other => (other, "this allot does not know what that means"),
    };
    let tone = match word {
        "same" | "older" => Tone::Good,
        _ => Tone::Care,
    };
    format!(
        "{}: {means} (own {}, other {} entries)\n",
        style.paint(tone, &visible(word)),
        answer.own_size,
        answer.other_size
    )
}
