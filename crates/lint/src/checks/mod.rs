//! The rules' code, a file a theme. Each check looks at the whole subject and adds what it finds.

mod change;
mod compose;
mod configs;
mod health;
mod host;
mod images;
mod labels;
mod names;
mod proxy;
mod releases;
mod sample;
mod services;
mod unloaded;

use crate::facts::Facts;
use crate::limits::Limits;
use crate::report::Report;
use crate::subject::{STACK, Subject};

/// Runs every rule.
pub(crate) fn all(subject: &Subject<'_>, facts: &Facts<'_>, limits: &Limits, report: &mut Report) {
    compose::check(subject, report);
    services::check(subject, report);
    names::check(subject, report);
    health::check(subject, limits, report);
    images::check(subject, report);
    host::check(subject, report);
    configs::check(subject, limits, report);
    labels::check(subject, limits, report);
    proxy::check(subject, report);
    sample::check(subject, report);
    releases::check(subject, facts, limits, report);
    change::check(subject, facts, limits, report);
    unloaded::check(subject, report);
}

/// Names in a row, the first so many of them.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>, limits: &Limits) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(limits.names);
    let mut text: Vec<String> = shown.map(|name| format!("`{}`", told(name))).collect();
    if names.len() > limits.names {
        text.push(format!("{} more", names.len() - limits.names));
    }
    text.join(", ")
}

/// Text of the recipe as it is shown: with the variable in the place of our stack's name, and short.
fn told(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = text.replace(STACK, "${STACK_NAME}");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
