//! The normalisation that `docs/reference/compose.md` describes, and what differs after it.

use serde_json::{Map, Value};

use crate::answer::{Answer, HERE, KINDS};

/// What differs, at most one line for each field.
pub fn differences(docker: &Answer, ours: &Answer) -> Vec<String> {
    let mut out = Vec::new();
    match (&docker.refused, &ours.refused) {
        (Some(_), Some(_)) => {}
        (None, Some(reason)) => out.push(format!("only ours refuses: {reason}")),
        (Some(reason), None) => out.push(format!("only docker refuses: {reason}")),
        (None, None) => {
            diff(
                "config",
                Some(&config(&docker.config)),
                Some(&config(&ours.config)),
                &mut out,
            );
            diff(
                "specs",
                Some(&specs(&docker.specs)),
                Some(&specs(&ours.specs)),
                &mut out,
            );
        }
    }
    out
}

fn diff(path: &str, docker: Option<&Value>, ours: Option<&Value>, out: &mut Vec<String>) {
    match (docker, ours) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.for_each(|key| diff(&format!("{path}.{key}"), a.get(key), b.get(key), out));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.for_each(|(i, (a, b))| diff(&format!("{path}[{i}]"), Some(a), Some(b), out));
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: docker {} ours {}", show(a), show(b))),
    }
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |v| v.to_string().chars().take(300).collect(),
    )
}

/// A document of `docker stack config`.
pub fn config(document: &Value) -> Value {
    let mut document = document.clone();
    for kind in ["secrets", "configs"] {
        for object in document
            .get_mut(kind)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            if let Some(Value::String(file)) = object.get_mut("file") {
                *file = relative(file);
            }
        }
    }
    prune(&document)
}

fn relative(file: &str) -> String {
    let file = file
        .strip_prefix(HERE)
        .unwrap_or(file)
        .trim_start_matches('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/').filter(|p| !matches!(*p, "" | ".")) {
        if part != ".." || parts.pop().is_none() {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// Request bodies: a mapping from kinds to mappings from names to bodies.
pub fn specs(specs: &Value) -> Value {
    let mut out = Map::new();
    for kind in KINDS {
        let bodies = match specs.get(kind) {
            Some(Value::Array(bodies)) => bodies.clone(),
            Some(Value::Object(bodies)) => bodies.values().cloned().collect(),
            _ => Vec::new(),
        };
        let named = bodies
            .into_iter()
            .map(|body| (name(&body), self::body(kind, &body)));
        out.insert(kind.to_owned(), Value::Object(named.collect()));
    }
    Value::Object(out)
}

fn name(body: &Value) -> String {
    body.get("Name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn body(kind: &str, body: &Value) -> Value {
    let mut body = prune(body);
    match kind {
        "networks" => drop(body.as_object_mut().map(|b| b.remove("CheckDuplicate"))),
        "services" => service(&mut body),
        _ => {}
    }
    body
}

fn service(body: &mut Value) {
    credential_config(body);
    for (list, id) in [("Secrets", "SecretID"), ("Configs", "ConfigID")] {
        let list = body
            .pointer_mut(&format!("/TaskTemplate/ContainerSpec/{list}"))
            .and_then(Value::as_array_mut);
        for reference in list.into_iter().flatten().filter_map(Value::as_object_mut) {
            reference.remove(id);
        }
    }
    let unordered = [
        "ContainerSpec/Env",
        "ContainerSpec/Secrets",
        "ContainerSpec/Configs",
        "ContainerSpec/Mounts",
        "Networks",
    ];
    let networks = body
        .pointer_mut("/TaskTemplate/Networks")
        .and_then(Value::as_array_mut);
    networks
        .into_iter()
        .flatten()
        .filter_map(|n| n.get_mut("Aliases"))
        .for_each(sort);
    for list in unordered {
        body.pointer_mut(&format!("/TaskTemplate/{list}"))
            .into_iter()
            .for_each(sort);
    }
}

/// docker puts the id of the config there; we cannot know it and put its name.
fn credential_config(body: &mut Value) {
    let configs = body
        .pointer("/TaskTemplate/ContainerSpec/Configs")
        .cloned()
        .unwrap_or_default();
    let config = body.pointer_mut("/TaskTemplate/ContainerSpec/Privileges/CredentialSpec/Config");
    if let Some(config) = config {
        let of_id = configs
            .as_array()
            .into_iter()
            .flatten()
            .find(|c| c.get("ConfigID") == Some(config));
        if let Some(name) = of_id.and_then(|c| c.get("ConfigName")) {
            *config = name.clone();
        }
    }
}

fn sort(list: &mut Value) {
    if let Value::Array(items) = list {
        items.sort_by_cached_key(Value::to_string);
    }
}

/// Null, empty, false and zero mean the same as absent.
fn prune(value: &Value) -> Value {
    let nothing = |v: &Value| match v {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) => false,
    };
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), prune(v)))
            .filter(|(_, v)| !nothing(v))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(prune).collect(),
        // One way to write a number, whatever the document's form.
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation, reason = "whole and in range")]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => value.clone(),
        },
        value => value.clone(),
    }
}
