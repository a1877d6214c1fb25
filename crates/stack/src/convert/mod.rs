//! From the model to engine specs, as `docker stack deploy` does it.

mod container;
mod mounts;
mod objects;
mod service;

use serde::Serialize;

use crate::engine::{ConfigSpec, NetworkSpec, SecretSpec, ServiceSpec};
use crate::error::StackError;
use crate::model::Compose;
use crate::name::{StackName, check_object_name};

/// Label with the stack's name, on everything the stack makes.
pub const NAMESPACE_LABEL: &str = "com.docker.stack.namespace";

/// Label with the image as the compose file names it, on services.
pub const IMAGE_LABEL: &str = "com.docker.stack.image";

/// Everything a stack needs from the engine, each list sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StackSpec {
    /// Networks to make: those that a service uses.
    pub networks: Vec<NetworkSpec>,
    /// Secrets to make.
    pub secrets: Vec<SecretSpec>,
    /// Configs to make.
    pub configs: Vec<ConfigSpec>,
    /// Services to make. Secrets, configs and networks in them are named; ids are filled in at
    /// deploy.
    pub services: Vec<ServiceSpec>,
    /// What must exist already.
    #[serde(skip)]
    pub external: External,
    /// Volumes of the stack by their name in the engine; swarm makes them with the first task.
    #[serde(skip)]
    pub volumes: Vec<String>,
}

/// Names in the engine of what the stack uses and does not make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct External {
    /// Networks, those of the engine itself (`host`, `none`, `bridge`) left out.
    pub networks: Vec<String>,
    /// Secrets that a service uses.
    pub secrets: Vec<String>,
    /// Configs that a service uses.
    pub configs: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
}

impl StackSpec {
    /// Checks what the docker CLI leaves to the engine: lengths of names and words of options.
    ///
    /// # Errors
    /// [`StackError::NameTooLong`] or [`StackError::EngineValue`].
    pub fn check(&self) -> Result<(), StackError> {
        self.secrets
            .iter()
            .try_for_each(|s| check_object_name("secret", &s.name))?;
        self.configs
            .iter()
            .try_for_each(|c| check_object_name("config", &c.name))?;
        self.services
            .iter()
            .try_for_each(|s| crate::engine::models::service(s).map(drop))
    }
}

/// Converts a stack.
///
/// # Errors
/// Something used is not defined, options exclude each other, or a file could not be read.
pub fn convert(model: &Compose, stack: &StackName) -> Result<StackSpec, StackError> {
    let scope = Scope { model, stack };
    let (networks, external_networks) = objects::networks(&scope);
    let services: Vec<ServiceSpec> = model
        .services
        .iter()
        .map(|(name, service)| service::service(&scope, name, service))
        .collect::<Result<_, _>>()?;
    let (volumes, external_volumes) = objects::volumes(&scope);
    let secrets = objects::secrets(&scope)?;
    let configs = objects::configs(&scope)?;
    let external = External {
        networks: external_networks,
        secrets: objects::external_secrets(&services, &secrets),
        configs: objects::external_configs(&services, &configs),
        volumes: external_volumes,
    };
    Ok(StackSpec {
        networks,
        secrets,
        configs,
        services,
        external,
        volumes,
    })
}

/// The stack that is being converted.
pub(crate) struct Scope<'a> {
    pub model: &'a Compose,
    pub stack: &'a StackName,
}

impl Scope<'_> {
    /// The name in the engine: the given one, or the scoped key.
    fn name(&self, key: &str, given: &str) -> String {
        if given.is_empty() {
            self.stack.scope(key)
        } else {
            given.to_owned()
        }
    }

    fn labels(&self, own: Option<&crate::engine::Labels>) -> crate::engine::Labels {
        let mut labels = own.cloned().unwrap_or_default();
        labels.insert(NAMESPACE_LABEL.to_owned(), self.stack.to_string());
        labels
    }

    fn undefined(&self, path: String, kind: &'static str, name: &str) -> StackError {
        StackError::Undefined {
            place: self.model.places.nearest(&path),
            path,
            kind,
            name: name.to_owned(),
        }
    }

    fn bad(&self, path: String, reason: impl Into<String>) -> StackError {
        StackError::BadValue {
            place: self.model.places.nearest(&path),
            path,
            reason: reason.into(),
        }
    }

    fn conflict(&self, path: String, reason: impl Into<String>) -> StackError {
        StackError::Conflict {
            place: self.model.places.nearest(&path),
            path,
            reason: reason.into(),
        }
    }
}

/// Whether the engine has the network already on every node.
fn is_predefined(network: &str) -> bool {
    matches!(network, "default" | "bridge" | "host" | "none") || network.starts_with("container:")
}
