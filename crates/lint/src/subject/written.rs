//! Variables and labels as they are written, with their places.

use std::collections::BTreeMap;

use allot_stack::error::Place;
use allot_stack::outline::{Fallback, Step, Written, variables};

use super::STACK;

/// A variable that a compose file uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub name: String,
    pub fallback: Fallback,
    /// Only named in `environment:`, to be passed on if it is there.
    pub bare: bool,
    pub place: Place,
}

/// A label of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub service: String,
    /// Its key, with the stack's name put in where the text is interpolated.
    pub key: String,
    /// Its value as written.
    pub value: String,
    /// Whether it stands under `deploy:`, where it is one of the service.
    pub deploy: bool,
    pub place: Place,
}

/// The variables of a file, in its order. `x-` sections count where they are used.
pub(super) fn uses(written: &[Written]) -> Vec<Use> {
    let mut all: Vec<Use> = Vec::new();
    for value in written.iter().filter(|w| !is_extra(w)) {
        let found = value.text.iter().flat_map(|text| variables(text));
        all.extend(found.map(|v| Use {
            name: v.name,
            fallback: v.fallback,
            bare: false,
            place: value.place.clone(),
        }));
        all.extend(passed_on(value).map(|name| Use {
            name: name.to_owned(),
            fallback: Fallback::Empty,
            bare: true,
            place: value.place.clone(),
        }));
    }
    all
}

fn is_extra(value: &Written) -> bool {
    value
        .path
        .first()
        .and_then(Step::key)
        .is_some_and(|key| key.starts_with("x-"))
}

/// `- NAME` or `NAME:` in an environment.
fn passed_on(value: &Written) -> Option<&str> {
    match (value.path.as_slice(), &value.text) {
        ([services, _, environment, Step::Item(_)], Some(text))
            if is(services, "services") && is(environment, "environment") =>
        {
            (!text.contains(['=', '$']) && !text.is_empty()).then_some(text.as_str())
        }
        ([services, _, environment, Step::Key(name)], None)
            if is(services, "services") && is(environment, "environment") =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// The values below each second key, by the first two keys.
pub(super) fn parts(written: &[Written]) -> BTreeMap<(String, String), Vec<usize>> {
    let mut all: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, value) in written.iter().enumerate() {
        if let [Step::Key(section), Step::Key(name), _, ..] = value.path.as_slice() {
            let key = (section.clone(), name.clone());
            all.entry(key).or_default().push(at);
        }
    }
    all
}

/// The labels of all services of a file.
pub(super) fn labels(written: &[Written]) -> Vec<Label> {
    written.iter().filter_map(label).collect()
}

fn label(value: &Written) -> Option<Label> {
    let (service, deploy, step) = match value.path.as_slice() {
        [services, service, deploy, labels, step]
            if is(services, "services") && is(deploy, "deploy") && is(labels, "labels") =>
        {
            (service, true, step)
        }
        [services, service, labels, step] if is(services, "services") && is(labels, "labels") => {
            (service, false, step)
        }
        _ => return None,
    };
    let text = value.text.clone().unwrap_or_default();
    let (key, text) = match step {
        // Keys of a mapping are not interpolated.
        Step::Key(key) => (key.clone(), text),
        Step::Item(_) => match text.split_once('=') {
            Some((key, value)) => (with_stack(key), value.to_owned()),
            None => (with_stack(&text), String::new()),
        },
    };
    Some(Label {
        service: service.key()?.to_owned(),
        key,
        value: text,
        deploy,
        place: value.place.clone(),
    })
}

fn with_stack(text: &str) -> String {
    text.replace("${STACK_NAME}", STACK)
        .replace("$STACK_NAME", STACK)
}

fn is(step: &Step, key: &str) -> bool {
    step.key() == Some(key)
}
