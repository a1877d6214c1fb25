//! The port to a swarm: what the agent asks of an engine, and the two engines that answer.
//!
//! [`docker`] speaks to a real Docker engine, [`sim`] is its twin in memory. Both are held to one
//! contract suite (`tests/engine_contract.rs`), so whatever the app layer learns on the twin holds
//! on the real one. Request bodies are the engine's own (`bollard-stubs` models, as the `stack` crate
//! makes them); what comes back is reduced here to what a verdict or a plan needs.

pub mod digest;
pub mod docker;
mod error;
mod exec;
mod observed;
mod reference;
pub mod sim;
mod text;

pub use error::EngineError;
pub use exec::{Archive, Command, CommandEnd};
pub use observed::{
    EngineEvent, EngineInfo, EngineKind, HealthReport, LogLine, LogQuery, LogStream, LogTarget,
    ObjectKind, ObservedConfig, ObservedNetwork, ObservedSecret, ObservedService, ObservedTask,
    ObservedVolume, ResolvedImage, Snapshot, SwarmRole, TaskState, UpdateState, UpdateStatus,
};
pub use reference::Reference;

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use async_trait::async_trait;
use futures::stream::BoxStream;

/// Label that names the stack of an object.
pub const NAMESPACE_LABEL: &str = "com.docker.stack.namespace";

/// Longest log line that is passed on, in bytes; what is beyond is cut off.
pub const MAX_LOG_LINE: usize = 16 * 1024;

/// Result of a call to an engine.
pub type Result<T> = std::result::Result<T, EngineError>;

/// A swarm manager's engine.
///
/// Every method is one logical request; none of them retries. Ids are the engine's own. Methods that
/// change something return once the engine has accepted the change, not once tasks have followed.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What the engine is and whether it manages a swarm. Answers even when it does not.
    async fn info(&self) -> Result<EngineInfo>;

    /// All that carries `com.docker.stack.namespace=<stack>`: services, networks, secrets, configs.
    async fn snapshot(&self, stack: &str) -> Result<Snapshot>;

    /// The services of one stack only, for those who look often.
    async fn services(&self, stack: &str) -> Result<Vec<ObservedService>> {
        Ok(self.snapshot(stack).await?.services)
    }

    /// Every service of the swarm that carries a stack namespace, of every stack.
    async fn stack_services(&self) -> Result<Vec<ObservedService>>;

    /// Networks of exactly these names, in whatever stack or none.
    async fn networks_named(&self, names: &[String]) -> Result<Vec<ObservedNetwork>>;

    /// Secrets of exactly these names.
    async fn secrets_named(&self, names: &[String]) -> Result<Vec<ObservedSecret>>;

    /// Configs of exactly these names, with their data.
    async fn configs_named(&self, names: &[String]) -> Result<Vec<ObservedConfig>>;

    /// Tasks of these services, old ones that the engine still remembers included.
    async fn tasks(&self, service_ids: &[String]) -> Result<Vec<ObservedTask>>;

    /// Tasks that carry the stack's namespace, those of services that are gone already included: what
    /// `docker stack ps` lists. Empty once the last container of a removed stack has stopped.
    async fn stack_tasks(&self, stack: &str) -> Result<Vec<ObservedTask>>;

    /// Volumes on this node that carry the stack's namespace.
    async fn volumes(&self, stack: &str) -> Result<Vec<ObservedVolume>>;

    /// Makes a network and returns its id.
    async fn create_network(&self, request: &NetworkCreateRequest) -> Result<String>;

    /// Makes a secret and returns its id.
    async fn create_secret(&self, spec: &SecretSpec) -> Result<String>;

    /// Makes a config and returns its id.
    async fn create_config(&self, spec: &ConfigSpec) -> Result<String>;

    /// Makes a service and returns its id. `registry_auth` is the encoded `X-Registry-Auth` value.
    async fn create_service(
        &self,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<String>;

    /// Replaces a service's spec, provided it is still at object version `version`.
    ///
    /// # Errors
    /// [`EngineError::OutOfSequence`] when somebody else changed the service meanwhile.
    async fn update_service(
        &self,
        id: &str,
        version: u64,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<Vec<String>>;

    /// Removes an object of the swarm by id.
    ///
    /// # Errors
    /// [`EngineError::InUse`] while tasks or services hold it, [`EngineError::NotFound`] when it is gone.
    async fn remove(&self, kind: ObjectKind, id: &str) -> Result<()>;

    /// Removes this node's containers of the stack that have ended, and returns how many. Swarm clears up after its
    /// services, but engine 20.10 never forgets the containers of a removed job, and they hold the job's volumes.
    async fn clear_ended_containers(&self, stack: &str) -> Result<usize>;

    /// Asks the image's registry for its digest and platforms; `None` when no registry answers for it.
    async fn resolve_image(
        &self,
        image: &str,
        registry_auth: Option<&str>,
    ) -> Result<Option<ResolvedImage>>;

    /// Events of services, tasks' containers, networks and nodes from now on. The stream ends, or yields an
    /// error, when the engine goes away. An event says "look again"; it is never the only source of truth.
    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>>;

    /// Log lines of a service or task, oldest first.
    async fn logs(&self, query: &LogQuery) -> Result<BoxStream<'static, Result<LogLine>>>;

    /// The health record of a container on this node; `None` when it is on another node, gone, or has no check.
    async fn container_health(&self, container_id: &str) -> Result<Option<HealthReport>>;

    /// Runs a command in a running container of this node and waits for its end.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the container is gone or on another node. A command that fails is no error.
    async fn exec(&self, container_id: &str, command: &Command) -> Result<CommandEnd>;

    /// Id of an image of this node, by name and tag; `None` when it is not there.
    async fn image_id(&self, reference: &str) -> Result<Option<String>>;

    /// Takes the images of an archive, as `docker save` writes it, to this node.
    async fn load_images(&self, archive: Archive) -> Result<()>;
}
