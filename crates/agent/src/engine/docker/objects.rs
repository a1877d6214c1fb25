//! Writing: making, replacing and removing objects.

use std::collections::HashMap;

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptions, RemoveContainerOptions, RemoveVolumeOptions, UpdateServiceOptions,
};
use http::HeaderValue;

use super::DockerEngine;
use crate::engine::{EngineError, NAMESPACE_LABEL, ObjectKind, Result};

impl DockerEngine {
    pub(super) async fn make_network(&self, request: &NetworkCreateRequest) -> Result<String> {
        let docker = self.connection.client().await?;
        let made = self
            .ask_about(
                "creating",
                ObjectKind::Network,
                &request.name,
                docker.create_network(request.clone()),
            )
            .await?;
        Ok(made.id)
    }

    pub(super) async fn make_secret(&self, spec: &SecretSpec) -> Result<String> {
        let docker = self.connection.client().await?;
        let name = spec.name.as_deref().unwrap_or_default();
        let made = self
            .ask_about(
                "creating",
                ObjectKind::Secret,
                name,
                docker.create_secret(spec.clone()),
            )
            .await?;
        Ok(made.id)
    }

    pub(super) async fn make_config(&self, spec: &ConfigSpec) -> Result<String> {
        let docker = self.connection.client().await?;
        let name = spec.name.as_deref().unwrap_or_default();
        let made = self
            .ask_about(
                "creating",
                ObjectKind::Config,
                name,
                docker.create_config(spec.clone()),
            )
            .await?;
        Ok(made.id)
    }

    pub(super) async fn make_service(
        &self,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<String> {
        let docker = with_auth(self.connection.client().await?, registry_auth)?;
        let name = spec.name.as_deref().unwrap_or_default();
        let made = self
            .ask_about(
                "creating",
                ObjectKind::Service,
                name,
                docker.create_service(spec.clone(), None),
            )
            .await?;
        Ok(made.id.unwrap_or_default())
    }

    pub(super) async fn replace_service(
        &self,
        id: &str,
        version: u64,
        spec: &ServiceSpec,
        registry_auth: Option<&str>,
    ) -> Result<Vec<String>> {
        let docker = with_auth(self.connection.client().await?, registry_auth)?;
        let name = spec.name.as_deref().unwrap_or(id);
        let options = UpdateServiceOptions {
            // bollard has 32 bits for it; a version beyond is one that no swarm has reached.
            version: i32::try_from(version).map_err(|_| EngineError::OutOfSequence {
                name: name.to_owned(),
            })?,
            registry_auth_from: "spec".to_owned(),
            rollback: None,
        };
        let updated = self
            .ask_about(
                "updating",
                ObjectKind::Service,
                name,
                docker.update_service(id, spec.clone(), options, None),
            )
            .await?;
        Ok(updated.warnings.unwrap_or_default())
    }

    pub(super) async fn delete(&self, kind: ObjectKind, id: &str) -> Result<()> {
        let docker = self.connection.client().await?;
        let verb = "removing";
        match kind {
            ObjectKind::Service => {
                self.ask_about(verb, kind, id, docker.delete_service(id))
                    .await
            }
            ObjectKind::Network => {
                self.ask_about(verb, kind, id, docker.remove_network(id))
                    .await
            }
            ObjectKind::Secret => {
                self.ask_about(verb, kind, id, docker.delete_secret(id))
                    .await
            }
            ObjectKind::Config => {
                self.ask_about(verb, kind, id, docker.delete_config(id))
                    .await
            }
            ObjectKind::Volume => {
                let removing = docker.remove_volume(id, None::<RemoveVolumeOptions>);
                self.ask_about(verb, kind, id, removing).await
            }
        }
    }
}

impl DockerEngine {
    pub(super) async fn delete_ended_containers(&self, stack: &str) -> Result<usize> {
        let docker = self.connection.client().await?;
        let filters = HashMap::from([
            (
                "label".to_owned(),
                vec![format!("{NAMESPACE_LABEL}={stack}")],
            ),
            (
                "status".to_owned(),
                ["created", "exited", "dead"].map(str::to_owned).to_vec(),
            ),
        ]);
        let options = ListContainersOptions {
            all: true,
            filters: Some(filters),
            ..Default::default()
        };
        let ended = self
            .ask("listing containers", docker.list_containers(Some(options)))
            .await?;
        let mut removed = 0;
        for id in ended.into_iter().filter_map(|container| container.id) {
            let removing = docker.remove_container(&id, None::<RemoveContainerOptions>);
            match self
                .ask(&format!("removing container {id}"), removing)
                .await
            {
                Ok(()) => removed += 1,
                // Swarm was faster.
                Err(EngineError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }
}

/// A client that sends the credentials as they came; they are marked sensitive so that no layer prints them.
pub(super) fn with_auth(docker: Docker, registry_auth: Option<&str>) -> Result<Docker> {
    let Some(auth) = registry_auth else {
        return Ok(docker);
    };
    let mut header = HeaderValue::from_str(auth).map_err(|_| EngineError::Refused {
        what: "the registry credentials".to_owned(),
        reason: "they are not a legal header value".to_owned(),
    })?;
    header.set_sensitive(true);
    Ok(docker.with_request_modifier(move |mut request| {
        request
            .headers_mut()
            .insert("X-Registry-Auth", header.clone());
        request
    }))
}
