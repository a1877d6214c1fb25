//! The sample, and whether it and the compose files know the same variables.

use std::collections::BTreeSet;

use allot_recipe::recipe::ENV_SAMPLE;
use allot_recipe::sample::COMMON_KEYS;
use allot_stack::outline::{Fallback, Written, variables};

use super::told;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    if !subject.has_sample {
        let what = format!("there is no `{ENV_SAMPLE}`");
        report.add(&rule::R008, Spot::file(ENV_SAMPLE), what);
        for rule in [&rule::L027, &rule::L028, &rule::L029, &rule::L031] {
            report.skip(rule, "there is no .env.sample");
        }
        return;
    }
    offered_files(subject, report);
    unnamed_files(subject, report);
    unknown_variables(subject, report);
    match subject.broken.first() {
        // It may read them.
        Some(file) => report.skip(&rule::L029, &format!("{} is not YAML", told(file))),
        None => unread_variables(subject, report),
    }
}

fn offered_files(subject: &Subject<'_>, report: &mut Report) {
    for offer in &subject.offers {
        let absent = offer
            .files
            .iter()
            .filter(|f| !subject.recipe.compose_files.contains(f));
        // What an app of the sample itself would have cannot be deployed, and is told as that.
        for file in absent.filter(|f| !subject.default_files.contains(f)) {
            let what = format!("the sample offers `{}`, which is not there", told(file));
            report.add(&rule::L027, Spot::line(ENV_SAMPLE, offer.line), what);
        }
    }
}

fn unnamed_files(subject: &Subject<'_>, report: &mut Report) {
    for stack in subject.stacks.iter().filter(|s| s.combination.guessed) {
        if let Some(file) = stack.combination.files.last() {
            let what = format!("the sample does not name `{}`", told(file));
            report.add(&rule::L031, Spot::file(file), what);
        }
    }
}

fn unknown_variables(subject: &Subject<'_>, report: &mut Report) {
    let known = subject.sample_keys();
    // These have a rule of their own.
    let versions = config_versions(subject);
    for variable in subject.uses() {
        let name = variable.name.as_str();
        let lacks = !variable.bare
            && variable.fallback != Fallback::Given
            && !known.contains(name)
            && !COMMON_KEYS.contains(&name)
            && !versions.contains(name)
            && !subject.exports(name);
        if lacks {
            let what = format!("`{name}` has no default and is not in the sample");
            report.add(&rule::L028, &variable.place, what);
        }
    }
}

/// The variables in names of configs.
fn config_versions(subject: &Subject<'_>) -> BTreeSet<String> {
    let is_name = |w: &&Written| matches!(w.keys().as_slice(), [Some("configs"), _, Some("name")]);
    let names = subject.written().filter(is_name);
    let texts = names.filter_map(|w| w.text.as_deref());
    texts.flat_map(variables).map(|v| v.name).collect()
}

/// A variable is read when a compose file, `abra.sh` or the file of a config names it.
fn unread_variables(subject: &Subject<'_>, report: &mut Report) {
    let used: BTreeSet<&str> = subject.uses().map(|u| u.name.as_str()).collect();
    let texts = texts(subject);
    for variable in subject.recipe.env_sample.variables() {
        let key = variable.key.as_str();
        if variable.optional || used.contains(key) || COMMON_KEYS.contains(&key) {
            continue;
        }
        // The sample itself may build another variable of it.
        let sample = subject.recipe.env_sample.file().source();
        let in_sample = [format!("${key}"), format!("${{{key}}}")];
        let read = texts.iter().any(|text| text.contains(key))
            || in_sample.iter().any(|text| sample.contains(text));
        if !read {
            let what = format!("nothing in the recipe reads `{key}`");
            report.add(&rule::L029, Spot::line(ENV_SAMPLE, variable.line), what);
        }
    }
}

fn texts<'a>(subject: &'a Subject<'_>) -> Vec<std::borrow::Cow<'a, str>> {
    let mut texts: Vec<std::borrow::Cow<'a, str>> = Vec::new();
    texts.extend(subject.abra_sh.as_deref().map(Into::into));
    for model in subject.models() {
        for object in model.configs.values().chain(model.secrets.values()) {
            if let Some(Ok(content)) = &object.content {
                texts.push(String::from_utf8_lossy(content.expose()));
            }
        }
    }
    texts
}
