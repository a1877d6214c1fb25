//! Networks, secrets, configs and volumes, and who holds them.

use std::collections::BTreeMap;

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec};
use base64::Engine as _;

use super::world::World;
use crate::engine::{
    EngineError, NAMESPACE_LABEL, ObjectKind, ObservedConfig, ObservedNetwork, ObservedSecret,
    Result,
};

/// Largest secret, in bytes (swarmkit `MaxSecretSize`).
const MAX_SECRET: usize = 500 * 1024;
/// Largest config, in bytes (swarmkit `MaxConfigSize`).
const MAX_CONFIG: usize = 1000 * 1024;
/// Longest name of a secret or config.
const MAX_NAME: usize = 64;

pub(super) type SimNetwork = ObservedNetwork;
pub(super) type SimSecret = ObservedSecret;
pub(super) type SimConfig = ObservedConfig;

/// Whether labels name this stack.
pub(super) fn of_stack(labels: &BTreeMap<String, String>, stack: &str) -> bool {
    labels
        .get(NAMESPACE_LABEL)
        .is_some_and(|name| name == stack)
}

fn labels(labels: Option<&std::collections::HashMap<String, String>>) -> BTreeMap<String, String> {
    labels
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

impl World {
    /// The networks that every swarm manager has.
    pub(super) fn add_predefined_networks(&mut self) {
        let all = [
            ("ingress", "swarm", "overlay"),
            ("bridge", "local", "bridge"),
            ("host", "local", "host"),
            ("none", "local", "null"),
        ];
        for (name, scope, driver) in all {
            let id = self.new_id();
            let network = ObservedNetwork {
                id: id.clone(),
                name: name.to_owned(),
                scope: scope.to_owned(),
                driver: driver.to_owned(),
                labels: BTreeMap::new(),
            };
            self.networks.insert(id, network);
        }
    }

    pub(super) fn create_network(&mut self, request: &NetworkCreateRequest) -> Result<String> {
        if self.networks.values().any(|n| n.name == request.name) {
            return Err(exists(ObjectKind::Network, &request.name));
        }
        let driver = request.driver.as_deref().filter(|d| !d.is_empty());
        let driver = driver.unwrap_or("bridge");
        let id = self.new_id();
        let network = ObservedNetwork {
            id: id.clone(),
            name: request.name.clone(),
            scope: if driver == "overlay" {
                "swarm"
            } else {
                "local"
            }
            .to_owned(),
            driver: driver.to_owned(),
            labels: labels(request.labels.as_ref()),
        };
        self.networks.insert(id.clone(), network);
        self.tell("network", "create", None);
        Ok(id)
    }

    pub(super) fn create_secret(&mut self, spec: &SecretSpec) -> Result<String> {
        let name = spec.name.clone().unwrap_or_default();
        let what = format!("creating secret {name}");
        check_name(&what, &name)?;
        if self.secrets.values().any(|secret| secret.name == name) {
            return Err(exists(ObjectKind::Secret, &name));
        }
        let data = decode(&what, spec.data.as_deref())?;
        if spec.driver.is_none() && (data.is_empty() || data.len() >= MAX_SECRET) {
            let reason =
                format!("secret data must be larger than 0 and less than {MAX_SECRET} bytes");
            return Err(refused(&what, &reason));
        }
        let id = self.new_id();
        let secret = ObservedSecret {
            id: id.clone(),
            name,
            labels: labels(spec.labels.as_ref()),
            created_at: self.timestamp(),
        };
        self.secrets.insert(id.clone(), secret);
        self.tell("secret", "create", None);
        Ok(id)
    }

    pub(super) fn create_config(&mut self, spec: &ConfigSpec) -> Result<String> {
        let name = spec.name.clone().unwrap_or_default();
        let what = format!("creating config {name}");
        check_name(&what, &name)?;
        if self.configs.values().any(|config| config.name == name) {
            return Err(exists(ObjectKind::Config, &name));
        }
        let data = decode(&what, spec.data.as_deref())?;
        if data.is_empty() || data.len() > MAX_CONFIG {
            let reason =
                format!("config data must be larger than 0 and less than {MAX_CONFIG} bytes");
            return Err(refused(&what, &reason));
        }
        let id = self.new_id();
        let config = ObservedConfig {
            id: id.clone(),
            name,
            labels: labels(spec.labels.as_ref()),
            data,
            created_at: self.timestamp(),
        };
        self.configs.insert(id.clone(), config);
        self.tell("config", "create", None);
        Ok(id)
    }

    pub(super) fn remove_network(&mut self, id: &str) -> Result<()> {
        let kind = ObjectKind::Network;
        let found = self.networks.values().find(|n| n.id == id || n.name == id);
        let network = found.cloned().ok_or_else(|| missing(kind, id))?;
        if ["ingress", "bridge", "host", "none"].contains(&network.name.as_str()) {
            let reason = format!(
                "{} is a pre-defined network and cannot be removed",
                network.name
            );
            return Err(refused(&format!("removing network {id}"), &reason));
        }
        let holds =
            |targets: &[String]| targets.contains(&network.id) || targets.contains(&network.name);
        let service = self.services.values().find(|s| holds(&s.networks()));
        let holder = match service {
            Some(service) => Some(format!("service {}", service.id)),
            None => self
                .tasks
                .values()
                .filter(|task| task.holds_resources())
                .find(|task| holds(&super::service::targets(task.template.networks.as_ref())))
                .map(|task| format!("task {}", task.id)),
        };
        if let Some(holder) = holder {
            let reason = format!("network {} is in use by {holder}", network.id);
            return Err(in_use(kind, id, reason));
        }
        self.networks.remove(&network.id);
        self.tell("network", "remove", None);
        Ok(())
    }

    pub(super) fn remove_secret(&mut self, id: &str) -> Result<()> {
        let kind = ObjectKind::Secret;
        let found = self.secrets.values().find(|s| s.id == id || s.name == id);
        let secret = found.cloned().ok_or_else(|| missing(kind, id))?;
        let users = self.users(|service| service.secrets().contains(&secret.id));
        if let Some(reason) = users_reason(kind, &secret.name, &users) {
            return Err(in_use(kind, id, reason));
        }
        self.secrets.remove(&secret.id);
        self.tell("secret", "remove", None);
        Ok(())
    }

    pub(super) fn remove_config(&mut self, id: &str) -> Result<()> {
        let kind = ObjectKind::Config;
        let found = self.configs.values().find(|c| c.id == id || c.name == id);
        let config = found.cloned().ok_or_else(|| missing(kind, id))?;
        let users = self.users(|service| service.configs().contains(&config.id));
        if let Some(reason) = users_reason(kind, &config.name, &users) {
            return Err(in_use(kind, id, reason));
        }
        self.configs.remove(&config.id);
        self.tell("config", "remove", None);
        Ok(())
    }

    pub(super) fn remove_volume(&mut self, name: &str) -> Result<()> {
        let kind = ObjectKind::Volume;
        if !self.volumes.contains_key(name) {
            return Err(missing(kind, name));
        }
        // A volume is held by containers, and swarm keeps the containers of old tasks.
        let holder = self.tasks.values().find(|task| {
            task.container_id.is_some()
                && super::service::volumes(&task.template).any(|(source, _)| source == name)
        });
        if let Some(container) = holder.and_then(|task| task.container_id.as_deref()) {
            let reason = format!("remove {name}: volume is in use - [{container}]");
            return Err(in_use(kind, name, reason));
        }
        self.volumes.remove(name);
        Ok(())
    }

    fn users(&self, holds: impl Fn(&super::service::SimService) -> bool) -> Vec<String> {
        let users = self.services.values().filter(|service| holds(service));
        users.map(|service| service.name().to_owned()).collect()
    }
}

/// Swarm's words for who uses a secret or config.
fn users_reason(kind: ObjectKind, name: &str, users: &[String]) -> Option<String> {
    let plural = if users.len() > 1 {
        "services"
    } else {
        "service"
    };
    (!users.is_empty()).then(|| {
        format!(
            "{kind} '{name}' is in use by the following {plural}: {}",
            users.join(", ")
        )
    })
}

fn decode(what: &str, data: Option<&str>) -> Result<Vec<u8>> {
    base64::engine::general_purpose::STANDARD
        .decode(data.unwrap_or_default())
        .map_err(|_| refused(what, "illegal base64 data"))
}

/// swarmkit's `validateConfigOrSecretAnnotations`.
fn check_name(what: &str, name: &str) -> Result<()> {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let outer = |c: char| c.is_ascii_alphanumeric();
    let fine = name.len() <= MAX_NAME
        && name.chars().all(inner)
        && name.starts_with(outer)
        && name.ends_with(outer);
    if fine {
        return Ok(());
    }
    let reason = "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]";
    Err(refused(what, reason))
}

pub(super) fn refused(what: &str, reason: &str) -> EngineError {
    EngineError::Refused {
        what: what.to_owned(),
        reason: reason.to_owned(),
    }
}

pub(super) fn exists(kind: ObjectKind, name: &str) -> EngineError {
    EngineError::AlreadyExists {
        kind,
        name: name.to_owned(),
    }
}

pub(super) fn missing(kind: ObjectKind, name: &str) -> EngineError {
    EngineError::NotFound {
        kind,
        name: name.to_owned(),
    }
}

fn in_use(kind: ObjectKind, name: &str, reason: String) -> EngineError {
    EngineError::InUse {
        kind,
        name: name.to_owned(),
        reason,
    }
}
