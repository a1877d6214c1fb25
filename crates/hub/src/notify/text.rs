//! What people read: the same lines as plain text and as HTML.

use std::fmt::Write as _;

use allot_ledger::{
    Slug,
    entry::{Number, Size},
    state::{Phase, Tally},
};
use jiff::Timestamp;

use super::notice::{
    About, Awaiting, Block, Closed, Daily, How, List, Movement, Notice, Opened, Reminder, What,
};

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// What it is about.
    Head(String),
    Words(String),
    /// What to type.
    Command(String),
    Item(String),
}

use Line::{Command, Head, Item, Words};

impl Text {
    pub(super) fn of(notice: &Notice) -> Self {
        let lines = match &notice.what {
            What::Opened(it) => opened(it),
            What::Closed(it) => closed(it),
            What::Reminder(it) => reminder(it),
            What::Digest(it) => daily(&notice.federation.name, it),
        };
        Self { lines }
    }

    pub(super) fn plain(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            // Writing into a string does not fail.
            let _ = match line {
                Head(line) if text.is_empty() => writeln!(text, "{line}"),
                Head(line) => writeln!(text, "\n{line}"),
                Words(line) => writeln!(text, "{line}"),
                Command(line) => writeln!(text, "  {line}"),
                Item(line) => writeln!(text, "- {line}"),
            };
        }
        text.truncate(text.trim_end().len());
        text
    }

    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        let mut in_list = false;
        for line in &self.lines {
            let is_item = matches!(line, Item(_));
            if is_item != in_list {
                html.push_str(if is_item { "<ul>" } else { "</ul>" });
                in_list = is_item;
            }
            let _ = match line {
                Head(line) => write!(html, "<p><strong>{}</strong></p>", escaped(line)),
                Words(line) => write!(html, "<p>{}</p>", escaped(line)),
                Command(line) => write!(html, "<p><code>{}</code></p>", escaped(line)),
                Item(line) => write!(html, "<li>{}</li>", escaped(line)),
            };
        }
        if in_list {
            html.push_str("</ul>");
        }
        html
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

/// A text of somebody's in one line, at most `most` characters of it, without what would move the words around it.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let shown = |c: &char| !c.is_control() && !is_direction(*c);
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(shown).collect();
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => line
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// Characters that change the direction of the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
