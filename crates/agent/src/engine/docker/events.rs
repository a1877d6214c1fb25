//! The engine's event stream, cut down to what a watcher wakes up for.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptions;
use futures::stream::{BoxStream, StreamExt};

use super::DockerEngine;
use super::call::Call;
use super::streams::open;
use crate::engine::{EngineError, EngineEvent, Result};

/// Label by which the container of a task names its service.
const SERVICE_ID_LABEL: &str = "com.docker.swarm.service.id";
/// Types that a stack's objects have.
const TYPES: [&str; 6] = [
    "service",
    "container",
    "network",
    "node",
    "secret",
    "config",
];

impl DockerEngine {
    pub(super) async fn open_events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        // The engine subscribes just after it has answered; `since` covers the gap.
        let since = now();
        let (docker, answered) = self.connection.streaming_client().await?;
        let types = TYPES.map(str::to_owned).to_vec();
        let options = EventsOptions {
            since: Some(since),
            until: None,
            filters: Some(HashMap::from([("type".to_owned(), types)])),
        };
        let endpoint = self.connection.endpoint().to_owned();
        let call = Call::new(&endpoint, "listening to events");
        let opened = open(
            &call,
            self.connection.timeouts().call,
            docker.events(Some(options)),
            answered,
        )
        .await;
        let events = self.noted(opened)?;
        Ok(events
            .filter_map(move |message| {
                let read = match message {
                    Ok(message) => event(message).map(Ok),
                    Err(error) => Some(Err(gone(&endpoint, error))),
                };
                std::future::ready(read)
            })
            .boxed())
    }
}

/// An error inside the stream: whatever it is, no more events will come.
fn gone(endpoint: &str, error: bollard::errors::Error) -> EngineError {
    Call::new(endpoint, "listening to events").error(error)
}

/// `None` for what no watcher waits for: containers that belong to no service, and the `exec` events
/// that every run of a health check makes.
fn event(message: EventMessage) -> Option<EngineEvent> {
    let kind = message.typ?.to_string();
    let action = message.action.unwrap_or_default();
    let actor = message.actor.unwrap_or_default();
    let service_id = match kind.as_str() {
        "service" => actor.id,
        "container" if action.starts_with("exec_") => return None,
        "container" => Some(actor.attributes?.remove(SERVICE_ID_LABEL)?),
        _ => None,
    };
    Some(EngineEvent {
        kind,
        action,
        service_id,
    })
}

/// Now, in the form that the engine's `since` takes.
fn now() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}.{:09}", now.as_secs(), now.subsec_nanos())
}
