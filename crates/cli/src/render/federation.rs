//! The federation as this agent sees it: status, members, what a join or a change came to.

use allot_proto::agent::{
    CatalogueAge, FederationStatus, JoinResponse, ListMembersResponse, Member, Recorded,
    RotateKeyResponse,
};
use jiff::Timestamp;

use super::{
    style::{Style, Tone},
    table::{pairs, table},
    text::{entries, left, number, span, time, visible},
};
use crate::membership::Comparison;

/// Clocks that differ by this many seconds are told with care: entries carry the hub's time.
const CLOCK_OFF: i64 = 60;

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// `federation status`.
#[must_use]
pub fn status(style: Style, s: &FederationStatus, now: Timestamp) -> String {
    if s.federation.is_empty() {
        return none(style, s);
    }
    let mut rows = vec![
        ("federation", shown(&s.federation)),
        ("genesis", shown(&s.genesis)),
        ("collective", membership(s)),
        ("key", shown(&s.key)),
        ("agent", shown(&s.agent)),
        ("you are", shown(&s.roles.join(", "))),
        ("hub", hub(style, s)),
    ];
    if !s.hub_reachable {
        rows.push(("problem", shown(&s.hub_problem)));
        rows.push(("help", shown(&s.hub_help)));
    }
    rows.extend([
        ("log", entries(s.log_size)),
        ("checkpoint", checkpoint(s)),
        ("catalogue", catalogue(style, s)),
        ("witnessed", witnessed(style, s)),
    ]);
    rows.extend(trouble(style, &s.problem, &s.problem_code, &s.help));
    rows.extend([
        ("certificate", certificate(style, s)),
        ("clock", clock(style, s.clock_offset_seconds)),
    ]);
    if !s.pending_hub.is_empty() {
        let pending = format!("{}, waits for members to accept it", shown(&s.pending_hub));
        rows.push(("new hub", style.paint(Tone::Care, &pending)));
    }
    let mut text = pairs(style, 0, &rows);
    text.push_str(&awaiting(style, s, now));
    text.push_str(&reviews(style, s));
    if !s.notices.is_empty() {
        text.push('\n');
    }
    for notice in &s.notices {
        let label = style.paint(Tone::Care, "notice:");
        text.push_str(&format!("{label} {}\n", visible(notice)));
    }
    text
}

fn none(style: Style, s: &FederationStatus) -> String {
    let rows = [
        ("federation", "none".to_owned()),
        ("collective", shown(&s.collective)),
        ("key", shown(&s.key)),
        ("you are", shown(&s.roles.join(", "))),
    ];
    pairs(style, 0, &rows)
}

fn membership(s: &FederationStatus) -> String {
    let standing = match s.standing.as_str() {
        "" | "unknown" => String::new(),
        "good" => ", in good standing".to_owned(),
        "waived" => ", dues waived".to_owned(),
        "lapsed" => ", dues lapsed".to_owned(),
        other => format!(", {other}"),
    };
    shown(&format!("{}, {}{standing}", s.collective, s.status))
}

fn hub(style: Style, s: &FederationStatus) -> String {
    let since = match s.hub_since.as_str() {
        "" => String::new(),
        since if s.hub_reachable => format!(" since {}", time(since)),
        since => format!(", last seen {}", time(since)),
    };
    let state = if s.hub_reachable {
        style.paint(Tone::Good, "reachable")
    } else {
        style.paint(Tone::Bad, "not reachable")
    };
    format!("{}, {state}{since}", shown(&s.hub_address))
}

fn checkpoint(s: &FederationStatus) -> String {
    age(&s.checkpoint_time, s.checkpoint_age_seconds)
}

fn catalogue(style: Style, s: &FederationStatus) -> String {
    let known = s.catalogue.as_ref();
    known.map_or_else(String::new, |of| expiry(style, of))
}

/// How old the catalogue is, and when that is too old.
pub(super) fn expiry(style: Style, of: &CatalogueAge) -> String {
    let told = age(&of.clock, of.age_seconds);
    let limit = span(of.expires_seconds);
    if of.expired {
        return style.paint(Tone::Bad, &format!("{told}: expired, after {limit}"));
    }
    format!("{told}, expires after {limit}")
}

/// A signed time, and how old it is.
pub(super) fn age(at: &str, seconds: i64) -> String {
    if at.is_empty() {
        return "none yet".to_owned();
    }
    format!("{}, {} old", time(at), span(seconds))
}

fn witnessed(style: Style, s: &FederationStatus) -> String {
    let behind = s.log_size.saturating_sub(s.witnessed_size);
    let count = Witnesses {
        have: s.witnesses,
        members: s.members,
        needed: s.witnesses_needed,
        behind,
        required: s.requires_witnesses,
    };
    witnesses(style, count)
}

/// How far a log is witnessed.
pub(super) struct Witnesses {
    pub(super) have: u32,
    pub(super) members: u32,
    pub(super) needed: u32,
    /// Entries that too few have witnessed.
    pub(super) behind: u64,
    /// The agent signs nothing about those.
    pub(super) required: bool,
}

/// `by 7 of 12 members (needs 7)`, and how many entries wait for it.
pub(super) fn witnesses(style: Style, count: Witnesses) -> String {
    let Witnesses {
        have,
        members,
        needed,
        ..
    } = count;
    let required = if count.required {
        " before it signs"
    } else {
        ""
    };
    let text = format!("by {have} of {members} members (needs {needed}{required})");
    let text = if have >= needed {
        text
    } else {
        style.paint(Tone::Care, &text)
    };
    match count.behind {
        0 => text,
        1 => format!("{text}; the newest entry has not enough yet"),
        n => format!("{text}; the newest {n} entries have not enough yet"),
    }
}

/// What is wrong with the log, as rows.
pub(super) fn trouble(
    style: Style,
    problem: &str,
    code: &str,
    help: &str,
) -> Vec<(&'static str, String)> {
    if problem.is_empty() {
        return Vec::new();
    }
    let code = match code {
        "" => String::new(),
        code => format!("[{}] ", visible(code)),
    };
    let wrong = format!("{code}{}", visible(problem));
    vec![
        ("problem", style.paint(Tone::Bad, &wrong)),
        ("help", shown(help)),
    ]
}

fn certificate(style: Style, s: &FederationStatus) -> String {
    if s.certificate_not_after.is_empty() {
        return String::new();
    }
    let end = time(&s.certificate_not_after);
    if s.certificate_seconds_left <= 0 {
        return style.paint(Tone::Bad, &format!("ended {end}"));
    }
    let renews = match s.certificate_renews_at.as_str() {
        "" => String::new(),
        at => format!(", renews {}", time(at)),
    };
    format!(
        "until {end}, {} left{renews}",
        span(s.certificate_seconds_left)
    )
}

fn clock(style: Style, offset: i64) -> String {
    let off = span(offset.saturating_abs());
    match offset {
        0 => "as the hub's".to_owned(),
        o if o.saturating_abs() < CLOCK_OFF => format!("{off} {} the hub's", side(o)),
        o => style.paint(Tone::Care, &format!("{off} {} the hub's", side(o))),
    }
}

fn side(offset: i64) -> &'static str {
    if offset > 0 { "ahead of" } else { "behind" }
}

fn reviews(style: Style, s: &FederationStatus) -> String {
    if s.awaiting_review.is_empty() {
        return String::new();
    }
    let rows = s.awaiting_review.iter().map(|w| {
        let security = if w.security { "security" } else { "" };
        vec![
            w.recipe.clone(),
            w.version.clone(),
            w.by.clone(),
            security.to_owned(),
        ]
    });
    let head = ["AWAITS YOUR REVIEW", "VERSION", "BY", ""];
    format!("\n{}", table(style, &head, rows))
}

fn awaiting(style: Style, s: &FederationStatus, now: Timestamp) -> String {
    if s.awaiting_vote.is_empty() {
        return String::new();
    }
    let rows = s.awaiting_vote.iter().map(|w| {
        vec![
            number(w.number),
            w.title.clone(),
            w.size.clone(),
            time(&w.deadline),
            left(&w.deadline, now),
        ]
    });
    let head = ["AWAITS YOUR VOTE", "TITLE", "SIZE", "DEADLINE", ""];
    format!("\n{}", table(style, &head, rows))
}

/// `federation members`.
#[must_use]
pub fn members(style: Style, list: &ListMembersResponse, contacts: bool) -> String {
    let cells = |m: &Member| {
        let took_part = match m.decisions {
            0 => String::new(),
            of => format!("{} of {of}", m.participated),
        };
        let mut cells = vec![
            m.slug.clone(),
            m.name.clone(),
            m.status.clone(),
            m.standing.clone(),
            m.since.clone(),
            took_part,
            m.sponsor.clone(),
        ];
        if contacts {
            cells.push(m.contact.clone());
        }
        cells
    };
    let mut head = vec![
        "COLLECTIVE",
        "NAME",
        "STATUS",
        "STANDING",
        "SINCE",
        "TOOK PART",
        "SPONSOR",
    ];
    if contacts {
        head.push("CONTACT");
    }
    table(style, &head, list.members.iter().map(cells))
}

/// `federation members import`.
#[must_use]
pub fn compared(style: Style, compared: &Comparison) -> String {
    let rows = compared.members.iter().map(|member| {
        let note = match (member.is_member, member.notes.is_empty()) {
            (true, true) => "is a member".to_owned(),
            _ => member.notes.join("; "),
        };
        vec![
            member.name.clone(),
            member.collective.clone(),
            member.status.clone(),
            note,
        ]
    });
    let head = ["IN THE TABLE", "COLLECTIVE", "STATUS", ""];
    table(style, &head, rows)
}

/// `federation join`.
#[must_use]
pub fn joined(style: Style, joined: &JoinResponse) -> String {
    let rows = [
        ("joined", shown(&joined.federation)),
        ("collective", shown(&joined.collective)),
        ("agent", shown(&joined.agent)),
        (
            "certificate",
            format!("until {}", time(&joined.certificate_not_after)),
        ),
        ("log", entries(joined.log_size)),
        ("members", joined.members.to_string()),
    ];
    pairs(style, 0, &rows)
}

/// What came of a command that writes to the log.
#[must_use]
pub fn recorded(style: Style, recorded: &Recorded) -> String {
    let about = match recorded.resolution {
        0 => String::new(),
        n => format!(" resolution {}:", number(n)),
    };
    let done = style.paint(Tone::Good, "recorded:");
    format!(
        "{done}{about} {}, entry {}, {}\n",
        visible(&recorded.kind.replace('_', " ")),
        recorded.index,
        time(&recorded.time)
    )
}

/// `federation rotate-key`.
#[must_use]
pub fn rotated(style: Style, rotated: &RotateKeyResponse) -> String {
    let rows = [
        ("key", shown(&rotated.key)),
        ("kept in", shown(&rotated.kept_in)),
    ];
    let entry = rotated.recorded.clone().unwrap_or_default();
    format!("{}{}", recorded(style, &entry), pairs(style, 0, &rows))
}
