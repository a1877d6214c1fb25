//! Reading: what is on the swarm.

use std::collections::HashMap;

use bollard::models::{Service, Task};
use bollard::query_parameters::{
    ListConfigsOptions, ListNetworksOptions, ListSecretsOptions, ListVolumesOptions,
};

use super::DockerEngine;
use super::call::Call;
use super::convert;
use crate::engine::{
    EngineError, EngineInfo, EngineKind, HealthReport, NAMESPACE_LABEL, ObjectKind, ObservedConfig,
    ObservedNetwork, ObservedSecret, ObservedService, ObservedTask, ObservedVolume, Result,
    Snapshot, SwarmRole, TaskState,
};

type Filters = Option<HashMap<String, Vec<String>>>;

fn filter(key: &str, values: Vec<String>) -> Filters {
    Some(HashMap::from([(key.to_owned(), values)]))
}

fn of_stack(stack: &str) -> Filters {
    filter("label", vec![format!("{NAMESPACE_LABEL}={stack}")])
}

impl DockerEngine {
    pub(super) async fn read_info(&self) -> Result<EngineInfo> {
        let docker = self.connection.client().await?;
        let info = self.ask("GET /info", docker.info()).await?;
        let version = self.connection.api_version().unwrap_or_default();
        let swarm = info.swarm.unwrap_or_default();
        let node_id = swarm.node_id.unwrap_or_default();
        let role = match (node_id.is_empty(), swarm.control_available) {
            (true, _) => SwarmRole::None,
            (false, Some(true)) => SwarmRole::Manager {
                node_id,
                cluster_id: swarm.cluster.and_then(|c| c.id).unwrap_or_default(),
            },
            (false, _) => SwarmRole::Worker,
        };
        Ok(EngineInfo {
            kind: EngineKind::Docker,
            name: info.name.unwrap_or_default(),
            version: info.server_version.unwrap_or_default(),
            api_version: format!("{}.{}", version.0, version.1),
            nodes: match role {
                SwarmRole::Manager { .. } => swarm
                    .nodes
                    .and_then(|nodes| nodes.try_into().ok())
                    .unwrap_or_default(),
                _ => 0,
            },
            swarm: role,
        })
    }

    pub(super) async fn read_snapshot(&self, stack: &str) -> Result<Snapshot> {
        let (services, networks, secrets, configs) = tokio::try_join!(
            self.list_services(of_stack(stack)),
            self.list_networks(of_stack(stack)),
            self.list_secrets(of_stack(stack)),
            self.list_configs(of_stack(stack)),
        )?;
        Ok(Snapshot {
            services,
            networks,
            secrets,
            configs,
        })
    }

    pub(super) async fn read_services(&self, stack: &str) -> Result<Vec<ObservedService>> {
        self.list_services(of_stack(stack)).await
    }

    pub(super) async fn read_stack_services(&self) -> Result<Vec<ObservedService>> {
        self.list_services(filter("label", vec![NAMESPACE_LABEL.to_owned()]))
            .await
    }

    pub(super) async fn read_networks(&self, names: &[String]) -> Result<Vec<ObservedNetwork>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.list_networks(filter("name", names.to_vec())).await?;
        found.retain(|network| names.contains(&network.name));
        Ok(found)
    }

    pub(super) async fn read_secrets(&self, names: &[String]) -> Result<Vec<ObservedSecret>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.list_secrets(filter("name", names.to_vec())).await?;
        found.retain(|secret| names.contains(&secret.name));
        Ok(found)
    }

    pub(super) async fn read_configs(&self, names: &[String]) -> Result<Vec<ObservedConfig>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.list_configs(filter("name", names.to_vec())).await?;
        found.retain(|config| names.contains(&config.name));
        Ok(found)
    }

    /// The engine answers 404 when one of the services is gone, though its tasks may still be there;
    /// then all tasks are read and sorted out here.
    pub(super) async fn read_tasks(&self, service_ids: &[String]) -> Result<Vec<ObservedTask>> {
        if service_ids.is_empty() {
            return Ok(Vec::new());
        }
        match self
            .list_tasks(filter("service", service_ids.to_vec()))
            .await
        {
            Err(EngineError::NotFound { .. }) => {}
            listed => return listed,
        }
        let (mut tasks, services) = tokio::try_join!(
            self.list_tasks(None),
            self.list_services(filter("id", service_ids.to_vec())),
        )?;
        tasks.retain(|task| service_ids.contains(&task.service_id));
        Ok(without_leftovers(tasks, &services))
    }

    /// The filter looks at the labels of a task's service, which the task keeps when its service is gone.
    pub(super) async fn read_stack_tasks(&self, stack: &str) -> Result<Vec<ObservedTask>> {
        let (tasks, services) = tokio::try_join!(
            self.list_tasks(of_stack(stack)),
            self.list_services(of_stack(stack)),
        )?;
        Ok(without_leftovers(tasks, &services))
    }

    pub(super) async fn read_volumes(&self, stack: &str) -> Result<Vec<ObservedVolume>> {
        let docker = self.connection.client().await?;
        let options = ListVolumesOptions {
            filters: of_stack(stack),
        };
        let listed = self
            .ask("listing volumes", docker.list_volumes(Some(options)))
            .await?;
        let volumes = listed.volumes.unwrap_or_default();
        Ok(sorted(volumes.into_iter().map(convert::volume), |v| {
            v.name.clone()
        }))
    }

    pub(super) async fn read_health(&self, container_id: &str) -> Result<Option<HealthReport>> {
        let docker = self.connection.client().await?;
        let inspected = self
            .ask(
                &format!("inspecting container {container_id}"),
                docker.inspect_container(container_id, None),
            )
            .await;
        match inspected {
            Ok(container) => Ok(container
                .state
                .and_then(|state| state.health)
                .and_then(convert::health)),
            Err(EngineError::Refused { reason, .. }) if reason.contains("No such container") => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn list_services(&self, filters: Filters) -> Result<Vec<ObservedService>> {
        let call = Call::new(self.connection.endpoint(), "listing services");
        let listed: Vec<Service> = self.list_raw(&call, "/services", filters).await?;
        Ok(sorted(listed.into_iter().map(convert::service), |s| {
            s.name.clone()
        }))
    }

    async fn list_networks(&self, filters: Filters) -> Result<Vec<ObservedNetwork>> {
        let docker = self.connection.client().await?;
        let options = ListNetworksOptions { filters };
        let listed = self
            .ask("listing networks", docker.list_networks(Some(options)))
            .await?;
        Ok(sorted(listed.into_iter().map(convert::network), |n| {
            n.name.clone()
        }))
    }

    async fn list_secrets(&self, filters: Filters) -> Result<Vec<ObservedSecret>> {
        let docker = self.connection.client().await?;
        let options = ListSecretsOptions { filters };
        let listed = self
            .ask("listing secrets", docker.list_secrets(Some(options)))
            .await?;
        Ok(sorted(listed.into_iter().map(convert::secret), |s| {
            s.name.clone()
        }))
    }

    async fn list_configs(&self, filters: Filters) -> Result<Vec<ObservedConfig>> {
        let docker = self.connection.client().await?;
        let options = ListConfigsOptions { filters };
        let listed = self
            .ask("listing configs", docker.list_configs(Some(options)))
            .await?;
        Ok(sorted(listed.into_iter().map(convert::config), |c| {
            c.name.clone()
        }))
    }

    async fn list_tasks(&self, filters: Filters) -> Result<Vec<ObservedTask>> {
        let call = Call::about(
            self.connection.endpoint(),
            "listing tasks of",
            ObjectKind::Service,
            "these",
        );
        let listed: Vec<Task> = self.list_raw(&call, "/tasks", filters).await?;
        Ok(sorted(listed.into_iter().map(convert::task), |task| {
            (task.created_at.clone(), task.id.clone())
        }))
    }
}

/// Engine 20.10 never forgets the ended tasks of a job whose service is gone. They run nowhere and hold no
/// network, so they are left out: otherwise a stack with a job would never be seen to be gone. (Their
/// exited containers stay as well, and hold the volumes that they mounted.)
fn without_leftovers(
    mut tasks: Vec<ObservedTask>,
    services: &[ObservedService],
) -> Vec<ObservedTask> {
    let known = |id: &str| services.iter().any(|service| service.id == id);
    tasks.retain(|task| task.state <= TaskState::Running || known(&task.service_id));
    tasks
}

fn sorted<T, K: Ord>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_by_key(key);
    items
}
