//! Resolutions: the list, and one of them whole.

use allot_proto::agent::{CastVote, GetResolutionResponse, ImportResponse, Resolution, Tally};
use jiff::Timestamp;

use super::{
    intent::quoted,
    style::{Style, Tone},
    table::{pairs, table},
    text::{count, left, number, time, visible},
};

/// `resolution list`.
#[must_use]
pub fn list(style: Style, resolutions: &[Resolution], now: Timestamp) -> String {
    let rows = resolutions.iter().map(|r| {
        let (votes_for, against) = match &r.tally {
            Some(t) if counted(r) => (
                format!("{} (needs {})", t.votes_for, t.needed),
                t.votes_against.to_string(),
            ),
            _ => Default::default(),
        };
        vec![
            number(r.number),
            r.title.clone(),
            r.size.clone(),
            state(r),
            votes_for,
            against,
            own(r),
            time(&r.deadline),
            if r.state == "open" && !r.imported {
                left(&r.deadline, now)
            } else {
                String::new()
            },
        ]
    });
    let head = [
        "NUMBER", "TITLE", "SIZE", "STATE", "FOR", "AGAINST", "YOURS", "DEADLINE", "",
    ];
    table(style, &head, rows)
}

/// Whether votes are counted on it: not on small ones, drafts, and those of before the log.
fn counted(r: &Resolution) -> bool {
    !r.imported && r.size != "small" && r.state != "draft"
}

fn state(r: &Resolution) -> String {
    if r.imported {
        return format!("{}, imported", r.state);
    }
    if r.witnessed {
        r.state.clone()
    } else {
        format!("{}, not witnessed yet", r.state)
    }
}

fn own(r: &Resolution) -> String {
    match r.own_vote.as_str() {
        "" if r.awaiting_own_vote => "awaited".to_owned(),
        vote => vote.to_owned(),
    }
}

/// `resolution show`.
#[must_use]
pub fn show(style: Style, answer: &GetResolutionResponse, now: Timestamp) -> String {
    let r = answer.resolution.clone().unwrap_or_default();
    let title = format!("Resolution {}: {}", number(r.number), visible(&r.title));
    let mut text = format!("{}\n\n", style.paint(Tone::Strong, &title));
    text.push_str(&pairs(style, 2, &facts(style, answer, &r, now)));
    votes(&mut text, style, answer);
    lines(&mut text, style, "History", &answer.history);
    heading(&mut text, style, "Text");
    if answer.text.is_empty() {
        let note = match answer.text_note.as_str() {
            "" => "it has none",
            note => note,
        };
        text.push_str(&format!("  {}\n", visible(note)));
    } else {
        text.push_str(&quoted(style, &answer.text));
    }
    text
}

fn facts(
    style: Style,
    answer: &GetResolutionResponse,
    r: &Resolution,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let shown = |text: &str| visible(text).into_owned();
    let deadline = match left(&r.deadline, now) {
        left if r.state == "open" && !r.imported && !left.is_empty() => {
            format!("{}, {left}", time(&r.deadline))
        }
        _ => time(&r.deadline),
    };
    let state = visible(&state(r)).into_owned();
    let state = match r.state.as_str() {
        "passed" => style.paint(Tone::Good, &state),
        "rejected" | "stalled" => style.paint(Tone::Bad, &state),
        _ => state,
    };
    let (cast, needed) = match &r.tally {
        Some(tally) if counted(r) => (cast(tally, answer.silent.len()), needed(tally)),
        _ => Default::default(),
    };
    let kind = r.kind.replace('_', " ");
    vec![
        ("state", state),
        ("size", shown(&r.size)),
        ("kind", shown(&kind)),
        ("effect", shown(&answer.effect)),
        ("proposer", shown(&r.proposer)),
        ("proposed", time(&r.proposed)),
        ("deadline", deadline),
        ("closed", time(&r.closed)),
        ("votes", cast),
        ("needs", needed),
        ("your vote", shown(&own(r))),
    ]
}

fn cast(tally: &Tally, silent: usize) -> String {
    format!(
        "{} for, {} against, {} abstained, {silent} silent",
        tally.votes_for, tally.votes_against, tally.abstained
    )
}

fn needed(tally: &Tally) -> String {
    format!(
        "{} for of {} that may vote, none against",
        tally.needed, tally.electorate
    )
}

fn votes(text: &mut String, style: Style, answer: &GetResolutionResponse) {
    if answer.votes.is_empty() && answer.silent.is_empty() {
        return;
    }
    heading(text, style, "Votes");
    let of = |vote: &CastVote| {
        let mut note = Vec::new();
        if vote.changes > 0 {
            note.push(format!("changed {}", times(vote.changes)));
        }
        if !vote.counts {
            note.push("does not count: no member any more".to_owned());
        }
        vec![
            vote.collective.clone(),
            vote.choice.clone(),
            time(&vote.time),
            note.join("; "),
            vote.reason.clone(),
        ]
    };
    let silent = answer
        .silent
        .iter()
        .map(|slug| vec![slug.clone(), "silent".to_owned()]);
    let rows = answer.votes.iter().map(of).chain(silent.map(|mut row| {
        row.resize(5, String::new());
        row
    }));
    let head = ["COLLECTIVE", "VOTE", "WHEN", "NOTE", "REASON"];
    text.push_str(&table(style, &head, rows));
}

fn times(n: u32) -> String {
    if n == 1 {
        "once".to_owned()
    } else {
        format!("{n} times")
    }
}

fn lines(text: &mut String, style: Style, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    heading(text, style, title);
    for line in lines {
        text.push_str(&format!("  {}\n", visible(line)));
    }
}

fn heading(text: &mut String, style: Style, title: &str) {
    text.push_str(&format!("\n{}\n", style.paint(Tone::Strong, title)));
}

/// Which resolutions an import brings in, or would.
#[must_use]
pub fn imported(answer: &ImportResponse) -> String {
    let numbers: Vec<String> = answer.numbers.iter().map(|n| number(*n)).collect();
    format!(
        "{}: {}\n",
        count(numbers.len(), "resolution"),
        numbers.join(", ")
    )
}
