//! Networks, volumes, secrets and configs.

use std::collections::BTreeSet;

use super::{Scope, is_predefined};
use crate::engine::{
    ConfigSpec, Data, Driver, IpamPoolSpec, IpamSpec, NetworkSpec, SecretSpec, ServiceSpec,
};
use crate::error::StackError;
use crate::model::{FileObject, Network};

/// The network that a service without networks joins.
const DEFAULT_NETWORK: &str = "default";

/// The driver of a network that names none.
const DEFAULT_DRIVER: &str = "overlay";

/// Networks that services use: those to make, and the names of external ones.
pub(super) fn networks(scope: &Scope<'_>) -> (Vec<NetworkSpec>, Vec<String>) {
    let mut specs = Vec::new();
    let mut external = Vec::new();
    for key in used_networks(scope) {
        let network = scope.model.networks.get(key).cloned().unwrap_or_default();
        if network.external {
            if !is_predefined(&network.name) {
                external.push(network.name);
            }
            continue;
        }
        specs.push(spec(scope, key, network));
    }
    specs.sort_by(|a: &NetworkSpec, b| a.name.cmp(&b.name));
    external.sort();
    external.dedup();
    (specs, external)
}

fn used_networks<'a>(scope: &Scope<'a>) -> BTreeSet<&'a str> {
    let mut used = BTreeSet::new();
    for service in scope.model.services.values() {
        if service.networks.is_empty() {
            used.insert(DEFAULT_NETWORK);
        }
        used.extend(service.networks.keys().map(String::as_str));
    }
    used
}

fn spec(scope: &Scope<'_>, key: &str, network: Network) -> NetworkSpec {
    let ipam = network.ipam;
    let has_ipam = !ipam.driver.is_empty() || !ipam.config.is_empty();
    NetworkSpec {
        name: scope.name(key, &network.name),
        driver: if network.driver.is_empty() {
            DEFAULT_DRIVER.to_owned()
        } else {
            network.driver
        },
        internal: network.internal,
        attachable: network.attachable,
        ipam: has_ipam.then(|| IpamSpec {
            driver: ipam.driver,
            config: ipam
                .config
                .into_iter()
                .map(|pool| IpamPoolSpec {
                    subnet: pool.subnet,
                })
                .collect(),
        }),
        options: network.driver_opts.unwrap_or_default(),
        labels: scope.labels(network.labels.as_ref()),
    }
}

/// Names of the stack's volumes, and of external ones.
pub(super) fn volumes(scope: &Scope<'_>) -> (Vec<String>, Vec<String>) {
    let name = |(key, volume): (&String, &crate::model::Volume)| scope.name(key, &volume.name);
    let (external, own): (Vec<_>, Vec<_>) =
        scope.model.volumes.iter().partition(|(_, v)| v.external);
    (
        own.into_iter().map(name).collect(),
        external.into_iter().map(name).collect(),
    )
}

pub(super) fn secrets(scope: &Scope<'_>) -> Result<Vec<SecretSpec>, StackError> {
    let mut out = Vec::new();
    for (key, object) in scope.model.secrets.iter().filter(|(_, o)| !o.external) {
        let driver = (!object.driver.is_empty()).then(|| Driver {
            name: object.driver.clone(),
            options: object.driver_opts.clone().unwrap_or_default(),
        });
        out.push(SecretSpec {
            name: scope.name(key, &object.name),
            labels: scope.labels(object.labels.as_ref()),
            data: if driver.is_some() {
                Data::default()
            } else {
                content(scope, "secrets", key, object)?
            },
            driver,
            templating: templating(object),
        });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

pub(super) fn configs(scope: &Scope<'_>) -> Result<Vec<ConfigSpec>, StackError> {
    let mut out = Vec::new();
    for (key, object) in scope.model.configs.iter().filter(|(_, o)| !o.external) {
        out.push(ConfigSpec {
            name: scope.name(key, &object.name),
            labels: scope.labels(object.labels.as_ref()),
            data: content(scope, "configs", key, object)?,
            templating: templating(object),
        });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

fn templating(object: &FileObject) -> Option<Driver> {
    let name = &object.template_driver;
    (!name.is_empty()).then(|| Driver {
        name: name.clone(),
        ..Driver::default()
    })
}

fn content(
    scope: &Scope<'_>,
    section: &str,
    key: &str,
    object: &FileObject,
) -> Result<Data, StackError> {
    let path = format!("{section}.{key}");
    match &object.content {
        Some(Ok(content)) => Ok(Data::new(content.expose())),
        Some(Err(reason)) => Err(StackError::File {
            place: scope.model.places.nearest(&format!("{path}.file")),
            path,
            file: object.file.clone(),
            reason: reason.clone(),
        }),
        None => Err(scope.conflict(path, "its content was never read")),
    }
}

pub(super) fn external_secrets(services: &[ServiceSpec], own: &[SecretSpec]) -> Vec<String> {
    let used = services
        .iter()
        .flat_map(|s| &s.task_template.container_spec.secrets)
        .map(|r| &r.secret_name);
    let used: BTreeSet<&String> = used
        .filter(|name| own.iter().all(|s| &s.name != *name))
        .collect();
    used.into_iter().cloned().collect()
}

pub(super) fn external_configs(services: &[ServiceSpec], own: &[ConfigSpec]) -> Vec<String> {
    let used = services
        .iter()
        .flat_map(|s| &s.task_template.container_spec.configs)
        .map(|r| &r.config_name);
    let used: BTreeSet<&String> = used
        .filter(|name| own.iter().all(|c| &c.name != *name))
        .collect();
    used.into_iter().cloned().collect()
}
