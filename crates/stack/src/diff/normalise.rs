//! One form for what we send and what the engine gives back.
//!
//! A spec that was stored comes back with defaults filled in, networks by id and ids of secrets
//! and configs. Here both sides get the same defaults and names, so that an unchanged service
//! compares equal.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::convert::IMAGE_LABEL;

/// Names in the engine by id, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Networks: `id -> name`.
    pub networks: BTreeMap<String, String>,
    /// Configs: `id -> name`, for credential specs.
    pub configs: BTreeMap<String, String>,
}

/// Brings a service spec into the form in which specs are compared.
///
/// * defaults that the engine fills in are filled in (one replica, `vip`, `pause`, …);
/// * ids of networks become names; ids of secrets and configs, `ForceUpdate`, `Runtime` and
///   platforms are dropped;
/// * an image that was resolved to a digest counts as the image it was resolved from;
/// * variables become a mapping, and lists without an order are sorted;
/// * null, false and empty are dropped.
///
/// Read images with [`crate::StackSpec`]'s label: when `com.docker.stack.image` is the same on
/// both sides the docker CLI keeps the running image with its digest, so the digest is cut here.
pub fn normalise_service(spec: &Value, names: &Names) -> Value {
    let mut spec = spec.clone();
    rename(
        &mut spec,
        "/TaskTemplate/ContainerSpec",
        "HealthCheck",
        "Healthcheck",
    );
    mode(&mut spec);
    endpoint(&mut spec);
    for key in ["UpdateConfig", "RollbackConfig"] {
        update_config(&mut spec, key);
    }
    image(&mut spec);
    task(&mut spec, names);
    container(&mut spec, names);
    prune(&mut spec);
    spec
}

/// Brings a network (a create body, or what `GET /networks` gives) into one form.
pub fn normalise_network(network: &Value) -> Value {
    let keep = [
        "Name",
        "Driver",
        "Internal",
        "Attachable",
        "IPAM",
        "Options",
        "Labels",
    ];
    let mut out: Map<String, Value> = keep
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), network.get(*key)?.clone())))
        .collect();
    out.entry("Driver").or_insert_with(|| json!("overlay"));
    if let Some(options) = out.get_mut("Options").and_then(Value::as_object_mut) {
        // The driver writes down the VXLAN number it chose.
        options.remove("com.docker.network.driver.overlay.vxlanid_list");
    }
    let subnets: Vec<Value> = network
        .pointer("/IPAM/Config")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pool| pool.get("Subnet").cloned())
        .collect();
    out.insert("IPAM".to_owned(), json!({ "Subnets": subnets }));
    let mut out = Value::Object(out);
    prune(&mut out);
    out
}

fn object<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    value.pointer_mut(pointer).and_then(Value::as_object_mut)
}

fn array<'a>(value: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    value
        .pointer_mut(pointer)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn rename(spec: &mut Value, pointer: &str, from: &str, to: &str) {
    if let Some(map) = object(spec, pointer)
        && let Some(value) = map.remove(from)
    {
        map.insert(to.to_owned(), value);
    }
}

fn fill(map: &mut Map<String, Value>, key: &str, default: Value) {
    let empty = map
        .get(key)
        .is_none_or(|v| v.is_null() || v.as_str() == Some(""));
    if empty {
        map.insert(key.to_owned(), default);
    }
}

fn mode(spec: &mut Value) {
    let Some(map) = spec.as_object_mut() else {
        return;
    };
    let mode = map.entry("Mode").or_insert_with(|| json!({}));
    let unset = mode
        .as_object()
        .is_none_or(|m| m.values().all(Value::is_null));
    if unset {
        *mode = json!({ "Replicated": {} });
    }
    let Some(mode) = mode.as_object_mut() else {
        return;
    };
    for (kind, key) in [
        ("Replicated", "Replicas"),
        ("ReplicatedJob", "MaxConcurrent"),
        ("ReplicatedJob", "TotalCompletions"),
    ] {
        if let Some(map) = mode.get_mut(kind).and_then(Value::as_object_mut) {
            fill(map, key, json!(1));
        }
    }
    // A mode without settings must survive the removal of what is empty.
    for kind in ["Global", "GlobalJob"] {
        if mode.get(kind).is_some_and(Value::is_object) {
            mode.insert(kind.to_owned(), json!(true));
        }
    }
}

fn endpoint(spec: &mut Value) {
    let Some(map) = spec.as_object_mut() else {
        return;
    };
    let endpoint = map.entry("EndpointSpec").or_insert_with(|| json!({}));
    if endpoint.is_null() {
        *endpoint = json!({});
    }
    if let Some(map) = endpoint.as_object_mut() {
        fill(map, "Mode", json!("vip"));
    }
    for port in array(spec, "/EndpointSpec/Ports").filter_map(Value::as_object_mut) {
        fill(port, "Protocol", json!("tcp"));
        fill(port, "PublishMode", json!("ingress"));
        if port.get("PublishedPort") == Some(&json!(0)) {
            port.remove("PublishedPort");
        }
    }
    sort(spec, "/EndpointSpec/Ports");
}

/// An absent update config means the engine's defaults, and the engine keeps it absent.
fn update_config(spec: &mut Value, key: &str) {
    let Some(map) = spec.get_mut(key).and_then(Value::as_object_mut) else {
        return;
    };
    fill(map, "FailureAction", json!("pause"));
    fill(map, "Order", json!("stop-first"));
    fill(map, "Parallelism", json!(0));
    for key in ["Delay", "Monitor", "MaxFailureRatio"] {
        if map.get(key).and_then(Value::as_f64) == Some(0.0) {
            map.remove(key);
        }
    }
}

/// Cuts the digest that the engine found for the image of the label.
fn image(spec: &mut Value) {
    let label = spec
        .get("Labels")
        .and_then(|labels| labels.get(IMAGE_LABEL))
        .and_then(Value::as_str);
    let labelled_digest = label.is_some_and(|label| label.contains('@'));
    let Some(container) = object(spec, "/TaskTemplate/ContainerSpec") else {
        return;
    };
    if let Some(image) = container.get("Image").and_then(Value::as_str)
        && let Some((name, _)) = image.split_once('@')
        && !labelled_digest
    {
        let name = name.to_owned();
        container.insert("Image".to_owned(), Value::from(name));
    }
}

fn task(spec: &mut Value, names: &Names) {
    let Some(task) = object(spec, "/TaskTemplate") else {
        return;
    };
    for key in ["ForceUpdate", "Runtime"] {
        task.remove(key);
    }
    if let Some(placement) = task.get_mut("Placement").and_then(Value::as_object_mut) {
        placement.remove("Platforms");
        drop_zero(placement, &["MaxReplicas"]);
    }
    if let Some(policy) = task.get_mut("RestartPolicy").and_then(Value::as_object_mut) {
        drop_zero(policy, &["MaxAttempts", "Window"]);
        fill(policy, "Condition", json!("any"));
        if policy.len() == 1 && policy.get("Condition") == Some(&json!("any")) {
            task.remove("RestartPolicy");
        }
    }
    for resources in [
        "/TaskTemplate/Resources/Limits",
        "/TaskTemplate/Resources/Reservations",
    ] {
        if let Some(map) = object(spec, resources) {
            drop_zero(map, &["NanoCPUs", "MemoryBytes", "Pids"]);
        }
    }
    for network in array(spec, "/TaskTemplate/Networks").filter_map(Value::as_object_mut) {
        let name = network
            .get("Target")
            .and_then(Value::as_str)
            .and_then(|id| names.networks.get(id));
        if let Some(name) = name.cloned() {
            network.insert("Target".to_owned(), Value::from(name));
        }
    }
    sort(spec, "/TaskTemplate/Networks");
}

fn container(spec: &mut Value, names: &Names) {
    let Some(container) = object(spec, "/TaskTemplate/ContainerSpec") else {
        return;
    };
    if container.get("Isolation") == Some(&json!("default")) {
        container.remove("Isolation");
    }
    // Ten seconds is what the engine does without being told.
    if container.get("StopGracePeriod") == Some(&json!(10_000_000_000_i64)) {
        container.remove("StopGracePeriod");
    }
    drop_zero(container, &["OomScoreAdj"]);
    if let Some(env) = container
        .get("Env")
        .and_then(Value::as_array)
        .map(|lines| environment(lines))
    {
        container.insert("Env".to_owned(), env);
    }
    if let Some(check) = container
        .get_mut("Healthcheck")
        .and_then(Value::as_object_mut)
    {
        drop_zero(
            check,
            &[
                "Interval",
                "Timeout",
                "Retries",
                "StartPeriod",
                "StartInterval",
            ],
        );
    }
    if let Some(config) = container
        .get_mut("Privileges")
        .and_then(|p| p.pointer_mut("/CredentialSpec/Config"))
    {
        let name = config
            .as_str()
            .and_then(|id| names.configs.get(id))
            .cloned();
        *config = name.map_or_else(|| config.take(), Value::from);
    }
    for (list, id) in [("Secrets", "SecretID"), ("Configs", "ConfigID")] {
        let pointer = format!("/TaskTemplate/ContainerSpec/{list}");
        array(spec, &pointer)
            .filter_map(Value::as_object_mut)
            .for_each(|reference| drop(reference.remove(id)));
        sort(spec, &pointer);
    }
    for mount in array(spec, "/TaskTemplate/ContainerSpec/Mounts").filter_map(Value::as_object_mut)
    {
        fill(mount, "Type", json!("volume"));
    }
    sort(spec, "/TaskTemplate/ContainerSpec/Mounts");
    sort(spec, "/TaskTemplate/ContainerSpec/Ulimits");
}

/// `NAME=value` lines as a mapping; a name without value is null, which says so in a diff.
fn environment(lines: &[Value]) -> Value {
    let pairs = lines
        .iter()
        .filter_map(Value::as_str)
        .map(|line| match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), Value::from(value)),
            None => (line.to_owned(), Value::from("(taken from the image)")),
        });
    Value::Object(pairs.collect())
}

fn drop_zero(map: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if map.get(*key).and_then(Value::as_f64) == Some(0.0) {
            map.remove(*key);
        }
    }
}

fn sort(spec: &mut Value, pointer: &str) {
    if let Some(items) = spec.pointer_mut(pointer).and_then(Value::as_array_mut) {
        for item in items.iter_mut() {
            prune(item);
        }
        items.sort_by_cached_key(Value::to_string);
    }
}

/// Mappings from names to texts, in which an empty text is a value.
const TEXT_MAPS: [&str; 5] = ["Env", "Labels", "Options", "Sysctls", "DriverOpts"];

/// Removes null, false and empty; whether nothing is left.
fn prune(value: &mut Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => {
            for item in items.iter_mut() {
                prune(item);
            }
            items.is_empty()
        }
        Value::Object(map) => {
            map.retain(|key, value| match key.as_str() {
                key if TEXT_MAPS.contains(&key) => {
                    value.as_object().is_some_and(|map| !map.is_empty())
                }
                // Without it the daemon decides; `false` is a decision.
                "Init" => !value.is_null(),
                _ => !prune(value),
            });
            map.is_empty()
        }
        _ => false,
    }
}
