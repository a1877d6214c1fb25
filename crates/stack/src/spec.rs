//! Request bodies as bollard sends them; [`crate::engine`] has them as the docker CLI writes them.

pub use bollard_stubs::models::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};

use crate::convert::StackSpec;
use crate::engine::models;
use crate::error::StackError;

/// A stack's request bodies, each list sorted by name.
#[derive(Clone, Default, PartialEq)]
pub struct StackModels {
    /// Networks to make.
    pub networks: Vec<NetworkCreateRequest>,
    /// Secrets to make. The model shows its data in `Debug`; this struct has none.
    pub secrets: Vec<SecretSpec>,
    /// Configs to make.
    pub configs: Vec<ConfigSpec>,
    /// Services to make.
    pub services: Vec<ServiceSpec>,
}

impl StackSpec {
    /// The same stack as bollard's models.
    ///
    /// # Errors
    /// [`StackError::EngineValue`] for a value that no engine knows.
    pub fn models(&self) -> Result<StackModels, StackError> {
        Ok(StackModels {
            networks: self
                .networks
                .iter()
                .map(models::network)
                .collect::<Result<_, _>>()?,
            secrets: self
                .secrets
                .iter()
                .map(models::secret)
                .collect::<Result<_, _>>()?,
            configs: self
                .configs
                .iter()
                .map(models::config)
                .collect::<Result<_, _>>()?,
            services: self
                .services
                .iter()
                .map(models::service)
                .collect::<Result<_, _>>()?,
        })
    }
}
