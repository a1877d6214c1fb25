//! Several files into one model.
//!
//! The rules are those of the docker CLI, which merges with the library mergo: a later value
//! that is not empty wins (so `false`, `0` and an empty text never override), plain lists are
//! appended, ports, mounts, secrets and configs are sets with a key, mappings are merged key by
//! key; top-level networks, volumes, secrets and configs are replaced whole.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{
    Build, Compose, Deploy, Environment, FileReference, Healthcheck, Logging, Placement,
    Reservation, ResourceLimit, Resources, RestartPolicy, Service, ServiceNetwork, ServicePort,
    ServiceVolume, UpdateConfig,
};

/// Lays `over` on `base`. Top-level `x-` keys stay those of `base`.
pub(crate) fn merge(base: &mut Compose, over: Compose) {
    for (name, service) in over.services {
        match base.services.get_mut(&name) {
            Some(known) => known.lay(service),
            None => drop(base.services.insert(name, service)),
        }
    }
    base.networks.extend(over.networks);
    base.volumes.extend(over.volumes);
    base.secrets.extend(over.secrets);
    base.configs.extend(over.configs);
    base.places.extend(over.places);
}

/// A value that a later file's value can be laid on.
trait Lay {
    fn lay(&mut self, over: Self);
}

/// Lays each named field.
macro_rules! lay_fields {
    ($base:ident, $over:ident, $($field:ident),+ $(,)?) => { $( $base.$field.lay($over.$field); )+ };
}

/// Scalars: the later one wins unless it is the zero value.
macro_rules! lay_scalars {
    ($($kind:ty),+) => { $(
        impl Lay for $kind {
            fn lay(&mut self, over: Self) {
                if over != Self::default() {
                    *self = over;
                }
            }
        }
    )+ };
}

lay_scalars!(String, bool, i64, u32, u64, f64, crate::types::GoDuration);

impl Lay for Vec<String> {
    fn lay(&mut self, over: Self) {
        self.extend(over);
    }
}

impl Lay for BTreeMap<String, String> {
    fn lay(&mut self, over: Self) {
        self.extend(over);
    }
}

impl<T: Lay> Lay for Option<T> {
    fn lay(&mut self, over: Self) {
        match (self.as_mut(), over) {
            (Some(base), Some(over)) => base.lay(over),
            (None, over) => *self = over,
            (Some(_), None) => {}
        }
    }
}

/// Whole numbers that may be absent: any later one wins, zero included.
fn lay_count(base: &mut Option<u64>, over: Option<u64>) {
    if over.is_some() {
        *base = over;
    }
}

/// Commands are not appended.
fn lay_command(base: &mut Vec<String>, over: Vec<String>) {
    if !over.is_empty() {
        *base = over;
    }
}

impl Lay for Service {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_command(&mut base.command, over.command);
        lay_command(&mut base.entrypoint, over.entrypoint);
        lay_set(&mut base.ports, over.ports, port_key, |p| p.published);
        lay_set(
            &mut base.volumes,
            over.volumes,
            |v: &ServiceVolume| v.target.clone(),
            |v| v.target.clone(),
        );
        lay_set(
            &mut base.secrets,
            over.secrets,
            |r: &FileReference| r.source.clone(),
            |r| r.source.clone(),
        );
        lay_set(
            &mut base.configs,
            over.configs,
            |r: &FileReference| r.source.clone(),
            |r| r.source.clone(),
        );
        lay_environment(&mut base.environment, over.environment);
        lay_networks(&mut base.networks, over.networks);
        base.ulimits.extend(over.ulimits);
        lay_extras(&mut base.extras, over.extras);
        lay_build(&mut base.build, over.build);
        lay_fields!(
            base,
            over,
            cap_add,
            cap_drop,
            cgroupns_mode,
            cgroup_parent,
            container_name,
            depends_on,
            deploy,
            devices,
            dns,
            dns_search,
            domainname,
            env_file,
            expose,
            external_links,
            extra_hosts,
            hostname,
            healthcheck,
            image,
            init,
            ipc,
            isolation,
            labels,
            links,
            logging,
            mac_address,
            network_mode,
            oom_score_adj,
            pid,
            privileged,
            read_only,
            restart,
            security_opt,
            shm_size,
            stdin_open,
            stop_grace_period,
            stop_signal,
            sysctls,
            tmpfs,
            tty,
            user,
            userns_mode,
            working_dir,
        );
        let (base, over) = (&mut base.credential_spec, over.credential_spec);
        lay_fields!(base, over, config, file, registry);
    }
}

fn lay_build(base: &mut Option<Build>, over: Option<Build>) {
    match (base.as_mut(), over) {
        (Some(base), Some(over)) => {
            lay_environment(&mut base.args, over.args);
            lay_fields!(
                base,
                over,
                context,
                dockerfile,
                labels,
                cache_from,
                extra_hosts,
                network,
                target
            );
        }
        (None, over) => *base = over,
        (Some(_), None) => {}
    }
}

impl Lay for Deploy {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_count(&mut base.replicas, over.replicas);
        lay_fields!(
            base,
            over,
            mode,
            labels,
            update_config,
            rollback_config,
            resources,
            restart_policy,
            placement,
            endpoint_mode,
        );
    }
}

impl Lay for UpdateConfig {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_count(&mut base.parallelism, over.parallelism);
        lay_fields!(
            base,
            over,
            delay,
            failure_action,
            monitor,
            max_failure_ratio,
            order
        );
    }
}

impl Lay for Resources {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_fields!(base, over, limits, reservations);
    }
}

impl Lay for ResourceLimit {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_fields!(base, over, cpus, memory, pids);
    }
}

impl Lay for Reservation {
    fn lay(&mut self, over: Self) {
        let base = self;
        base.generic_resources.extend(over.generic_resources);
        lay_fields!(base, over, cpus, memory);
    }
}

impl Lay for RestartPolicy {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_count(&mut base.max_attempts, over.max_attempts);
        lay_fields!(base, over, condition, delay, window);
    }
}

impl Lay for Placement {
    fn lay(&mut self, over: Self) {
        let base = self;
        base.preferences.extend(over.preferences);
        lay_fields!(base, over, constraints, max_replicas_per_node);
    }
}

impl Lay for Healthcheck {
    fn lay(&mut self, over: Self) {
        let base = self;
        lay_count(&mut base.retries, over.retries);
        lay_fields!(
            base,
            over,
            test,
            timeout,
            interval,
            start_period,
            start_interval,
            disable
        );
    }
}

impl Lay for Logging {
    /// Options are merged for one driver and replaced with another one.
    fn lay(&mut self, over: Self) {
        let same = self.driver == over.driver || self.driver.is_empty() || over.driver.is_empty();
        if !same {
            *self = over;
            return;
        }
        if self.driver.is_empty() {
            self.driver = over.driver;
        }
        // The docker CLI loses the later options when the earlier file gives none at all.
        if let Some(options) = &mut self.options {
            options.extend(over.options.unwrap_or_default());
        }
    }
}

/// A later port replaces an earlier one that is published under the same number and protocol;
/// unpublished ones are told apart by their target. (docker CLI 28 looks at the number alone and
/// loses one of `53/tcp` and `53/udp`: row `merge-ports`.)
fn port_key(port: &ServicePort) -> (u32, String, u32) {
    let protocol = if port.protocol.is_empty() {
        "tcp".to_owned()
    } else {
        port.protocol.clone()
    };
    let target = if port.published == 0 { port.target } else { 0 };
    (port.published, protocol, target)
}

/// Lists with a key: a later item replaces an earlier one of the same key, and the result is
/// sorted. Without earlier items the later list is taken as it is.
fn lay_set<T, K: Ord, S: Ord>(
    base: &mut Vec<T>,
    over: Vec<T>,
    key: impl Fn(&T) -> K,
    order: impl Fn(&T) -> S,
) {
    if base.is_empty() {
        *base = over;
        return;
    }
    let mut merged: Vec<T> = Vec::with_capacity(base.len() + over.len());
    let mut positions = BTreeMap::new();
    for item in base.drain(..).chain(over) {
        let position = *positions.entry(key(&item)).or_insert(merged.len());
        match merged.get_mut(position) {
            Some(known) => *known = item,
            None => merged.push(item),
        }
    }
    merged.sort_by_key(order);
    *base = merged;
}

/// A later variable wins unless it is empty or has no value, and the earlier one has one.
fn lay_environment(base: &mut Environment, over: Environment) {
    for (name, value) in over {
        let filled = value.as_ref().is_some_and(|v| !v.is_empty());
        match base.get(&name) {
            Some(Some(known)) if !known.is_empty() && !filled => {}
            _ => drop(base.insert(name, value)),
        }
    }
}

fn lay_networks(
    base: &mut BTreeMap<String, Option<ServiceNetwork>>,
    over: BTreeMap<String, Option<ServiceNetwork>>,
) {
    for (name, over) in over {
        match (base.get_mut(&name), over) {
            (Some(Some(known)), Some(over)) => {
                known.aliases = over.aliases;
                known.ipv4_address.lay(over.ipv4_address);
                known.ipv6_address.lay(over.ipv6_address);
            }
            (Some(Some(_)), None) => {}
            (_, over) => drop(base.insert(name, over)),
        }
    }
}

fn lay_extras(base: &mut BTreeMap<String, Value>, over: BTreeMap<String, Value>) {
    for (key, value) in over {
        match base.get_mut(&key) {
            Some(known) if !is_empty(known) => lay_json(known, value),
            _ => drop(base.insert(key, value)),
        }
    }
}

fn lay_json(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(known) if !is_empty(known) => lay_json(known, value),
                    _ => drop(base.insert(key, value)),
                }
            }
        }
        (Value::Array(base), Value::Array(over)) => base.extend(over),
        // A mapping or list never replaces something of another kind.
        (_, Value::Object(_) | Value::Array(_)) => {}
        (base, over) => *base = over,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
    }
}
