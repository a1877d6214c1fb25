//! The words for each notice.

use allot_ledger::{
    Slug,
    entry::{Number, Size},
    state::{Phase, Tally},
};
use jiff::Timestamp;

use super::Line::{self, Command, Head, Item, Words};
use crate::notify::{
    daily::{Awaiting, Daily, How, Movement},
    notice::{About, Block, Closed, List, Notice, Opened, Reminder, What},
};

pub(super) fn of(notice: &Notice) -> Vec<Line> {
    match &notice.what {
        What::Opened(it) => opened(it),
        What::Closed(it) => closed(it),
        What::Reminder(it) => reminder(it),
        What::Digest(it) => daily(&notice.federation.name, it),
    }
}

fn opened(it: &Opened) -> Vec<Line> {
    let of = &it.resolution;
    let mut lines = vec![
        Head(format!(
            "Resolution {} is open: {}",
            nr(of.number),
            of.title
        )),
        Words(format!(
            "{}, proposed by {}. Votes count before {}.{}",
            size(of.size),
            of.proposer,
            at(it.deadline),
            if it.short_notice {
                " That is shorter than usual."
            } else {
                ""
            },
        )),
        Words(format!(
            "It needs {} for, of {}, and none against.",
            votes(it.needed),
            members(it.electorate)
        )),
    ];
    lines.extend(how_to_vote(of));
    lines
}

fn closed(it: &Closed) -> Vec<Line> {
    let of = &it.resolution;
    let mut lines = vec![Head(format!(
        "Resolution {} {}: {}",
        nr(of.number),
        outcome(it),
        of.title
    ))];
    match &it.tally {
        Some(tally) => lines.push(Words(format!("{}.", counted(tally)))),
        None => lines.push(Words(format!("{}, by {}.", size(of.size), of.proposer))),
    }
    let because = it.withdrawn_because.iter();
    lines.extend(because.map(|why| Words(format!("Reason: {why}"))));
    let idle = it.without_effect.iter();
    lines.extend(idle.map(|why| Words(format!("It has no effect: {why}"))));
    lines.extend(it.blocks.items.iter().map(block));
    lines.extend(more(it.blocks.more));
    lines
}

fn block(block: &Block) -> Line {
    let reason = block.reason.as_deref().unwrap_or("no reason given");
    Item(format!("{} is against: {reason}", block.collective))
}

fn reminder(it: &Reminder) -> Vec<Line> {
    let of = &it.resolution;
    let mut lines = vec![
        Head(format!(
            "Resolution {} ends in less than {} hours: {}",
            nr(of.number),
            it.hours_before,
            of.title
        )),
        Words(format!(
            "Votes count before {}. So far: {}.",
            at(it.deadline),
            counted(&it.tally)
        )),
        Words(format!(
            "Not voted yet ({} of {}): {}",
            it.not_voted.count(),
            it.tally.electorate,
            names(&it.not_voted)
        )),
    ];
    lines.extend(how_to_vote(of));
    lines
}

fn daily(federation: &Slug, it: &Daily) -> Vec<Line> {
    let mut lines = vec![
        Head(format!("Digest of {federation}, {}", it.date)),
        Words(format!(
            "What happened since {}, and what waits.",
            at(it.since)
        )),
    ];
    lines.extend(section("Opened", &it.opened, |it: &Opened| {
        format!("{}, until {}", titled(&it.resolution), at(it.deadline))
    }));
    lines.extend(section("Ended", &it.closed, ended));
    lines.extend(section("Members", &it.members, moved));
    lines.extend(section("Would like to join", &it.applied, Slug::to_string));
    lines.extend(section(
        "Waiting for votes",
        &it.awaiting,
        |it: &Awaiting| {
            format!(
                "{}, until {}: {} of {} have not voted",
                titled(&it.resolution),
                at(it.deadline),
                it.not_voted,
                it.tally.electorate
            )
        },
    ));
    lines
}

fn ended(it: &Closed) -> String {
    let how = match it.outcome {
        Phase::Passed if it.tally.is_none() => "written down",
        Phase::Rejected => "blocked",
        other => other.name(),
    };
    let numbers = it
        .tally
        .as_ref()
        .map(|tally| format!(", {}", counted(tally)));
    let numbers = numbers.unwrap_or_default();
    format!("{}: {how}{numbers}", titled(&it.resolution))
}

fn moved(it: &Movement) -> String {
    let how = match it.how {
        How::Admitted => "was admitted",
        How::Suspended => "was suspended: its rights rest",
        How::Reinstated => "was reinstated",
        How::Left => "left",
        How::Excluded => "was excluded",
        How::Declined => "was not admitted",
        How::Expired => "is no applicant any more: nobody proposed to admit it",
    };
    format!("{} {how}", it.collective)
}

fn section<T>(name: &str, list: &List<T>, line: impl Fn(&T) -> String) -> Vec<Line> {
    if list.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Head(name.to_owned())];
    lines.extend(list.items.iter().map(|item| Item(line(item))));
    lines.extend(more(list.more));
    lines
}

fn more(count: usize) -> Option<Line> {
    (count > 0).then(|| Item(format!("and {count} more")))
}

fn how_to_vote(of: &About) -> [Line; 2] {
    [
        Words("A delegate votes with:".to_owned()),
        Command(format!(
            "allot resolution vote {} for|against|abstain",
            of.number
        )),
    ]
}

fn outcome(it: &Closed) -> &'static str {
    match it.outcome {
        Phase::Passed if it.tally.is_none() => "was written down",
        Phase::Passed => "passed",
        Phase::Rejected => "was blocked",
        Phase::Stalled => "stalled",
        Phase::Withdrawn => "was withdrawn",
        Phase::Draft | Phase::Open => "is not over",
    }
}

fn titled(of: &About) -> String {
    format!("{} {}", nr(of.number), of.title)
}

fn counted(tally: &Tally) -> String {
    format!(
        "{} for ({} needed, of {}), {} against, {} abstained",
        tally.votes_for, tally.needed, tally.electorate, tally.votes_against, tally.abstained
    )
}

fn names(list: &List<Slug>) -> String {
    let names: Vec<_> = list.items.iter().map(Slug::as_str).collect();
    match list.more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn votes(count: u32) -> String {
    match count {
        1 => "1 vote".to_owned(),
        count => format!("{count} votes"),
    }
}

fn members(count: u32) -> String {
    match count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}

fn size(size: Option<Size>) -> &'static str {
    match size {
        Some(Size::Small) => "Small",
        Some(Size::Medium) => "Medium",
        Some(Size::Large) => "Large",
        None => "Of no known size",
    }
}

/// As the federation writes it, with three digits.
fn nr(number: Number) -> String {
    format!("{number:03}")
}

fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
