//! The compose files as such: whether they load, and what in them means nothing or something else.

use allot_stack::error::StackError;
use allot_stack::model::Compose;
use allot_stack::outline::{Step, Written, variables};
use allot_stack::{Loaded, StackName, WarningKind, convert};

use super::told;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{STACK, Stack, Subject, WORKING_DIR};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    versions(subject, report);
    documents(subject, report);
    for stack in &subject.stacks {
        deployable(stack, report);
        if let Ok(loaded) = &stack.loaded {
            remarks(loaded, report);
            relative_mounts(&loaded.model, report);
        }
    }
    for value in subject.written() {
        duration(value, report);
        key(value, report);
    }
    if subject.left_out > 0 {
        let why = format!(
            "{} of the combinations that the sample offers were not loaded: there are too many",
            subject.left_out
        );
        report.skip(&rule::L030, &why);
    }
}

fn versions(subject: &Subject<'_>, report: &mut Report) {
    for (name, file) in &subject.files {
        let version = file.written.iter().find(|w| w.keys() == [Some("version")]);
        match version {
            None => report.add(
                &rule::R001,
                Spot::line(name, 1),
                format!("`{name}` has no `version:`"),
            ),
            Some(w) if w.text.as_deref() == Some("3.8") => {}
            Some(w) => {
                let found = told(w.text.as_deref().unwrap_or("nothing"));
                report.add(
                    &rule::R001,
                    &w.place,
                    format!("`{name}` is of version {found}"),
                );
            }
        }
    }
}

/// Docker reads the first document of a file, and says nothing of the others.
fn documents(subject: &Subject<'_>, report: &mut Report) {
    for (name, file) in &subject.files {
        if let Some(line) = file.second_document() {
            let what = format!("a second document begins in `{name}`, and is not read");
            let fix = "put it into a compose file of its own, or take the `---` out".to_owned();
            report.add_with_fix(&rule::L018, Spot::line(name, line), what, fix);
        }
    }
}

fn deployable(stack: &Stack, report: &mut Report) {
    let guessed = stack.combination.guessed;
    let error = match &stack.loaded {
        Err(error) => error.clone(),
        Ok(loaded) if complete(&loaded.model) => match converted(&loaded.model) {
            Err(error) => error,
            Ok(()) => return,
        },
        Ok(_) => return,
    };
    // Nobody said what such a file goes with, so only what is wrong with itself counts.
    let its_own = matches!(error, StackError::Yaml { .. } | StackError::TooMuch { .. });
    if guessed && !its_own {
        return;
    }
    let (spot, prefix) = spot(&error);
    let what = error.to_string().replacen(&prefix, "", 1);
    let fix = error.help().unwrap_or_else(|| rule::L030.fix.to_owned());
    let what = format!("{} ({})", told(&what), error.code());
    report.add_with_fix(&rule::L030, spot, what, fix);
}

/// Where an error is, and how its text says so.
fn spot(error: &StackError) -> (Spot, String) {
    match (error.place(), error) {
        (Some(place), _) => (place.into(), format!("{place}: ")),
        (None, StackError::TooMuch { file, .. } | StackError::Version { file, .. }) => {
            (Spot::file(file), format!("{file}: "))
        }
        _ => (Spot::default(), String::new()),
    }
}

/// Whether nothing is missing that a variable or another file would bring.
fn complete(model: &Compose) -> bool {
    model.services.values().all(|s| !s.image.is_empty())
}

fn converted(model: &Compose) -> Result<(), StackError> {
    let stack: StackName = STACK.parse()?;
    convert(model, &stack)?.check()
}

fn remarks(loaded: &Loaded, report: &mut Report) {
    for warning in &loaded.warnings {
        let rule = match warning.kind {
            // What asks for rights is told by a rule of its own.
            WarningKind::Ignored if warning.path.ends_with(".privileged") => continue,
            WarningKind::Ignored => &rule::L016,
            WarningKind::UnknownKey => &rule::L017,
            WarningKind::Deprecated | WarningKind::Ambiguous => &rule::L018,
            WarningKind::EngineRefuses => &rule::L030,
            // Told by variable, with all places together.
            WarningKind::UnsetVariable => continue,
        };
        let what = format!("`{}`: {}", told(&warning.path), told(&warning.message));
        report.add(rule, warning.place.clone(), what);
    }
}

fn relative_mounts(model: &Compose, report: &mut Report) {
    for (name, service) in &model.services {
        for volume in &service.volumes {
            let Some(path) = volume.source.strip_prefix(WORKING_DIR) else {
                continue;
            };
            let what = format!(
                "`{name}` mounts `.{}` of the recipe, and a recipe is no directory on the server (AL-2016)",
                told(path)
            );
            let fix = "use a volume, a config, or an absolute path on the server".to_owned();
            let place = model.places.nearest(&format!("services.{name}.volumes"));
            report.add_with_fix(&rule::L030, place, what, fix);
        }
    }
}

/// Fields below a service that hold durations.
const DURATIONS: &[&[&str]] = &[
    &["stop_grace_period"],
    &["healthcheck", "interval"],
    &["healthcheck", "timeout"],
    &["healthcheck", "start_period"],
    &["healthcheck", "start_interval"],
    &["deploy", "update_config", "delay"],
    &["deploy", "update_config", "monitor"],
    &["deploy", "rollback_config", "delay"],
    &["deploy", "rollback_config", "monitor"],
    &["deploy", "restart_policy", "delay"],
    &["deploy", "restart_policy", "window"],
];

fn duration(value: &Written, report: &mut Report) {
    let keys = value.keys();
    let [Some("services"), Some(service), field @ ..] = keys.as_slice() else {
        return;
    };
    let is_duration = DURATIONS
        .iter()
        .any(|d| d.len() == field.len() && d.iter().zip(field).all(|(a, b)| Some(*a) == *b));
    let text = value.text.as_deref().unwrap_or_default();
    if !is_duration || variables(text).is_empty() {
        return;
    }
    let field: Vec<&str> = field.iter().copied().flatten().collect();
    let what = format!(
        "`{}` of service `{}` is a variable: `{}`",
        field.join("."),
        told(service),
        told(text)
    );
    report.add(&rule::L019, &value.place, what);
}

fn key(value: &Written, report: &mut Report) {
    let Some(Step::Key(key)) = value.path.last() else {
        return;
    };
    if !variables(key).is_empty() {
        let what = format!("the key `{}` holds a variable", told(key));
        report.add(&rule::L026, &value.place, what);
    }
}
