//! What changes between what runs and what is wanted, field by field.

mod normalise;
mod redact;

use serde::Serialize;
use serde_json::Value;

pub use normalise::{Names, normalise_network, normalise_service};
pub use redact::{REDACTED, is_secret_name};

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Dotted path, such as `TaskTemplate.ContainerSpec.Image`; variables and labels by name
    /// (`TaskTemplate.ContainerSpec.Env.DOMAIN`), other list items by number (`Mounts[0]`).
    pub path: String,
    /// What it is now; `None` when it is not set.
    pub before: Option<Value>,
    /// What it will be; `None` when it is removed.
    pub after: Option<Value>,
}

/// The fields in which two specs differ, sorted by path.
///
/// Both should have gone through [`normalise_service`] (or [`normalise_network`]). Values of
/// variables whose name looks secret are replaced by [`REDACTED`].
pub fn diff(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare("", Some(before), Some(after), &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes.iter_mut().for_each(redact::redact);
    changes
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.for_each(|key| compare(&join(path, key), a.get(key), b.get(key), out));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if has_structure(a) || has_structure(b) => {
            (0..a.len().max(b.len()))
                .for_each(|i| compare(&format!("{path}[{i}]"), a.get(i), b.get(i), out));
        }
        // A part that comes or goes whole is shown by its fields, so that secrets in it are seen.
        (None, Some(Value::Object(b))) if !b.is_empty() => {
            b.iter()
                .for_each(|(key, value)| compare(&join(path, key), None, Some(value), out));
        }
        (Some(Value::Object(a)), None) if !a.is_empty() => {
            a.iter()
                .for_each(|(key, value)| compare(&join(path, key), Some(value), None, out));
        }
        (before, after) => {
            out.push(FieldChange {
                path: path.to_owned(),
                before: before.cloned(),
                after: after.cloned(),
            });
        }
    }
}

fn has_structure(items: &[Value]) -> bool {
    items.iter().any(Value::is_object)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changed_added_and_removed_fields_are_named() {
        let changes = diff(
            &json!({"a": {"x": 1, "gone": true}, "list": ["a"], "mounts": [{"Target": "/a"}]}),
            &json!({"a": {"x": 2}, "list": ["a", "b"], "mounts": [{"Target": "/b"}], "new": {"y": "z"}}),
        );
        let text: Vec<String> = changes
            .iter()
            .map(|c| {
                format!(
                    "{}: {:?} -> {:?}",
                    c.path,
                    c.before.is_some(),
                    c.after.is_some()
                )
            })
            .collect();
        assert_eq!(
            text,
            [
                "a.gone: true -> false",
                "a.x: true -> true",
                "list: true -> true",
                "mounts[0].Target: true -> true",
                "new.y: false -> true"
            ]
        );
    }

    #[test]
    fn values_of_secret_looking_variables_are_not_shown() {
        let before = json!({"TaskTemplate": {"ContainerSpec": {"Env": {"DB_PASSWORD": "old", "DOMAIN": "a"}}}});
        let after = json!({"TaskTemplate": {"ContainerSpec": {"Env": {"DB_PASSWORD": "new", "DOMAIN": "b", "API_TOKEN": "t"}}}});
        let text = serde_json::to_string(&diff(&before, &after)).unwrap();
        assert!(
            !text.contains("old") && !text.contains("new") && !text.contains("\"t\""),
            "{text}"
        );
        assert!(text.contains("\"b\"") && text.contains(REDACTED));
    }
}
