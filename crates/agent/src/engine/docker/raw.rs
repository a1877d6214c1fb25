//! Answers as the engine writes them.
//!
//! The engine's Go types spell a health check `Healthcheck`, its published schema and so bollard's models
//! `HealthCheck`: the engine takes both, bollard reads only one. A spec read through bollard would lose its health
//! check, so services and tasks are read here and put right before they become models.

use std::collections::HashMap;

use bollard::errors::Error as BollardError;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyperlocal::UnixConnector;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{DockerEngine, call::Call};
use crate::engine::{EngineError, Result};

/// Largest answer that is read: a swarm of thousands of services stays far below.
const LARGEST_ANSWER: usize = 64 << 20;

/// The client for such requests.
pub(super) type RawClient = Client<UnixConnector, Empty<Bytes>>;

impl DockerEngine {
    /// `GET <path>` with filters, as a list of models.
    pub(super) async fn list_raw<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        path: &str,
        filters: Option<HashMap<String, Vec<String>>>,
    ) -> Result<Vec<T>> {
        let path = format!("{path}?{}", query(&filters.unwrap_or_default()));
        let answer = self.noted(self.connection.get(call, &path).await)?;
        let what = call.what();
        let mut items: Vec<Value> =
            serde_json::from_slice(&answer).map_err(|e| unexpected(what, &e))?;
        items.iter_mut().for_each(put_right);
        let read = |item| serde_json::from_value(item).map_err(|e| unexpected(what, &e));
        items.into_iter().map(read).collect()
    }
}

/// Reads a whole answer; one that is no success becomes the error that bollard would make of it.
pub(super) async fn read(
    client: &RawClient,
    uri: http::Uri,
) -> std::result::Result<Bytes, BollardError> {
    let response = client
        .get(uri)
        .await
        .map_err(|err| BollardError::HyperLegacyError { err })?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER)
        .collect()
        .await;
    let bytes = body
        .map_err(|e| std::io::Error::other(e.to_string()))?
        .to_bytes();
    if status.is_success() {
        return Ok(bytes);
    }
    let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let message = told
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Err(BollardError::DockerResponseServerError {
        status_code: status.as_u16(),
        message,
    })
}

fn query(filters: &HashMap<String, Vec<String>>) -> String {
    let filters = serde_json::to_string(filters).unwrap_or_default();
    form_urlencoded::Serializer::new(String::new())
        .append_pair("filters", &filters)
        .finish()
}

fn unexpected(what: &str, error: &serde_json::Error) -> EngineError {
    EngineError::Failed {
        what: what.to_owned(),
        reason: error.to_string(),
    }
}

/// Spells the health check as bollard reads it, in a service's specs and in a task's.
fn put_right(item: &mut Value) {
    const PLACES: [&str; 3] = [
        "/Spec/TaskTemplate/ContainerSpec",
        "/PreviousSpec/TaskTemplate/ContainerSpec",
        "/Spec/ContainerSpec",
    ];
    for place in PLACES {
        let container = item.pointer_mut(place).and_then(Value::as_object_mut);
        if let Some(container) = container
            && let Some(check) = container.remove("Healthcheck")
        {
            container.insert("HealthCheck".to_owned(), check);
        }
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::Service;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_health_check_is_not_lost_on_the_way_in() {
        let mut stored = json!({"ID": "x", "Spec": {"TaskTemplate": {"ContainerSpec": {
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2_000_000_000_i64}}}}});
        put_right(&mut stored);
        let service: Service = serde_json::from_value(stored).unwrap();
        let container = service
            .spec
            .unwrap()
            .task_template
            .unwrap()
            .container_spec
            .unwrap();
        assert_eq!(
            container.health_check.unwrap().interval,
            Some(2_000_000_000)
        );
    }
}
