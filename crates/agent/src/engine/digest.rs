//! A digest by which a service and its tasks can be matched.
//!
//! Swarm copies a service's task template into each task when it makes the task, so "does this task run
//! the current spec" is a comparison of the two copies. They differ in one place: the engine's API shows
//! `Runtime: "container"` on the service and leaves it out on tasks (`taskSpecFromGRPC` fills it in only
//! for services), so that default is dropped here.

use bollard::models::TaskSpec;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// SHA-256, in hex, over the canonical JSON of a stored task template: keys sorted, empty values left
/// out, the default runtime left out.
#[must_use]
pub fn template_digest(template: &TaskSpec) -> String {
    let mut value = serde_json::to_value(template).unwrap_or_default();
    if value.get("Runtime") == Some(&Value::from("container"))
        && let Some(fields) = value.as_object_mut()
    {
        fields.remove("Runtime");
    }
    let canonical = canonical(value).unwrap_or_default();
    hex::encode(Sha256::digest(canonical.to_string().as_bytes()))
}

/// Sorts keys and drops what says nothing; `None` when nothing is left.
fn canonical(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(fields) => {
            let mut kept: Vec<(String, Value)> = fields
                .into_iter()
                .filter_map(|(key, value)| Some((key, canonical(value)?)))
                .collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            (!kept.is_empty()).then(|| Value::Object(Map::from_iter(kept)))
        }
        Value::Array(items) if items.is_empty() => None,
        // Items keep their place: order means something in every list of a task template.
        Value::Array(items) => Some(Value::Array(
            items
                .into_iter()
                .map(|item| canonical(item).unwrap_or_default())
                .collect(),
        )),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::template_digest;
    use bollard::models::TaskSpec;

    fn template(json: serde_json::Value) -> TaskSpec {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_default_runtime_and_empty_objects_do_not_count() {
        let service = template(serde_json::json!({
            "ContainerSpec": {"Image": "a:1", "Env": ["B=2", "A=1"], "DNSConfig": {}},
            "Resources": {"Limits": {}}, "ForceUpdate": 0, "Runtime": "container",
        }));
        let task = template(serde_json::json!({
            "ForceUpdate": 0, "ContainerSpec": {"Env": ["B=2", "A=1"], "Image": "a:1"},
        }));
        assert_eq!(template_digest(&service), template_digest(&task));
    }

    #[test]
    fn a_forced_update_and_another_order_of_env_do_count() {
        let one = template(serde_json::json!({"ContainerSpec": {"Env": ["A", "B"]}}));
        let two = template(serde_json::json!({"ContainerSpec": {"Env": ["B", "A"]}}));
        let forced = template(serde_json::json!({
            "ContainerSpec": {"Env": ["A", "B"]}, "ForceUpdate": 1,
        }));
        assert_ne!(template_digest(&one), template_digest(&two));
        assert_ne!(template_digest(&one), template_digest(&forced));
    }
}
