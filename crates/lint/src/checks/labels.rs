//! Labels: what abra, backups and others read.

use std::collections::BTreeMap;

use allot_recipe::RecipeVersion;
use allot_stack::labels::MAIN_SERVICE;
use allot_stack::model::Compose;

use super::{listed, told};
use crate::limits::Limits;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{Label, STACK, Subject};

pub(super) fn check(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    twice(subject, report);
    version(subject, report);
    misplaced(subject, limits, report);
    for label in subject.labels() {
        backup_key(label, report);
    }
    for model in subject.models() {
        backup_services(subject, model, report);
    }
    for stack in subject.stacks.iter().filter(|s| !s.combination.guessed) {
        if let Some(model) = stack.model() {
            backup_volumes(subject, model, report);
        }
    }
}

/// The label that holds the recipe's version.
pub(super) fn version_key() -> String {
    format!("coop-cloud.{STACK}.version")
}

/// Where a label stands.
pub(super) fn spot(subject: &Subject<'_>, service: &str, key: &str) -> Spot {
    subject
        .labels()
        .find(|l| l.service == service && l.key == key)
        .map(|l| Spot::from(&l.place))
        .unwrap_or_default()
}

fn twice(subject: &Subject<'_>, report: &mut Report) {
    for file in subject.files.values() {
        let mut seen: BTreeMap<(&str, bool, &str), usize> = BTreeMap::new();
        for label in &file.labels {
            let count = seen
                .entry((&label.service, label.deploy, &label.key))
                .or_default();
            *count += 1;
            if *count == 2 {
                let what = format!(
                    "label `{}` stands twice on service `{}`",
                    told(&label.key),
                    label.service
                );
                report.add(&rule::L012, &label.place, what);
            }
        }
    }
    let key = version_key();
    let mut bearers: Vec<&Label> = Vec::new();
    for label in subject.labels().filter(|l| l.key == key) {
        if !bearers.iter().any(|b| b.service == label.service) {
            bearers.push(label);
        }
    }
    if let [first, second, ..] = bearers.as_slice() {
        let what = format!(
            "the version label stands on service `{}` and on `{}`",
            first.service, second.service
        );
        report.add(&rule::L012, &second.place, what);
    }
}

fn version(subject: &Subject<'_>, report: &mut Report) {
    let Some(service) = subject.models().find_map(|m| m.services.get(MAIN_SERVICE)) else {
        return report.skip(
            &rule::L013,
            "there is no service `app` that could be loaded",
        );
    };
    let key = version_key();
    let labels = service.deploy.labels.as_ref();
    let what = match labels.and_then(|l| l.get(&key)) {
        None => match labels.and_then(|l| l.get(&format!("coop-cloud.{STACK}.app.version"))) {
            Some(_) => {
                "the version label has its form of 2021, `coop-cloud.${STACK_NAME}.app.version`"
                    .to_owned()
            }
            None => "service `app` has no version label".to_owned(),
        },
        Some(text) if text.is_empty() => "the version label is empty".to_owned(),
        Some(text) => match RecipeVersion::parse(text) {
            Err(error) => format!("the version label holds `{}`: {}", told(text), error.why),
            Ok(version) if version.upstream().is_none() => {
                format!(
                    "the version label holds `{}`, without `+` and the app's own version",
                    told(text)
                )
            }
            Ok(_) => return,
        },
    };
    let mut spot = spot(subject, MAIN_SERVICE, &key);
    if spot == Spot::default() {
        spot = self::spot(
            subject,
            MAIN_SERVICE,
            &format!("coop-cloud.{STACK}.app.version"),
        );
    }
    if spot == Spot::default() {
        let place = subject
            .models()
            .find_map(|m| m.places.nearest("services.app.deploy.labels"));
        spot = place.into();
    }
    report.add(&rule::L013, spot, what);
}

/// What other programs look for on services.
const FOR_OTHERS: [&str; 4] = ["traefik.", "backupbot.", "coop-cloud.", "swarm.cronjob."];

/// In one finding a service: whoever indents the section wrongly does so with all of it.
fn misplaced(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    let mut services: BTreeMap<(&str, &str), Vec<&Label>> = BTreeMap::new();
    for label in subject.labels().filter(|l| !l.deploy) {
        if FOR_OTHERS.iter().any(|p| label.key.starts_with(p)) {
            let of = (label.place.file.as_str(), label.service.as_str());
            services.entry(of).or_default().push(label);
        }
    }
    for ((_, service), labels) in services {
        let keys = listed(labels.iter().map(|l| l.key.as_str()), limits);
        let what = format!("labels of service `{service}` are on its containers: {keys}");
        if let Some(first) = labels.first() {
            report.add(&rule::L035, &first.place, what);
        }
    }
}

const BACKUP: &str = "backupbot.backup";
const VOLUMES: &str = "backupbot.backup.volumes.";

fn backup_key(label: &Label, report: &mut Report) {
    let read = [
        BACKUP,
        "backupbot.backup.pre-hook",
        "backupbot.backup.post-hook",
        "backupbot.restore.pre-hook",
        "backupbot.restore.post-hook",
    ];
    let key = label.key.as_str();
    if !key.starts_with("backupbot.") || read.contains(&key) || key.starts_with(VOLUMES) {
        return;
    }
    let old = matches!(key, "backupbot.backup.path" | "backupbot.restore");
    let of = if old {
        "of the first backup bot"
    } else {
        "that nobody reads"
    };
    let what = format!(
        "`{}` on service `{}` is a label {of}",
        told(key),
        label.service
    );
    report.add(&rule::L023, &label.place, what);
}

fn backup_services(subject: &Subject<'_>, model: &Compose, report: &mut Report) {
    let asks = |labels: &BTreeMap<String, String>| labels.get(BACKUP).is_some_and(|v| v != "false");
    let mut bearers: Vec<&str> = model
        .services
        .iter()
        .filter(|(_, s)| s.deploy.labels.as_ref().is_some_and(asks))
        .map(|(name, _)| name.as_str())
        .collect();
    bearers.sort_by_key(|name| *name != MAIN_SERVICE);
    if let [first, others @ ..] = bearers.as_slice() {
        for other in others {
            let what = format!("service `{other}` asks for backups, beside `{first}`");
            report.add(&rule::L011, spot(subject, other, BACKUP), what);
        }
    }
}

fn backup_volumes(subject: &Subject<'_>, model: &Compose, report: &mut Report) {
    for (name, service) in &model.services {
        for key in service.deploy.labels.iter().flat_map(|l| l.keys()) {
            let Some(rest) = key.strip_prefix(VOLUMES) else {
                continue;
            };
            let volume = rest.strip_suffix(".path").unwrap_or(rest);
            if !model.volumes.contains_key(volume) {
                let what = format!("`{}` names no volume of the stack", told(key));
                report.add(&rule::L024, spot(subject, name, key), what);
            }
        }
    }
}
