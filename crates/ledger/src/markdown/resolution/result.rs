//! What came of it: the numbers and the votes.

use std::fmt::Write as _;

use super::write::day;
use crate::{
    entry::{Choice, Size},
    ids::Slug,
    markdown::cell::escape,
    state::{Ballot, Effect, Phase, Resolution, State, Tally},
};

/// The section `## Result`; empty while a vote is open, for a draft, and for history, whose votes nobody recorded.
pub(super) fn section(state: &State, resolution: &Resolution) -> String {
    let ended = !matches!(resolution.phase, Phase::Draft | Phase::Open);
    if !ended || resolution.imported.is_some() {
        return String::new();
    }
    let mut section = format!("## Result\n\n{}\n", outcome(resolution));
    for sentence in [escalation(resolution), effect(resolution)]
        .into_iter()
        .flatten()
    {
        let _ = write!(section, "\n{sentence}\n");
    }
    if !resolution.electorate.is_empty() {
        let _ = write!(section, "\n{}", votes(state, resolution));
    }
    section.trim_end().to_owned()
}

fn outcome(resolution: &Resolution) -> String {
    let when = resolution.closed.map(day).unwrap_or_default();
    let reason = escape(resolution.withdrawn.as_deref().unwrap_or_default());
    match (resolution.phase, &resolution.result) {
        (Phase::Withdrawn, _) => format!("Withdrawn on {when}: {reason}"),
        (_, None) if resolution.size == Some(Size::Small) => {
            format!("Written down on {when}: a small decision is not voted on.")
        }
        (phase, None) => format!("{} on {when}.", capital(phase.name())),
        (phase, Some(tally)) => {
            let phase = capital(phase.name());
            format!("{phase} on {when}: {}", numbers(resolution, tally))
        }
    }
}

fn numbers(resolution: &Resolution, tally: &Tally) -> String {
    let cast = u32::try_from(resolution.ballots.len()).unwrap_or(u32::MAX);
    let silent = tally.electorate.saturating_sub(cast);
    let Tally {
        votes_for,
        votes_against,
        abstained,
        needed,
        electorate,
    } = tally;
    let gone = match cast.saturating_sub(counted(tally)) {
        0 => "",
        _ => " Votes of who was no member any more when it ended do not count.",
    };
    format!(
        "{votes_for} for, {votes_against} against, {abstained} abstained, {silent} silent, of {electorate} members. \
         It needed {needed} for and none against.{gone}"
    )
}

fn counted(tally: &Tally) -> u32 {
    let counted = tally.votes_for.saturating_add(tally.votes_against);
    counted.saturating_add(tally.abstained)
}

fn escalation(resolution: &Resolution) -> Option<String> {
    let (by, reason) = resolution.escalated.as_ref()?;
    let reason = escape(reason);
    Some(format!("Made a large decision by {by}: {reason}"))
}

fn effect(resolution: &Resolution) -> Option<String> {
    match resolution.effect.as_ref()? {
        Effect::Done => None,
        Effect::None { why } => Some(format!("It has no effect: {}.", escape(why))),
    }
}

/// One row for each member that could vote, also for those that did not.
fn votes(state: &State, resolution: &Resolution) -> String {
    let mut table = String::from("| Member | Vote | Reason |\n|---|---|---|\n");
    for slug in &resolution.electorate {
        let (vote, reason) = match resolution.ballots.get(slug) {
            Some(ballot) => (choice(ballot), ballot.reason.as_deref()),
            None => ("-", None),
        };
        let reason = escape(reason.unwrap_or_default());
        let _ = writeln!(table, "| {} | {vote} | {reason} |", name(state, slug));
    }
    table
}

fn choice(ballot: &Ballot) -> &'static str {
    match ballot.choice {
        Choice::For => "for",
        Choice::Against => "against",
        Choice::Abstain => "abstain",
    }
}

fn name(state: &State, slug: &Slug) -> String {
    let name = state.collective(slug).map(|c| c.profile.name.as_str());
    escape(name.unwrap_or(slug.as_str()))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
