//! Configs and secrets: their names, their versions, and where they are mounted.

use allot_recipe::recipe::ABRA_SH;
use allot_recipe::secret::{LONGEST_ADVISED_NAME, LONGEST_NAME};
use allot_stack::error::Place;
use allot_stack::model::{Compose, FileObject, Service};
use allot_stack::name::MAX_STACK_NAME;
use allot_stack::outline::{Fallback, variables};

use super::{listed, told};
use crate::limits::Limits;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{STACK, Subject};

pub(super) fn check(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    for model in subject.models() {
        for (key, config) in &model.configs {
            version(subject, model, key, config, report);
        }
        for (name, service) in &model.services {
            within_volumes(subject, name, service, report);
        }
    }
    lengths(subject, limits, report);
    short_names(subject, limits, report);
}

fn version(
    subject: &Subject<'_>,
    model: &Compose,
    key: &str,
    config: &FileObject,
    report: &mut Report,
) {
    if config.external {
        return;
    }
    let place = || model.places.nearest(&format!("configs.{key}"));
    let mut written = subject.part("configs", key);
    let name = written.find(|w| w.keys() == [Some("configs"), Some(key), Some("name")]);
    let text = name.and_then(|w| w.text.as_deref()).unwrap_or_default();
    let versions: Vec<_> = variables(text)
        .into_iter()
        .filter(|v| v.name != "STACK_NAME")
        .collect();
    if versions.is_empty() && !ends_with_a_version(text) {
        let what = format!("config `{}` has no version in its name", told(key));
        report.add(&rule::L004, place(), what);
    }
    for variable in versions.iter().filter(|v| v.fallback != Fallback::Given) {
        let name = variable.name.as_str();
        if subject.exports(name) {
            continue;
        }
        let sample = subject.recipe.env_sample.variables();
        match sample.iter().find(|v| v.key == name) {
            Some(offered) => {
                let spot = Spot::line(allot_recipe::recipe::ENV_SAMPLE, offered.line);
                let what = format!(
                    "`{name}`, the version of config `{}`, stands in the sample",
                    told(key)
                );
                report.add(&rule::L003, spot, what);
            }
            None => {
                let what = format!(
                    "{ABRA_SH} exports no `{name}`, the version of config `{}`",
                    told(key)
                );
                report.add(&rule::R012, place(), what);
            }
        }
    }
}

/// `..._v6`, written by hand.
fn ends_with_a_version(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default();
    let digits = last.strip_prefix('v').unwrap_or(last);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// In one finding, with the names that leave the least room first.
fn lengths(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    let mut long: Vec<(usize, &str)> = Vec::new();
    let mut first: Option<(usize, Option<Place>)> = None;
    for model in subject.models() {
        let secrets = model.secrets.iter().map(|(key, s)| ("secrets", key, s));
        let configs = model.configs.iter().map(|(key, c)| ("configs", key, c));
        for (section, key, object) in secrets.chain(configs) {
            let room = room(key, object);
            if room >= MAX_STACK_NAME || long.contains(&(room, key)) {
                continue;
            }
            long.push((room, key));
            if first.as_ref().is_none_or(|(least, _)| room < *least) {
                first = Some((room, model.places.nearest(&format!("{section}.{key}"))));
            }
        }
    }
    if let Some((least, place)) = first {
        long.sort_unstable();
        let what = format!(
            "a stack's name can have {least} characters at most, for the sake of {}",
            listed(long.into_iter().map(|(_, key)| key), limits)
        );
        report.add(&rule::L005, place, what);
    }
}

/// How long the stack's name can be before the object's own name is too long.
fn room(key: &str, object: &FileObject) -> usize {
    let name = match object.name.as_str() {
        "" => format!("{STACK}_{key}"),
        name => name.to_owned(),
    };
    let all = name.chars().count();
    if name.contains(STACK) {
        LONGEST_NAME.saturating_sub(all.saturating_sub(STACK.len()))
    } else if all > LONGEST_NAME {
        0
    } else {
        MAX_STACK_NAME
    }
}

fn within_volumes(subject: &Subject<'_>, name: &str, service: &Service, report: &mut Report) {
    for config in &service.configs {
        let target = config.target.as_str();
        let volume = service.volumes.iter().find(|v| {
            let path = v.target.trim_end_matches('/');
            !v.read_only
                && !path.is_empty()
                && target
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        if let Some(volume) = volume {
            let place = subject.place_of(name, "configs", |text| text == target);
            let what = format!(
                "config `{}` of service `{name}` lies in the volume at `{}`",
                told(target),
                told(&volume.target)
            );
            report.add(&rule::L020, place, what);
        }
    }
}

/// In one finding, as there are often many.
fn short_names(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    let mut long: Vec<&str> = Vec::new();
    let mut first = None;
    for model in subject.models() {
        for key in model.secrets.keys() {
            if key.chars().count() > LONGEST_ADVISED_NAME && !long.contains(&key.as_str()) {
                long.push(key);
                first = first.or_else(|| model.places.nearest(&format!("secrets.{key}")));
            }
        }
    }
    if !long.is_empty() {
        let what = format!(
            "secrets with more than {LONGEST_ADVISED_NAME} characters: {}",
            listed(long, limits)
        );
        report.add(&rule::R015, first, what);
    }
}
