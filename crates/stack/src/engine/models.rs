//! The same bodies as `bollard-stubs` models.

use bollard_stubs::models;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ConfigSpec, NetworkSpec, SecretSpec, ServiceSpec};
use crate::error::StackError;

/// The network as bollard sends it.
///
/// # Errors
/// [`StackError::EngineValue`] for a value that no engine knows.
pub fn network(spec: &NetworkSpec) -> Result<models::NetworkCreateRequest, StackError> {
    convert("network", &spec.name, spec)
}

/// The secret as bollard sends it.
///
/// # Errors
/// [`StackError::EngineValue`] for a value that no engine knows.
pub fn secret(spec: &SecretSpec) -> Result<models::SecretSpec, StackError> {
    convert("secret", &spec.name, spec)
}

/// The config as bollard sends it.
///
/// # Errors
/// [`StackError::EngineValue`] for a value that no engine knows.
pub fn config(spec: &ConfigSpec) -> Result<models::ConfigSpec, StackError> {
    convert("config", &spec.name, spec)
}

/// The service as bollard sends it.
///
/// # Errors
/// [`StackError::EngineValue`] for a value that no engine knows, such as a restart condition
/// `unless-stopped`, and for cluster volumes, which bollard cannot send.
pub fn service(spec: &ServiceSpec) -> Result<models::ServiceSpec, StackError> {
    let object = || format!("service {}", spec.name);
    if spec
        .task_template
        .container_spec
        .mounts
        .iter()
        .any(|m| m.cluster_options.is_some())
    {
        return Err(StackError::EngineValue {
            object: object(),
            reason: "cluster volumes are not supported".to_owned(),
        });
    }
    let mut value = to_value(spec).map_err(|reason| StackError::EngineValue {
        object: object(),
        reason,
    })?;
    rename_healthcheck(&mut value);
    from_value("service", &spec.name, value)
}

/// The API's Go type says `Healthcheck`, its published schema `HealthCheck`; the engine takes
/// both.
fn rename_healthcheck(service: &mut Value) {
    let container = service
        .pointer_mut("/TaskTemplate/ContainerSpec")
        .and_then(Value::as_object_mut);
    if let Some(container) = container
        && let Some(check) = container.remove("Healthcheck")
    {
        container.insert("HealthCheck".to_owned(), check);
    }
}

fn convert<T: Serialize, M: DeserializeOwned>(
    kind: &str,
    name: &str,
    spec: &T,
) -> Result<M, StackError> {
    let value = to_value(spec).map_err(|reason| StackError::EngineValue {
        object: format!("{kind} {name}"),
        reason,
    })?;
    from_value(kind, name, value)
}

fn to_value<T: Serialize>(spec: &T) -> Result<Value, String> {
    serde_json::to_value(spec).map_err(|error| error.to_string())
}

fn from_value<M: DeserializeOwned>(kind: &str, name: &str, value: Value) -> Result<M, StackError> {
    serde_json::from_value(value).map_err(|error| StackError::EngineValue {
        object: format!("{kind} {name}"),
        reason: error.to_string(),
    })
}
