//! A service around its container.

use super::{IMAGE_LABEL, Scope, container, is_predefined};
use crate::engine::{
    DiscreteResource, Driver, EndpointSpec, GenericResource, Global, Limit, NetworkAttachment,
    Placement, PortConfig, Preference, Replicated, ReplicatedJob, Reservation, Resources,
    RestartPolicy, ServiceMode, ServiceSpec, Spread, TaskSpec, UpdateConfig,
};
use crate::error::StackError;
use crate::model::{self, Service};
use crate::types::cpus::parse_cpus;

pub(super) fn service(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<ServiceSpec, StackError> {
    let deploy = &service.deploy;
    let mut labels = scope.labels(deploy.labels.as_ref());
    labels.insert(IMAGE_LABEL.to_owned(), service.image.clone());
    let logging = |l: &model::Logging| Driver {
        name: l.driver.clone(),
        options: l.options.clone().unwrap_or_default(),
    };
    Ok(ServiceSpec {
        name: scope.stack.scope(name),
        labels,
        task_template: TaskSpec {
            container_spec: container::container(scope, name, service)?,
            resources: resources(scope, name, &deploy.resources)?,
            restart_policy: restart_policy(scope, name, service)?,
            placement: Some(placement(&deploy.placement)),
            networks: networks(scope, name, service)?,
            log_driver: service.logging.as_ref().map(logging),
            force_update: 0,
        },
        mode: mode(scope, name, deploy)?,
        update_config: deploy.update_config.as_ref().map(update_config),
        rollback_config: deploy.rollback_config.as_ref().map(update_config),
        endpoint_spec: Some(endpoint(service)),
    })
}

fn mode(scope: &Scope<'_>, name: &str, deploy: &model::Deploy) -> Result<ServiceMode, StackError> {
    let mut mode = ServiceMode::default();
    let path = || format!("services.{name}.deploy.mode");
    match deploy.mode.as_str() {
        "global" | "global-job" if deploy.replicas.is_some() => {
            let reason = format!(
                "`replicas` goes with the modes replicated and replicated-job, not with {}",
                deploy.mode
            );
            return Err(scope.conflict(path(), reason));
        }
        "global" => mode.global = Some(Global {}),
        "global-job" => mode.global_job = Some(Global {}),
        "replicated-job" => {
            mode.replicated_job = Some(ReplicatedJob {
                max_concurrent: deploy.replicas,
                total_completions: deploy.replicas,
            });
        }
        "replicated" | "" => {
            mode.replicated = Some(Replicated {
                replicas: deploy.replicas,
            })
        }
        other => {
            let reason = format!(
                "{other:?} is no mode: replicated, global, replicated-job and global-job are"
            );
            return Err(scope.bad(path(), reason));
        }
    }
    Ok(mode)
}

fn networks(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Vec<NetworkAttachment>, StackError> {
    let attach = |key: &str, joined: Option<&model::ServiceNetwork>| {
        let network = scope.model.networks.get(key);
        if network.is_none() && key != "default" {
            return Err(scope.undefined(format!("services.{name}.networks.{key}"), "network", key));
        }
        let target = scope.name(key, network.map_or("", |n| &n.name));
        let mut aliases = joined.map(|j| j.aliases.clone()).unwrap_or_default();
        if !is_predefined(&target) {
            aliases.push(name.to_owned());
        }
        let driver_opts = joined
            .and_then(|j| j.driver_opts.clone())
            .unwrap_or_default();
        Ok(NetworkAttachment {
            target,
            aliases,
            driver_opts,
        })
    };
    if service.networks.is_empty() {
        return Ok(vec![attach("default", None)?]);
    }
    let mut out: Vec<NetworkAttachment> = service
        .networks
        .iter()
        .map(|(key, joined)| attach(key, joined.as_ref()))
        .collect::<Result<_, _>>()?;
    out.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(out)
}

fn endpoint(service: &Service) -> EndpointSpec {
    let mut ports: Vec<PortConfig> = service
        .ports
        .iter()
        .map(|port| PortConfig {
            protocol: port.protocol.clone(),
            target_port: port.target,
            published_port: port.published,
            publish_mode: port.mode.clone(),
        })
        .collect();
    ports.sort_by_key(|p| p.published_port);
    EndpointSpec {
        mode: service.deploy.endpoint_mode.to_lowercase(),
        ports,
    }
}

fn placement(placement: &model::Placement) -> Placement {
    let spread = |p: &model::PlacementPreference| Preference {
        spread: Spread {
            spread_descriptor: p.spread.clone(),
        },
    };
    Placement {
        constraints: placement.constraints.clone(),
        preferences: placement.preferences.iter().map(spread).collect(),
        max_replicas: placement.max_replicas_per_node,
    }
}

fn update_config(config: &model::UpdateConfig) -> UpdateConfig {
    UpdateConfig {
        parallelism: Some(config.parallelism.unwrap_or(1)),
        delay: config.delay.nanoseconds(),
        failure_action: config.failure_action.clone(),
        monitor: config.monitor.nanoseconds(),
        max_failure_ratio: config.max_failure_ratio,
        order: config.order.clone(),
    }
}

fn resources(
    scope: &Scope<'_>,
    name: &str,
    resources: &model::Resources,
) -> Result<Option<Resources>, StackError> {
    let cpus = |section: &str, text: &str| {
        if text.is_empty() {
            return Ok(0);
        }
        let path = format!("services.{name}.deploy.resources.{section}.cpus");
        parse_cpus(text).map_err(|reason| scope.bad(path, format!("{text:?}: {reason}")))
    };
    let limits = resources.limits.as_ref().map(|l| {
        Ok(Limit {
            nano_cpus: cpus("limits", &l.cpus)?,
            memory_bytes: l.memory,
            pids: l.pids,
        })
    });
    let reservations = resources.reservations.as_ref().map(|r| {
        Ok(Reservation {
            nano_cpus: cpus("reservations", &r.cpus)?,
            memory_bytes: r.memory,
            generic_resources: r.generic_resources.iter().map(generic).collect(),
        })
    });
    Ok(Some(Resources {
        limits: limits.transpose()?,
        reservations: reservations.transpose()?,
    }))
}

fn generic(resource: &model::GenericResource) -> GenericResource {
    let discrete = resource.discrete_resource_spec.as_ref();
    GenericResource {
        discrete_resource_spec: discrete.map(|d| DiscreteResource {
            kind: d.kind.clone(),
            value: d.value,
        }),
    }
}

/// `deploy.restart_policy`, or else what `restart:` amounts to.
fn restart_policy(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Option<RestartPolicy>, StackError> {
    if let Some(policy) = &service.deploy.restart_policy {
        return Ok(Some(RestartPolicy {
            condition: policy.condition.clone(),
            delay: policy.delay.map(|d| d.nanoseconds()),
            max_attempts: policy.max_attempts,
            window: policy.window.map(|d| d.nanoseconds()),
        }));
    }
    plain_restart(&service.restart)
        .map_err(|reason| scope.bad(format!("services.{name}.restart"), reason))
}

fn plain_restart(text: &str) -> Result<Option<RestartPolicy>, String> {
    let (policy, retries) = text.split_once(':').unwrap_or((text, ""));
    let attempts = match retries {
        "" => None,
        number => Some(
            number
                .parse::<i64>()
                .map_err(|_| format!("{number:?} is no number of retries"))?,
        ),
    };
    let condition = match policy {
        "" | "no" => return Ok(None),
        "always" | "unless-stopped" => "any",
        "on-failure" => "on-failure",
        other => {
            return Err(format!(
                "{other:?} is no restart policy: no, always, on-failure and unless-stopped are"
            ));
        }
    };
    let max_attempts = attempts
        .and_then(|a| u64::try_from(a).ok())
        .filter(|a| *a > 0);
    Ok(Some(RestartPolicy {
        condition: condition.to_owned(),
        max_attempts,
        ..RestartPolicy::default()
    }))
}
