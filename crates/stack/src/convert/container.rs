//! The container of a service.

use std::collections::HashSet;

use super::{Scope, mounts};
use crate::engine::{
    ConfigReference, ContainerSpec, CredentialSpec, DnsConfig, FileTarget, Healthcheck, Privileges,
    RuntimeTarget, SecretReference, Ulimit,
};
use crate::error::StackError;
use crate::model::{self, Environment, FileObject, FileReference, Service};
use crate::types::image::tagged_image;

/// Permissions of a secret or config file that asks for none.
const DEFAULT_MODE: u32 = 0o444;

pub(super) fn container(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<ContainerSpec, StackError> {
    let (capability_add, capability_drop) = capabilities(&service.cap_add, &service.cap_drop);
    let configs = configs(scope, name, service)?;
    Ok(ContainerSpec {
        image: image(scope, name, &service.image)?,
        labels: scope.labels(service.labels.as_ref()),
        command: service.entrypoint.clone(),
        args: service.command.clone(),
        hostname: service.hostname.clone(),
        env: environment(&service.environment),
        dir: service.working_dir.clone(),
        user: service.user.clone(),
        privileges: credential_spec(scope, name, service, &configs)?.map(|c| Privileges {
            credential_spec: Some(c),
        }),
        healthcheck: healthcheck(scope, name, service)?,
        hosts: hosts(&service.extra_hosts),
        dns_config: dns(service),
        mounts: mounts::mounts(scope, name, service)?,
        stop_grace_period: service.stop_grace_period.map(|d| d.nanoseconds()),
        stop_signal: service.stop_signal.clone(),
        tty: service.tty,
        open_stdin: service.stdin_open,
        read_only: service.read_only,
        secrets: secrets(scope, name, service)?,
        configs,
        isolation: service.isolation.clone(),
        init: service.init,
        sysctls: service.sysctls.clone().unwrap_or_default(),
        capability_add,
        capability_drop,
        ulimits: ulimits(service),
        oom_score_adj: service.oom_score_adj,
    })
}

fn image(scope: &Scope<'_>, name: &str, image: &str) -> Result<String, StackError> {
    let path = format!("services.{name}.image");
    if image.is_empty() {
        return Err(scope.bad(path, "the service names no image"));
    }
    tagged_image(image).ok_or_else(|| scope.bad(path, format!("{image:?} is no image reference")))
}

/// `NAME=value` lines, sorted; a variable without value is its name alone.
fn environment(environment: &Environment) -> Vec<String> {
    let mut lines: Vec<String> = environment
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        })
        .collect();
    lines.sort();
    lines
}

/// `host:ip` becomes `ip host`; the order stays.
fn hosts(extra_hosts: &[String]) -> Vec<String> {
    extra_hosts
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(host, ip)| format!("{ip} {host}"))
        .collect()
}

fn dns(service: &Service) -> Option<DnsConfig> {
    let config = DnsConfig {
        nameservers: service.dns.clone(),
        search: service.dns_search.clone(),
    };
    (!service.dns.is_empty() || !service.dns_search.is_empty()).then_some(config)
}

fn healthcheck(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Option<Healthcheck>, StackError> {
    let Some(check) = &service.healthcheck else {
        return Ok(None);
    };
    if check.disable {
        if !check.test.is_empty() {
            let path = format!("services.{name}.healthcheck");
            return Err(scope.conflict(path, "`test` and `disable` exclude each other"));
        }
        return Ok(Some(Healthcheck {
            test: vec!["NONE".to_owned()],
            ..Healthcheck::default()
        }));
    }
    let nanoseconds = |d: Option<crate::types::GoDuration>| d.unwrap_or_default().nanoseconds();
    Ok(Some(Healthcheck {
        test: check.test.clone(),
        interval: nanoseconds(check.interval),
        timeout: nanoseconds(check.timeout),
        start_period: nanoseconds(check.start_period),
        start_interval: nanoseconds(check.start_interval),
        retries: i64::try_from(check.retries.unwrap_or_default()).unwrap_or(i64::MAX),
    }))
}

fn ulimits(service: &Service) -> Vec<Ulimit> {
    let both = |u: &model::Ulimit| {
        if u.single == 0 {
            (u.soft, u.hard)
        } else {
            (u.single, u.single)
        }
    };
    service
        .ulimits
        .iter()
        .map(|(name, limit)| {
            let (soft, hard) = both(limit);
            Ulimit {
                name: name.clone(),
                soft,
                hard,
            }
        })
        .collect()
}

/// Capabilities in the engine's spelling, sorted; adding one wins over dropping it, and `ALL`
/// stands for every other.
fn capabilities(add: &[String], drop: &[String]) -> (Vec<String>, Vec<String>) {
    let add = capability_set(add);
    let mut drop = capability_set(drop);
    drop.retain(|c| !add.contains(c));
    (add, drop)
}

fn capability_set(names: &[String]) -> Vec<String> {
    let mut set: Vec<String> = names.iter().map(|name| capability(name)).collect();
    if set.iter().any(|c| c == "ALL") {
        return vec!["ALL".to_owned()];
    }
    set.retain(|c| c != "RESET");
    set.sort();
    set.dedup();
    set
}

fn capability(name: &str) -> String {
    let upper = name.trim().to_uppercase();
    let whole = matches!(upper.as_str(), "ALL" | "RESET") || upper.starts_with("CAP_");
    if whole { upper } else { format!("CAP_{upper}") }
}

fn secrets(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Vec<SecretReference>, StackError> {
    let mut out = Vec::new();
    for reference in &service.secrets {
        let object = scope.model.secrets.get(&reference.source).ok_or_else(|| {
            scope.undefined(
                format!("services.{name}.secrets"),
                "secret",
                &reference.source,
            )
        })?;
        out.push(SecretReference {
            file: file_target(reference),
            secret_name: engine_name(scope, reference, object),
            ..SecretReference::default()
        });
    }
    let targets = out.iter().map(|r| &r.file);
    refuse_repeats(scope, format!("services.{name}.secrets"), targets)?;
    out.sort_by(|a, b| a.secret_name.cmp(&b.secret_name));
    Ok(out)
}

fn configs(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Vec<ConfigReference>, StackError> {
    let find = |key: &str, option: &str| {
        let path = format!("services.{name}.{option}");
        scope
            .model
            .configs
            .get(key)
            .ok_or_else(|| scope.undefined(path, "config", key))
    };
    let mut out = Vec::new();
    for reference in &service.configs {
        let object = find(&reference.source, "configs")?;
        out.push(ConfigReference {
            file: Some(file_target(reference)),
            config_name: engine_name(scope, reference, object),
            ..ConfigReference::default()
        });
    }
    let targets = out.iter().filter_map(|r| r.file.as_ref());
    refuse_repeats(scope, format!("services.{name}.configs"), targets)?;
    let credentials = &service.credential_spec.config;
    if !credentials.is_empty() {
        let object = find(credentials, "credential_spec")?;
        out.push(ConfigReference {
            runtime: Some(RuntimeTarget {}),
            config_name: scope.name(credentials, &object.name),
            ..ConfigReference::default()
        });
    }
    out.sort_by(|a, b| a.config_name.cmp(&b.config_name));
    Ok(out)
}

/// Two files cannot appear under one name.
fn refuse_repeats<'a>(
    scope: &Scope<'_>,
    path: String,
    targets: impl Iterator<Item = &'a FileTarget>,
) -> Result<(), StackError> {
    let mut seen = HashSet::new();
    for target in targets {
        if !seen.insert(&target.name) {
            return Err(scope.bad(
                path,
                format!("two of them have the target {:?}", target.name),
            ));
        }
    }
    Ok(())
}

fn engine_name(scope: &Scope<'_>, reference: &FileReference, object: &FileObject) -> String {
    scope.name(&reference.source, &object.name)
}

fn file_target(reference: &FileReference) -> FileTarget {
    let or = |text: &String, default: &str| {
        if text.is_empty() {
            default.to_owned()
        } else {
            text.clone()
        }
    };
    FileTarget {
        name: or(&reference.target, &reference.source),
        uid: or(&reference.uid, "0"),
        gid: or(&reference.gid, "0"),
        mode: reference.mode.unwrap_or(DEFAULT_MODE),
    }
}

/// The credential spec, with the config's engine name where its id will stand.
fn credential_spec(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
    configs: &[ConfigReference],
) -> Result<Option<CredentialSpec>, StackError> {
    let spec = &service.credential_spec;
    let given = [
        ("config", &spec.config),
        ("file", &spec.file),
        ("registry", &spec.registry),
    ];
    let given: Vec<&str> = given
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, _)| *key)
        .collect();
    let path = format!("services.{name}.credential_spec");
    match given.as_slice() {
        [] => return Ok(None),
        [_] => {}
        [first, second, ..] => {
            return Err(
                scope.conflict(path, format!("`{first}` and `{second}` exclude each other"))
            );
        }
    }
    let mut config = String::new();
    if !spec.config.is_empty() {
        // The CLI looks for a config of that very name in the engine first, then for the scoped one.
        let names = [spec.config.clone(), scope.stack.scope(&spec.config)];
        let found = names
            .iter()
            .find(|name| configs.iter().any(|c| c.config_name == **name));
        config = found
            .cloned()
            .ok_or_else(|| scope.undefined(path, "config", &spec.config))?;
    }
    Ok(Some(CredentialSpec {
        config,
        file: spec.file.clone(),
        registry: spec.registry.clone(),
    }))
}
