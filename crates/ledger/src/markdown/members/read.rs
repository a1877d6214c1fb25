//! Reads a table of members.

use super::TICK;
use crate::{
    limits::{MAX_LINE, MAX_ROWS},
    markdown::{
        BadMarkdown,
        cell::{split, unescape},
        source::{self, Warnings, shown},
    },
};

/// A mark in one of the columns between name and contact. What they mean differs, so they are told as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flag {
    /// A tick.
    Yes,
    /// A hyphen, or nothing.
    No,
    /// Something else.
    Other(String),
}

/// A member's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What the name links to.
    pub website: Option<String>,
    /// The columns between name and contact: one to three.
    pub flags: Vec<Flag>,
    /// A Matrix id or an e-mail address.
    pub contact: Option<String>,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the header calls the columns; empty when there is none.
    pub columns: Vec<String>,
    /// The members, in the order of the file.
    pub rows: Vec<Row>,
    /// What was odd, for people to look at.
    pub warnings: Vec<String>,
}

/// Reads the first table of a file that has rows of 3 to 5 columns.
///
/// # Errors
/// It is no Markdown, or has no such table.
pub fn read(bytes: &[u8]) -> Result<Table, BadMarkdown> {
    let content = source::text(bytes)?;
    let mut warnings = Warnings::default();
    let mut columns = Vec::new();
    let mut rows = Vec::new();
    let lines = table(&content);
    for (at, (line, cells)) in lines.iter().enumerate() {
        if at < 2 && is_rule(cells) {
            continue;
        }
        if at == 0 && lines.get(1).is_some_and(|(_, next)| is_rule(next)) {
            columns = cells.iter().map(|cell| unescape(cell)).collect();
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(BadMarkdown::TooManyRows);
        }
        match row(cells) {
            Ok(row) => {
                check(*line, &row, &mut warnings);
                rows.push(row);
            }
            Err(why) => warnings.add(format!("line {line} is left out: {why}")),
        }
    }
    if rows.is_empty() && columns.is_empty() {
        return Err(BadMarkdown::NoTable);
    }
    Ok(Table {
        columns,
        rows,
        warnings: warnings.told(),
    })
}

/// The lines of the first table that can be one of members, with their number and cells.
fn table(content: &str) -> Vec<(usize, Vec<&str>)> {
    let mut found = Vec::new();
    let mut fence = None;
    let mut fits = false;
    for (number, line) in (1..).zip(content.lines()) {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|m| line.trim_start().starts_with(m));
        if mark.is_some() && (fence.is_none() || fence == mark) {
            fence = if fence.is_some() { None } else { mark };
        }
        match split(line).filter(|_| fence.is_none()) {
            Some(cells) => {
                fits |= (3..=5).contains(&cells.len());
                found.push((number, cells));
            }
            None if fits => break,
            None => found.clear(),
        }
    }
    if fits { found } else { Vec::new() }
}

/// The line below a header: `|---|:-:|`.
fn is_rule(cells: &[&str]) -> bool {
    let rule = |cell: &str| cell.contains('-') && cell.chars().all(|c| matches!(c, '-' | ':'));
    cells.iter().all(|cell| rule(cell))
}

fn row(cells: &[&str]) -> Result<Row, &'static str> {
    let [first, flags @ .., last] = cells else {
        return Err("it has only one column");
    };
    if !(1..=3).contains(&flags.len()) {
        return Err("it does not have 3 to 5 columns");
    }
    let (name, website) = linked(first);
    if name.is_empty() {
        return Err("it has no name");
    }
    if name.chars().count() > MAX_LINE || website.as_ref().is_some_and(|w| w.len() > MAX_LINE) {
        return Err("its name or link is too long");
    }
    Ok(Row {
        name,
        website,
        flags: flags.iter().map(|cell| flag(cell)).collect(),
        contact: contact(last),
    })
}

fn flag(cell: &str) -> Flag {
    match cell.trim_end_matches('\u{fe0f}') {
        "-" | "" => Flag::No,
        tick if tick.chars().eq([TICK]) => Flag::Yes,
        _ => Flag::Other(unescape(cell)),
    }
}

fn contact(cell: &str) -> Option<String> {
    let (label, _) = linked(cell);
    let plain = label.trim_matches(['`', '<', '>']).trim();
    let nobody = plain.is_empty() || plain == "-" || plain.chars().eq([TICK]);
    (!nobody).then(|| plain.to_owned())
}

/// The label of a link and where it leads; what is no link is its own label.
fn linked(cell: &str) -> (String, Option<String>) {
    let plain = (unescape(cell), None);
    let Some(rest) = cell.strip_prefix('[') else {
        return plain;
    };
    let Some((label, target)) = rest.rsplit_once("](") else {
        return plain;
    };
    let Some(target) = target.strip_suffix(')') else {
        return plain;
    };
    // A link can have a title: `[name](target "title")`.
    let target = target.split_whitespace().next().unwrap_or_default();
    let target = unescape(target.trim_matches(['<', '>']));
    let website = (!target.is_empty()).then_some(target);
    (unescape(label).trim().to_owned(), website)
}

/// What a person should look at.
fn check(line: usize, row: &Row, warnings: &mut Warnings) {
    let name = shown(&row.name);
    match &row.contact {
        None => warnings.add(format!("line {line}: {name} has no contact")),
        Some(contact) if !contact.contains('@') => {
            let contact = shown(contact);
            warnings.add(format!(
                "line {line}: `{contact}` is neither a Matrix id nor an e-mail address"
            ));
        }
        Some(_) => {}
    }
    for flag in &row.flags {
        if let Flag::Other(flag) = flag {
            let flag = shown(flag);
            warnings.add(format!("line {line}: `{flag}` is neither a tick nor `-`"));
        }
    }
}
