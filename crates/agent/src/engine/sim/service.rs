//! Services of the simulated swarm: making, replacing, removing, and what swarm checks before.

use allot_stack::spec::ServiceSpec;
use bollard::models::{
    EndpointPortConfig, EndpointPortConfigPublishModeEnum, MountType, NetworkAttachmentConfig,
    TaskSpec,
};

use super::objects::{exists, missing, refused};
use super::update::Update;
use super::world::{Job, STEP, World};
use crate::engine::digest::template_digest;
use crate::engine::reference::Reference;
use crate::engine::{EngineError, NAMESPACE_LABEL, ObjectKind, Result, TaskState, UpdateStatus};

/// Longest service name (a DNS label).
const MAX_SERVICE_NAME: usize = 63;
/// Least memory to limit to or reserve, in bytes.
const LEAST_MEMORY: i64 = 4 << 20;

/// How many tasks a service wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// So many at a time, for ever.
    Replicated(u64),
    /// One on each node, for ever.
    Global,
    /// Tasks that end: so many in all, so many at a time.
    Job { total: u64, at_once: u64 },
}

/// A service.
#[derive(Debug)]
pub(super) struct SimService {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) spec: ServiceSpec,
    pub(super) digest: String,
    /// The spec before the last update, for a rollback.
    pub(super) previous: Option<ServiceSpec>,
    pub(super) status: Option<UpdateStatus>,
    pub(super) update: Option<Update>,
    /// Counts specs, so that what was planned for an older one is dropped.
    pub(super) generation: u64,
    pub(super) job_iteration: Option<u64>,
    /// Restarts per slot: when.
    pub(super) restarts: Vec<(u64, std::time::Duration)>,
}

impl SimService {
    pub(super) fn name(&self) -> &str {
        self.spec.name.as_deref().unwrap_or_default()
    }

    pub(super) fn stack(&self) -> Option<String> {
        let labels = self.spec.labels.as_ref()?;
        labels.get(NAMESPACE_LABEL).cloned()
    }

    pub(super) fn template(&self) -> TaskSpec {
        self.spec.task_template.clone().unwrap_or_default()
    }

    pub(super) fn mode(&self) -> Mode {
        mode(&self.spec)
    }

    /// Networks named, by id or name.
    pub(super) fn networks(&self) -> Vec<String> {
        networks(&self.spec)
    }

    /// Ids of secrets named.
    pub(super) fn secrets(&self) -> Vec<String> {
        secrets(&self.spec)
    }

    /// Ids of configs named.
    pub(super) fn configs(&self) -> Vec<String> {
        configs(&self.spec)
    }
}

pub(super) fn mode(spec: &ServiceSpec) -> Mode {
    let Some(mode) = &spec.mode else {
        return Mode::Replicated(1);
    };
    let count = |count: Option<i64>| count.map_or(1, |count| count.try_into().unwrap_or_default());
    if mode.global.is_some() {
        Mode::Global
    } else if let Some(job) = &mode.replicated_job {
        let at_once = count(job.max_concurrent).max(1);
        let total = job
            .total_completions
            .map_or(at_once, |total| count(Some(total)));
        Mode::Job { total, at_once }
    } else if mode.global_job.is_some() {
        Mode::Job {
            total: 1,
            at_once: 1,
        }
    } else {
        Mode::Replicated(count(mode.replicated.as_ref().and_then(|r| r.replicas)))
    }
}

/// Targets of network attachments.
pub(super) fn targets(networks: Option<&Vec<NetworkAttachmentConfig>>) -> Vec<String> {
    let named = networks.into_iter().flatten();
    named.filter_map(|network| network.target.clone()).collect()
}

fn networks(spec: &ServiceSpec) -> Vec<String> {
    let template = spec.task_template.as_ref();
    let mut all = targets(template.and_then(|template| template.networks.as_ref()));
    all.extend(targets(spec.networks.as_ref()));
    all
}

fn secrets(spec: &ServiceSpec) -> Vec<String> {
    let container = spec
        .task_template
        .as_ref()
        .and_then(|t| t.container_spec.as_ref());
    let named = container
        .and_then(|c| c.secrets.as_ref())
        .into_iter()
        .flatten();
    named
        .map(|s| s.secret_id.clone().unwrap_or_default())
        .collect()
}

fn configs(spec: &ServiceSpec) -> Vec<String> {
    let container = spec
        .task_template
        .as_ref()
        .and_then(|t| t.container_spec.as_ref());
    let named = container
        .and_then(|c| c.configs.as_ref())
        .into_iter()
        .flatten();
    // A config with a runtime target only (a credential spec) has an id as well.
    named
        .map(|c| c.config_id.clone().unwrap_or_default())
        .collect()
}

/// Named volumes of a task: source, and the mount that wants it.
pub(super) fn volumes(
    template: &TaskSpec,
) -> impl Iterator<Item = (&str, &bollard::models::Mount)> {
    let container = template.container_spec.as_ref();
    let mounts = container
        .and_then(|c| c.mounts.as_ref())
        .into_iter()
        .flatten();
    mounts
        .filter(|mount| mount.typ == Some(MountType::VOLUME))
        .filter_map(|mount| Some((mount.source.as_deref()?, mount)))
        .filter(|(source, _)| !source.is_empty())
}

fn ingress_ports(spec: &ServiceSpec) -> impl Iterator<Item = &EndpointPortConfig> {
    let endpoint = spec.endpoint_spec.as_ref();
    let ports = endpoint
        .and_then(|e| e.ports.as_ref())
        .into_iter()
        .flatten();
    ports.filter(|port| port.publish_mode != Some(EndpointPortConfigPublishModeEnum::HOST))
}

impl World {
    pub(super) fn create_service(&mut self, spec: &ServiceSpec) -> Result<String> {
        let name = spec.name.clone().unwrap_or_default();
        self.check(&format!("creating service {name}"), spec, None)?;
        if self.services.values().any(|service| service.name() == name) {
            return Err(exists(ObjectKind::Service, &name));
        }
        let spec = self.stored(spec);
        let now = self.timestamp();
        let service = SimService {
            id: self.new_id(),
            version: self.next_version(),
            created_at: now.clone(),
            updated_at: now,
            digest: spec
                .task_template
                .as_ref()
                .map(template_digest)
                .unwrap_or_default(),
            previous: None,
            status: None,
            update: None,
            generation: 0,
            job_iteration: matches!(mode(&spec), Mode::Job { .. }).then_some(0),
            restarts: Vec::new(),
            spec,
        };
        let id = service.id.clone();
        self.services.insert(id.clone(), service);
        self.after(STEP, Job::Reconcile(id.clone()));
        self.tell("service", "create", Some(&id));
        Ok(id)
    }

    pub(super) fn update_service(
        &mut self,
        id: &str,
        version: u64,
        spec: &ServiceSpec,
    ) -> Result<()> {
        let found = self
            .services
            .values()
            .find(|s| s.id == id || s.name() == id);
        let Some(service) = found else {
            return Err(missing(
                ObjectKind::Service,
                spec.name.as_deref().unwrap_or(id),
            ));
        };
        let (id, name) = (service.id.clone(), service.name().to_owned());
        let what = format!("updating service {name}");
        self.check(&what, spec, Some(&id))?;
        if spec.name.as_deref() != Some(&name) {
            return Err(refused(&what, "renaming services is not supported"));
        }
        let spec = self.stored(spec);
        let service = self
            .services
            .get(&id)
            .ok_or_else(|| missing(ObjectKind::Service, &name))?;
        if service.version != version {
            return Err(EngineError::OutOfSequence { name });
        }
        if std::mem::discriminant(&mode(&spec)) != std::mem::discriminant(&service.mode()) {
            return Err(refused(&what, "service mode change is not allowed"));
        }
        let iteration = service.job_iteration.map(|iteration| iteration + 1);
        self.replace_spec(&id, spec);
        if let Some(service) = self.services.get_mut(&id) {
            service.job_iteration = iteration;
            service.status = None;
        }
        self.tell("service", "update", Some(&id));
        Ok(())
    }

    /// Puts a spec in the place of another and lets orchestration follow a moment later: an update's
    /// status shows only then, as in swarm.
    pub(super) fn replace_spec(&mut self, id: &str, spec: ServiceSpec) {
        let (version, now) = (self.next_version(), self.timestamp());
        let Some(service) = self.services.get_mut(id) else {
            return;
        };
        service.version = version;
        service.updated_at = now;
        service.digest = spec
            .task_template
            .as_ref()
            .map(template_digest)
            .unwrap_or_default();
        service.previous = Some(std::mem::replace(&mut service.spec, spec));
        service.generation += 1;
        service.update = None;
        service.restarts.clear();
        let generation = service.generation;
        self.after(STEP, Job::Update(id.to_owned(), generation));
    }

    pub(super) fn remove_service(&mut self, id: &str) -> Result<()> {
        let found = self
            .services
            .values()
            .find(|s| s.id == id || s.name() == id);
        let Some(id) = found.map(|service| service.id.clone()) else {
            return Err(missing(ObjectKind::Service, id));
        };
        self.services.remove(&id);
        let keys = self.tasks_of(&id, |_| true);
        for key in keys {
            self.shut_down(key, TaskState::Remove);
        }
        self.reap(&id);
        self.tell("service", "remove", Some(&id));
        Ok(())
    }

    /// The spec as swarm stores it: networks in the template, by id, and the defaults that the API shows.
    fn stored(&self, spec: &ServiceSpec) -> ServiceSpec {
        let mut spec = spec.clone();
        let outer = spec.networks.take();
        let template = spec.task_template.get_or_insert_default();
        template.networks = template.networks.take().filter(|n| !n.is_empty()).or(outer);
        for network in template.networks.iter_mut().flatten() {
            let target = network.target.as_deref().unwrap_or_default();
            if let Some(found) = self.networks.values().find(|n| n.name == target) {
                network.target = Some(found.id.clone());
            }
        }
        template.force_update.get_or_insert(0);
        template
            .runtime
            .get_or_insert_with(|| "container".to_owned());
        let mode = spec.mode.get_or_insert_default();
        let other =
            mode.global.is_some() || mode.replicated_job.is_some() || mode.global_job.is_some();
        if !other {
            let replicated = mode.replicated.get_or_insert_default();
            replicated.replicas.get_or_insert(1);
        }
        spec
    }

    /// What swarm checks before it takes a spec, in its order and words.
    fn check(&self, what: &str, spec: &ServiceSpec, own_id: Option<&str>) -> Result<()> {
        for target in networks(spec) {
            let known = self
                .networks
                .values()
                .any(|n| n.id == target || n.name == target);
            if !known {
                return Err(refused(what, &format!("network {target} not found")));
            }
        }
        check_name(what, spec.name.as_deref().unwrap_or_default())?;
        let container = spec
            .task_template
            .as_ref()
            .and_then(|t| t.container_spec.as_ref());
        let image = container
            .and_then(|c| c.image.as_deref())
            .unwrap_or_default();
        if image.is_empty() {
            return Err(refused(
                what,
                "ContainerSpec: image reference must be provided",
            ));
        }
        if Reference::parse(image).is_err() {
            let reason = format!("ContainerSpec: \"{image}\" is not a valid repository/tag");
            return Err(refused(what, &reason));
        }
        check_memory(what, spec)?;
        self.check_ports(what, spec, own_id)?;
        for id in secrets(spec) {
            if !self.secrets.contains_key(&id) {
                return Err(refused(what, &format!("secret not found: {id}")));
            }
        }
        for id in configs(spec) {
            if !self.configs.contains_key(&id) {
                return Err(refused(what, &format!("config not found: {id}")));
            }
        }
        Ok(())
    }

    /// An ingress port belongs to one service of the swarm, also against host-mode ports.
    fn check_ports(&self, what: &str, spec: &ServiceSpec, own_id: Option<&str>) -> Result<()> {
        let others = || {
            self.services
                .values()
                .filter(|s| Some(s.id.as_str()) != own_id)
        };
        let wanted = spec.endpoint_spec.as_ref().and_then(|e| e.ports.as_ref());
        for port in wanted.into_iter().flatten() {
            let Some(number) = port.published_port.filter(|number| *number != 0) else {
                continue;
            };
            let same = |other: &&EndpointPortConfig| {
                other.published_port == Some(number) && other.protocol == port.protocol
            };
            for other in others() {
                if ingress_ports(&other.spec).any(|taken| same(&taken)) {
                    let reason = format!(
                        "port '{number}' is already in use by service '{}' ({}) as an ingress port",
                        other.name(),
                        other.id
                    );
                    return Err(refused(what, &reason));
                }
            }
        }
        Ok(())
    }
}

/// swarmkit's `validateResources`: 4 MiB is the least that a container can have.
fn check_memory(what: &str, spec: &ServiceSpec) -> Result<()> {
    let template = spec.task_template.as_ref();
    let Some(resources) = template.and_then(|template| template.resources.as_ref()) else {
        return Ok(());
    };
    let limit = resources.limits.as_ref().and_then(|l| l.memory_bytes);
    let reserved = resources.reservations.as_ref().and_then(|r| r.memory_bytes);
    for bytes in [limit, reserved].into_iter().flatten() {
        if bytes != 0 && bytes < LEAST_MEMORY {
            let reason = format!("invalid memory value {bytes}: Must be at least 4MiB");
            return Err(refused(what, &reason));
        }
    }
    Ok(())
}

fn check_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(refused(what, "meta: name must be provided"));
    }
    if name.len() > MAX_SERVICE_NAME {
        return Err(refused(what, "name must be 63 characters or fewer"));
    }
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let outer = |c: char| c.is_ascii_alphanumeric();
    if name.chars().all(inner) && name.starts_with(outer) && name.ends_with(outer) {
        return Ok(());
    }
    Err(refused(what, "name must be valid as a DNS name component"))
}
