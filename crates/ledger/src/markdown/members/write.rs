//! Writes the table of members.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::TICK;
use crate::{
    ids::Slug,
    markdown::cell::escape,
    state::{Collective, Standing, State, Status},
};

/// The federation's own four columns: name with link, dues in order, waiver or solidarity, contact. Members and
/// suspended members are in it, by short name; reasons are not (M5).
///
/// `contact` is asked for each member. Contacts are no part of the log: whoever has them decides whether they may be
/// shown.
#[must_use]
pub fn write(state: &State, today: Date, contact: impl Fn(&Slug) -> Option<String>) -> String {
    let mut table = String::from("| Member | Dues | Solidarity | Contact |\n|---|---|---|---|\n");
    let inside = |c: &&Collective| matches!(c.status, Status::Member | Status::Suspended);
    for member in state.collectives().values().filter(inside) {
        let standing = state.standing(&member.slug, today);
        let mark = |of: Standing| if standing == Some(of) { TICK } else { '-' };
        let contact = contact(&member.slug).map(|contact| plain(&contact));
        let contact = contact.filter(|contact| !contact.is_empty());
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} |",
            name(member),
            mark(Standing::Good),
            mark(Standing::Waived),
            contact.as_deref().unwrap_or("-")
        );
    }
    table
}

/// The name, linked to where the member says it is. What is no plain web address is left out: a link is a promise.
fn name(member: &Collective) -> String {
    let mut name = escape(&member.profile.name);
    if name.is_empty() {
        name = member.slug.to_string();
    }
    match member.profile.website.as_deref().and_then(address) {
        Some(website) => format!("[{name}]({website})"),
        None => name,
    }
}

/// A web address with its scheme; `mirnet.org` means `https://mirnet.org`.
fn address(website: &str) -> Option<String> {
    let website = website.trim();
    let strange = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | '<' | '>' | '|' | '\\' | '"')
    };
    if website.is_empty() || website.contains(strange) {
        return None;
    }
    let known = ["https://", "http://"]
        .iter()
        .any(|s| website.starts_with(s));
    match website.find(':') {
        _ if known => Some(website.to_owned()),
        None => Some(format!("https://{website}")),
        // Another scheme, or a port without one: not something to follow.
        Some(_) => None,
    }
}

/// Contacts stand as they are, so that they can be copied: only what would end the cell, or begin a tag, is escaped.
fn plain(contact: &str) -> String {
    let contact: String = contact
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let contact = contact.trim().replace('\\', "\\\\");
    contact.replace('|', "\\|").replace('<', "\\<")
}
