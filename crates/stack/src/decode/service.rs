//! A service.

use std::collections::BTreeMap;

use super::cursor::Cursor;
use super::{deploy, mounts};
use crate::error::StackError;
use crate::model::{Build, CredentialSpec, Healthcheck, Logging, Service, Ulimit};
use crate::yaml::Value;

/// Options of compose files of version 2 that version 3 refuses, and what to write instead.
const FORBIDDEN: [(&str, &str); 8] = [
    (
        "extends",
        "Use YAML anchors and `<<`, or a second compose file.",
    ),
    (
        "volume_driver",
        "Define a volume under the top-level `volumes:` and give the driver there.",
    ),
    (
        "volumes_from",
        "Define a volume under the top-level `volumes:` and mount it in both services.",
    ),
    ("cpu_quota", "Set limits under `deploy.resources`."),
    ("cpu_shares", "Set limits under `deploy.resources`."),
    ("cpuset", "Set limits under `deploy.resources`."),
    ("mem_limit", "Set limits under `deploy.resources`."),
    ("memswap_limit", "Set limits under `deploy.resources`."),
];

pub(super) fn service(_name: &str, c: &Cursor<'_>) -> Result<Service, StackError> {
    let mut out = Service::default();
    c.each(|key, v| {
        if let Some((option, instead)) = FORBIDDEN.iter().find(|(option, _)| *option == key) {
            return Err(v.forbidden(option, instead));
        }
        if !container(&mut out, key, &v)?
            && !attachments(&mut out, key, &v)?
            && !ignored(&mut out, key, &v)?
        {
            v.unknown();
        }
        Ok(())
    })?;
    out.extras = c.extras();
    if !out.restart.is_empty() && out.deploy.restart_policy.is_some() {
        c.get("restart")
            .inspect(|v| v.ignored(": `deploy.restart_policy` decides"));
    }
    Ok(out)
}

/// Options of the container itself. Whether `key` is one of them.
fn container(out: &mut Service, key: &str, v: &Cursor<'_>) -> Result<bool, StackError> {
    match key {
        "cap_add" => out.cap_add = v.unique_strings()?,
        "cap_drop" => out.cap_drop = v.unique_strings()?,
        "command" => out.command = v.command()?,
        "credential_spec" => out.credential_spec = credential_spec(v)?,
        "entrypoint" => out.entrypoint = v.command()?,
        "environment" => out.environment = v.environment()?,
        "env_file" => out.env_file = env_files(v)?,
        "healthcheck" => out.healthcheck = Some(healthcheck(v)?),
        "hostname" => out.hostname = v.string()?,
        "image" => out.image = v.string()?,
        "init" => out.init = Some(v.boolean()?),
        "isolation" => out.isolation = v.string()?,
        "labels" => out.labels = Some(v.labels()?),
        "logging" => out.logging = Some(logging(v)?),
        "oom_score_adj" => out.oom_score_adj = v.integer()?,
        "read_only" => out.read_only = v.boolean()?,
        "restart" => out.restart = v.string()?,
        "stdin_open" => out.stdin_open = v.boolean()?,
        "stop_grace_period" => out.stop_grace_period = Some(v.duration()?),
        "stop_signal" => out.stop_signal = v.string()?,
        "sysctls" => out.sysctls = Some(v.labels()?),
        "tty" => out.tty = v.boolean()?,
        "ulimits" => out.ulimits = ulimits(v)?,
        "user" => out.user = v.string()?,
        "working_dir" => out.working_dir = v.string()?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// What the service is attached to, and how it is deployed. Whether `key` is one of them.
fn attachments(out: &mut Service, key: &str, v: &Cursor<'_>) -> Result<bool, StackError> {
    match key {
        "configs" => out.configs = mounts::file_references(v)?,
        "deploy" => out.deploy = deploy::deploy(v)?,
        "dns" => out.dns = v.string_or_list()?,
        "dns_search" => out.dns_search = v.string_or_list()?,
        "extra_hosts" => out.extra_hosts = v.extra_hosts()?,
        "networks" => out.networks = mounts::networks(v)?,
        "ports" => out.ports = mounts::ports(v)?,
        "secrets" => out.secrets = mounts::file_references(v)?,
        "volumes" => out.volumes = mounts::volumes(v)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Options that are read and have no effect on a swarm. Whether `key` is one of them.
fn ignored(out: &mut Service, key: &str, v: &Cursor<'_>) -> Result<bool, StackError> {
    let mut why = "";
    match key {
        "build" => {
            why = ": build the image beforehand and push it to a registry";
            out.build = Some(build(v)?);
        }
        "cgroupns_mode" => out.cgroupns_mode = v.string()?,
        "cgroup_parent" => out.cgroup_parent = v.string()?,
        "container_name" => {
            why = ": tasks get names of their own";
            out.container_name = v.string()?;
        }
        "depends_on" => {
            why = ": all services start at once";
            out.depends_on = depends_on(v)?;
        }
        "devices" => out.devices = v.unique_strings()?,
        "domainname" => out.domainname = v.string()?,
        "expose" => {
            why = ": services on one network reach every port of each other";
            out.expose = v.strings_or_numbers()?;
        }
        "external_links" => out.external_links = v.unique_strings()?,
        "ipc" => out.ipc = v.string()?,
        "links" => {
            why = ": services on one network reach each other by name";
            out.links = v.unique_strings()?;
        }
        "mac_address" => out.mac_address = v.string()?,
        "network_mode" => out.network_mode = v.string()?,
        "pid" if v.is_null() => {}
        "pid" => out.pid = v.string()?,
        "privileged" => out.privileged = v.boolean()?,
        "security_opt" => out.security_opt = v.unique_strings()?,
        "shm_size" => out.shm_size = v.string()?,
        "tmpfs" => {
            why = ": use a mount of type tmpfs";
            out.tmpfs = v.string_or_list()?;
        }
        "userns_mode" => out.userns_mode = v.string()?,
        _ => return Ok(false),
    }
    v.ignored(why);
    Ok(true)
}

fn build(v: &Cursor<'_>) -> Result<Build, StackError> {
    let mut out = Build::default();
    if let Value::Text(context) = &v.node.value {
        out.context.clone_from(context);
        return Ok(out);
    }
    v.each(|key, v| {
        match key {
            "context" => out.context = v.string()?,
            "dockerfile" => out.dockerfile = v.string()?,
            "args" => out.args = v.environment()?,
            "labels" => out.labels = Some(v.labels()?),
            "cache_from" => out.cache_from = v.unique_strings()?,
            "extra_hosts" => out.extra_hosts = v.extra_hosts()?,
            "network" => out.network = v.string()?,
            "target" => out.target = v.string()?,
            // The whole section is ignored, and said so.
            _ => {}
        }
        Ok(())
    })?;
    Ok(out)
}

/// The short form is a list; the long form maps services to conditions. Swarm uses neither.
fn depends_on(v: &Cursor<'_>) -> Result<Vec<String>, StackError> {
    match &v.node.value {
        Value::Map(_) => Ok(v
            .entries("a mapping")?
            .into_iter()
            .map(|(name, _)| name)
            .collect()),
        _ => v.unique_strings(),
    }
}

/// A path, a list of paths, or a list with mappings that have a `path`.
fn env_files(v: &Cursor<'_>) -> Result<Vec<String>, StackError> {
    let Value::List(_) = &v.node.value else {
        return v.string_or_list();
    };
    v.refuse_repeats()?;
    let mut out = Vec::new();
    for item in v.items("a list")? {
        match &item.node.value {
            Value::Map(_) => {
                let path = item
                    .get("path")
                    .ok_or_else(|| item.bad("an env file in the long form needs a path"))?;
                out.push(path.string()?);
                item.each(|key, option| {
                    if key != "path" {
                        option.unknown();
                    }
                    Ok(())
                })?;
            }
            _ => out.push(item.string()?),
        }
    }
    Ok(out)
}

fn credential_spec(c: &Cursor<'_>) -> Result<CredentialSpec, StackError> {
    let mut out = CredentialSpec::default();
    c.each(|key, v| {
        match key {
            "config" => out.config = v.string()?,
            "file" => out.file = v.string()?,
            "registry" => out.registry = v.string()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn healthcheck(c: &Cursor<'_>) -> Result<Healthcheck, StackError> {
    let mut out = Healthcheck::default();
    c.each(|key, v| {
        match key {
            "disable" => out.disable = v.boolean()?,
            "interval" => out.interval = Some(v.duration()?),
            "timeout" => out.timeout = Some(v.duration()?),
            "start_period" => out.start_period = Some(v.duration()?),
            "start_interval" => out.start_interval = Some(v.duration()?),
            "retries" => {
                let retries = u64::try_from(deploy::truncated(&v)?)
                    .map_err(|_| v.bad("it must not be negative"))?;
                out.retries = Some(retries);
            }
            "test" => out.test = health_test(&v)?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn health_test(v: &Cursor<'_>) -> Result<Vec<String>, StackError> {
    match &v.node.value {
        Value::Text(command) => Ok(vec!["CMD-SHELL".to_owned(), command.clone()]),
        Value::List(_) => v.strings(),
        _ => Err(v.wrong("a command (a text), or a list that begins with CMD, CMD-SHELL or NONE")),
    }
}

fn logging(c: &Cursor<'_>) -> Result<Logging, StackError> {
    let mut out = Logging::default();
    c.each(|key, v| {
        match key {
            "driver" => out.driver = v.string()?,
            "options" => out.options = Some(v.options()?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn ulimits(c: &Cursor<'_>) -> Result<BTreeMap<String, Ulimit>, StackError> {
    c.entries("a mapping")?
        .into_iter()
        .map(|(name, v)| Ok((name, ulimit(&v)?)))
        .collect()
}

fn ulimit(c: &Cursor<'_>) -> Result<Ulimit, StackError> {
    if !matches!(c.node.value, Value::Map(_)) {
        return Ok(Ulimit {
            single: c.integer()?,
            ..Ulimit::default()
        });
    }
    let mut out = Ulimit::default();
    c.each(|key, v| {
        match key {
            "soft" => out.soft = v.integer()?,
            "hard" => out.hard = v.integer()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    if c.get("soft").is_none() || c.get("hard").is_none() {
        return Err(c.bad("a limit has a `soft` and a `hard` value"));
    }
    Ok(out)
}
