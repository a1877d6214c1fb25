//! Resolutions to messages.

use allot_ledger::{
    Slug,
    entry::Choice,
    state::{Ballot, Effect, Phase, Resolution, State},
};
use allot_proto::agent as pb;

use super::convert_federation::{size, tally, time};
use crate::federation::View;

/// A resolution in a list.
pub fn resolution(of: &Resolution, state: &State, view: &View) -> pb::Resolution {
    let own = of.ballots.get(&view.collective);
    let written = of.imported.as_ref();
    let date = |at, written: Option<&String>| written.cloned().unwrap_or_else(|| time(at));
    let counted = of.result.or_else(|| {
        let was_open = of.imported.is_none() && !of.electorate.is_empty();
        was_open.then(|| of.tally(|slug| state.is_voting(slug)))
    });
    pb::Resolution {
        number: of.number,
        title: of.title.clone(),
        size: of.size.map(size).unwrap_or_default().to_owned(),
        kind: of.kind.name().to_owned(),
        state: of.phase.name().to_owned(),
        proposer: of.proposer.to_string(),
        proposed: date(of.proposed, written.map(|w| &w.date)),
        deadline: date(of.deadline, written.map(|w| &w.deadline)),
        closed: date(of.closed, written.map(|w| &w.passed_on)),
        tally: counted.map(tally),
        own_vote: own
            .map(|ballot| choice(ballot.choice))
            .unwrap_or_default()
            .to_owned(),
        awaiting_own_vote: state.awaits_vote(of, &view.collective),
        imported: of.imported.is_some(),
        witnessed: is_witnessed(of, view),
    }
}

/// Whether enough members have witnessed the entry that has its words; and once it has ended, a log of after that: no
/// vote can come into it any more.
fn is_witnessed(of: &Resolution, view: &View) -> bool {
    let ended = |closed| {
        view.witnessed_time
            .is_some_and(|witnessed| witnessed >= closed)
    };
    of.source.entry < view.witnessed_size && of.closed.is_none_or(ended)
}

/// A resolution with everything; its text is filled in by whoever has it.
pub fn whole(of: &Resolution, state: &State, view: &View) -> pb::GetResolutionResponse {
    let silent = of
        .electorate
        .iter()
        .filter(|slug| !of.ballots.contains_key(*slug));
    pb::GetResolutionResponse {
        resolution: Some(resolution(of, state, view)),
        votes: of
            .ballots
            .iter()
            .map(|(slug, ballot)| vote(slug, ballot, of, state))
            .collect(),
        silent: silent.map(Slug::to_string).collect(),
        effect: effect(of),
        effect_json: json(&of.effect),
        history: history(of),
        kind_json: json(&Some(&of.kind)),
        ..Default::default()
    }
}

fn vote(slug: &Slug, ballot: &Ballot, of: &Resolution, state: &State) -> pb::CastVote {
    pb::CastVote {
        collective: slug.to_string(),
        choice: choice(ballot.choice).to_owned(),
        reason: ballot.reason.clone().unwrap_or_default(),
        time: ballot.time.to_string(),
        changes: ballot.changes,
        // Who counted at the end is in the result; before, it is who is a member now.
        counts: !of.is_open() || state.is_voting(slug),
    }
}

fn choice(choice: Choice) -> &'static str {
    match choice {
        Choice::For => "for",
        Choice::Against => "against",
        Choice::Abstain => "abstain",
    }
}

/// What followed, or will follow.
fn effect(of: &Resolution) -> String {
    match (&of.effect, of.phase) {
        (Some(Effect::None { why }), _) => format!("nothing followed: {why}"),
        (Some(Effect::Done), _) => of.kind.does(),
        (None, Phase::Draft | Phase::Open) if of.imported.is_none() => {
            format!("once it passes, it {}", of.kind.does())
        }
        (None, _) => String::new(),
    }
}

fn history(of: &Resolution) -> Vec<String> {
    let mut lines = Vec::new();
    if of.imported.is_some() {
        lines.push(format!("of before the log; {} brought it in", of.proposer));
    }
    if let Some(at) = of.proposed {
        lines.push(format!("{at} proposed by {}", of.proposer));
    }
    if let Some((by, why)) = &of.escalated {
        lines.push(format!("made a large decision by {by}: {why}"));
    }
    let changed = of.ballots.iter().filter(|(_, ballot)| ballot.changes > 0);
    for (slug, ballot) in changed {
        let times = if ballot.changes == 1 {
            "once"
        } else {
            "several times"
        };
        lines.push(format!(
            "{} {slug} changed its vote, {times} so far",
            ballot.time
        ));
    }
    if let Some(why) = &of.withdrawn {
        lines.push(format!("withdrawn by {}: {why}", of.proposer));
    }
    if let Some(at) = of.closed {
        lines.push(format!("{at} {}", of.phase.name()));
    }
    lines
}

/// JSON as the log has it; empty for nothing.
fn json(value: &Option<impl serde::Serialize>) -> String {
    let value = value.as_ref().map(serde_json::to_string);
    value.and_then(Result::ok).unwrap_or_default()
}
