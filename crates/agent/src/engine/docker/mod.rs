//! A real Docker engine, asked over its unix socket.

mod call;
mod connect;
mod convert;
mod events;
mod exec;
mod lists;
mod logs;
mod objects;
mod raw;
mod registry;
mod streams;

use std::future::Future;
use std::time::Duration;

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use async_trait::async_trait;
use bollard::errors::Error as BollardError;
use futures::stream::BoxStream;

use self::call::{Call, with_deadline};
use self::connect::Connection;
use super::{
    Archive, Command, CommandEnd, Engine, EngineEvent, EngineInfo, HealthReport, LogLine, LogQuery,
    ObjectKind, ObservedConfig, ObservedNetwork, ObservedSecret, ObservedService, ObservedTask,
    ObservedVolume, ResolvedImage, Result, Snapshot,
};

/// How long answers are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For one request; for a stream, until it is open.
    pub call: Duration,
    /// For a question that the engine passes on to a registry.
    pub registry: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            registry: Duration::from_secs(10),
        }
    }
}

/// A Docker engine.
pub struct DockerEngine {
    connection: Connection,
}

impl DockerEngine {
    /// Prepares to speak to the engine at `endpoint`, for example `unix:///var/run/docker.sock`. Nothing
    /// is sent yet: an engine may be started later, go away and come back.
    ///
    /// # Errors
    /// [`super::EngineError::Unreachable`] when the endpoint is not a unix socket's address.
    pub fn connect(endpoint: &str, timeouts: Timeouts) -> Result<Self> {
        Ok(Self {
            connection: Connection::new(endpoint, timeouts)?,
        })
    }

    /// One request that is about no object in particular.
    async fn ask<T>(
        &self,
        what: &str,
        answer: impl Future<Output = std::result::Result<T, BollardError>>,
    ) -> Result<T> {
        let call = Call::new(self.connection.endpoint(), what);
        self.noted(with_deadline(&call, self.connection.timeouts().call, answer).await)
    }

    /// One request about an object.
    async fn ask_about<T>(
        &self,
        verb: &str,
        kind: ObjectKind,
        name: &str,
        answer: impl Future<Output = std::result::Result<T, BollardError>>,
    ) -> Result<T> {
        let call = Call::about(self.connection.endpoint(), verb, kind, name);
        self.noted(with_deadline(&call, self.connection.timeouts().call, answer).await)
    }

    /// Lets the connection see a failure.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        result.inspect_err(|error| self.connection.note(error))
    }
}

#[async_trait]
impl Engine for DockerEngine {
    async fn info(&self) -> Result<EngineInfo> {
        self.read_info().await
    }

    async fn snapshot(&self, stack: &str) -> Result<Snapshot> {
        self.read_snapshot(stack).await
    }

    async fn services(&self, stack: &str) -> Result<Vec<ObservedService>> {
        self.read_services(stack).await
    }

    async fn stack_services(&self) -> Result<Vec<ObservedService>> {
        self.read_stack_services().await
    }

    async fn networks_named(&self, names: &[String]) -> Result<Vec<ObservedNetwork>> {
        self.read_networks(names).await
    }

    async fn secrets_named(&self, names: &[String]) -> Result<Vec<ObservedSecret>> {
        self.read_secrets(names).await
    }

    async fn configs_named(&self, names: &[String]) -> Result<Vec<ObservedConfig>> {
        self.read_configs(names).await
    }

    async fn tasks(&self, service_ids: &[String]) -> Result<Vec<ObservedTask>> {
        self.read_tasks(service_ids).await
    }

    async fn stack_tasks(&self, stack: &str) -> Result<Vec<ObservedTask>> {
        self.read_stack_tasks(stack).await
    }

    async fn volumes(&self, stack: &str) -> Result<Vec<ObservedVolume>> {
        self.read_volumes(stack).await
    }

    async fn create_network(&self, request: &NetworkCreateRequest) -> Result<String> {
        self.make_network(request).await
    }

    async fn create_secret(&self, spec: &SecretSpec) -> Result<String> {
        self.make_secret(spec).await
    }

    async fn create_config(&self, spec: &ConfigSpec) -> Result<String> {
        self.make_config(spec).await
    }

    async fn create_service(
        &self,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<String> {
        self.make_service(spec, registry_auth).await
    }

    async fn update_service(
        &self,
        id: &str,
        version: u64,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<Vec<String>> {
        self.replace_service(id, version, spec, registry_auth).await
    }

    async fn remove(&self, kind: ObjectKind, id: &str) -> Result<()> {
        self.delete(kind, id).await
    }

    async fn clear_ended_containers(&self, stack: &str) -> Result<usize> {
        self.delete_ended_containers(stack).await
    }

    async fn resolve_image(
        &self,
        image: &str,
        registry_auth: Option<&str>,
    ) -> Result<Option<ResolvedImage>> {
        self.resolve(image, registry_auth).await
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        self.open_events().await
    }

    async fn logs(&self, query: &LogQuery) -> Result<BoxStream<'static, Result<LogLine>>> {
        self.open_logs(query).await
    }

    async fn container_health(&self, container_id: &str) -> Result<Option<HealthReport>> {
        self.read_health(container_id).await
    }

    async fn exec(&self, container_id: &str, command: &Command) -> Result<CommandEnd> {
        self.run_in(container_id, command).await
    }

    async fn image_id(&self, reference: &str) -> Result<Option<String>> {
        self.id_of_image(reference).await
    }

    async fn load_images(&self, archive: Archive) -> Result<()> {
        self.take_images(archive).await
    }
}
