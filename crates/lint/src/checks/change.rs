//! What changed since the version before.

use std::collections::{BTreeMap, BTreeSet};

use allot_recipe::sample::COMMON_KEYS;
use allot_stack::outline::Fallback;

use super::told;
use crate::facts::{Facts, Known};
use crate::limits::Limits;
use crate::report::Report;
use crate::rule::{self, Rule};
use crate::subject::Subject;

const RULES: [&Rule; 2] = [&rule::L001, &rule::L002];

pub(super) fn check(
    subject: &Subject<'_>,
    facts: &Facts<'_>,
    limits: &Limits,
    report: &mut Report,
) {
    let skip = |why: &str, report: &mut Report| {
        for rule in RULES {
            report.skip(rule, why);
        }
    };
    let previous = match &facts.previous {
        Known::Yes(Some(previous)) => previous,
        Known::Yes(None) => return,
        Known::No(why) => return skip(why, report),
    };
    let version = previous.version.as_str();
    match Subject::read(previous.tree, limits) {
        Ok(before) => {
            configs(subject, &before, version, report);
            variables(subject, &before, version, report);
        }
        Err(error) => {
            let why = format!("{} cannot be read: {error}", told(version));
            skip(&why, report);
        }
    }
}

/// The content of each config by its name in the engine.
fn contents<'a>(subject: &'a Subject<'_>) -> BTreeMap<&'a str, (&'a str, &'a [u8])> {
    let configs = subject.models().flat_map(|model| &model.configs);
    configs
        .filter(|(_, config)| !config.external)
        .filter_map(|(key, config)| {
            let content = config.content.as_ref()?.as_ref().ok()?;
            let name = if config.name.is_empty() {
                key
            } else {
                &config.name
            };
            Some((name.as_str(), (key.as_str(), content.expose())))
        })
        .collect()
}

fn configs(subject: &Subject<'_>, before: &Subject<'_>, version: &str, report: &mut Report) {
    let old = contents(before);
    for (name, (key, content)) in contents(subject) {
        let changed = old.get(name).is_some_and(|(_, bytes)| *bytes != content);
        if changed {
            let place = subject
                .models()
                .find_map(|m| m.places.nearest(&format!("configs.{key}")));
            let what = format!(
                "the file of config `{}` is not that of {}, and its name is still `{}`",
                told(key),
                told(version),
                told(name)
            );
            report.add(&rule::L001, place, what);
        }
    }
}

/// The variables that an env must set, for in their place is nothing otherwise.
fn needed<'a>(subject: &'a Subject<'_>) -> BTreeSet<&'a str> {
    subject
        .uses()
        .filter(|u| !u.bare && u.fallback != Fallback::Given && !subject.exports(&u.name))
        .map(|u| u.name.as_str())
        .collect()
}

fn variables(subject: &Subject<'_>, before: &Subject<'_>, version: &str, report: &mut Report) {
    let old = needed(before);
    // An app made from the sample of before has these in its env.
    let sample = before.recipe.env_sample.file();
    for variable in subject.uses() {
        let name = variable.name.as_str();
        let needs = !variable.bare && variable.fallback != Fallback::Given;
        let known = old.contains(name)
            || sample.get(name).is_some()
            || subject.exports(name)
            || COMMON_KEYS.contains(&name)
            || name == "STACK_NAME";
        // A compose file that is new is taken into use by editing the env anyway.
        let old_file = before.files.contains_key(&variable.place.file);
        if needs && !known && old_file {
            let what = format!("`{name}` is new since {} and has no default", told(version));
            report.add(&rule::L002, &variable.place, what);
        }
    }
}
