//! Services.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Driver, Labels, is_default};

/// Declares structs in the wire form: `PascalCase` names, empty fields left out.
macro_rules! wire {
    ($($(#[doc = $doc:literal])+ $name:ident { $( $(#[$meta:meta])* $field:ident: $kind:ty, )+ })+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            $( $(#[$meta])* #[serde(skip_serializing_if = "is_default")] pub $field: $kind, )+
        }
    )+ };
}

wire! {
    /// Body of `POST /services/create`.
    ServiceSpec {
        /// Name in the engine: `<stack>_<service>`.
        name: String,
        /// Labels of the service, `com.docker.stack.*` among them.
        labels: Labels,
        /// What runs.
        task_template: TaskSpec,
        /// How many.
        mode: ServiceMode,
        /// How an update is rolled out.
        update_config: Option<UpdateConfig>,
        /// How a rollback is rolled out.
        rollback_config: Option<UpdateConfig>,
        /// How it is reached.
        endpoint_spec: Option<EndpointSpec>,
    }
    /// What runs.
    TaskSpec {
        /// The container.
        container_spec: ContainerSpec,
        /// Limits and reservations.
        resources: Option<Resources>,
        /// What happens when it ends.
        restart_policy: Option<RestartPolicy>,
        /// On which nodes.
        placement: Option<Placement>,
        /// Networks by name.
        networks: Vec<NetworkAttachment>,
        /// Where logs go.
        log_driver: Option<Driver>,
        /// Counter that makes tasks anew.
        force_update: u64,
    }
    /// The container.
    ContainerSpec {
        /// Image, as written or with the digest it resolves to.
        image: String,
        /// Labels of containers.
        labels: Labels,
        /// Entrypoint.
        command: Vec<String>,
        /// Command.
        args: Vec<String>,
        /// Host name.
        hostname: String,
        /// `NAME=value`, sorted.
        env: Vec<String>,
        /// Working directory.
        dir: String,
        /// User.
        user: String,
        /// Credentials.
        privileges: Option<Privileges>,
        /// How health is found out.
        healthcheck: Option<Healthcheck>,
        /// `IP name` lines.
        hosts: Vec<String>,
        /// Name servers.
        #[serde(rename = "DNSConfig")]
        dns_config: Option<DnsConfig>,
        /// Mounts.
        mounts: Vec<Mount>,
        /// Nanoseconds a container may take to stop.
        stop_grace_period: Option<i64>,
        /// The signal that stops it.
        stop_signal: String,
        /// A terminal.
        #[serde(rename = "TTY")]
        tty: bool,
        /// Standard input stays open.
        open_stdin: bool,
        /// Root file system cannot be written.
        read_only: bool,
        /// Secrets.
        secrets: Vec<SecretReference>,
        /// Configs.
        configs: Vec<ConfigReference>,
        /// Windows isolation.
        isolation: String,
        /// An init process.
        init: Option<bool>,
        /// Kernel settings.
        sysctls: BTreeMap<String, String>,
        /// Capabilities added.
        capability_add: Vec<String>,
        /// Capabilities dropped.
        capability_drop: Vec<String>,
        /// Shell limits.
        ulimits: Vec<Ulimit>,
        /// Adjustment for the out-of-memory killer.
        oom_score_adj: i64,
    }
    /// Credentials.
    Privileges {
        /// Windows credential spec.
        credential_spec: Option<CredentialSpec>,
    }
    /// Windows credential spec.
    CredentialSpec {
        /// Id of a config; its *name* until the deploy knows the id.
        config: String,
        /// File on the node.
        file: String,
        /// Registry key on the node.
        registry: String,
    }
    /// How health is found out; durations in nanoseconds.
    Healthcheck {
        /// `CMD`, `CMD-SHELL` or `NONE`, and arguments.
        test: Vec<String>,
        /// Pause between checks.
        interval: i64,
        /// How long one may take.
        timeout: i64,
        /// Time in which failures do not count.
        start_period: i64,
        /// Pause between checks in that time.
        start_interval: i64,
        /// Failures in a row that make it unhealthy.
        retries: i64,
    }
    /// Name servers.
    DnsConfig {
        /// Addresses.
        nameservers: Vec<String>,
        /// Search domains.
        search: Vec<String>,
    }
    /// A mount.
    Mount {
        /// `volume`, `bind`, `tmpfs`, `npipe` or `cluster`.
        #[serde(rename = "Type")]
        kind: String,
        /// Volume name or host path.
        source: String,
        /// Path in the container.
        target: String,
        /// Cannot be written.
        read_only: bool,
        /// Consistency on other systems than Linux.
        consistency: String,
        /// Options of a bind mount.
        bind_options: Option<BindOptions>,
        /// Options of a volume.
        volume_options: Option<VolumeOptions>,
        /// Options of a tmpfs.
        tmpfs_options: Option<TmpfsOptions>,
        /// Present for a cluster volume.
        cluster_options: Option<ClusterOptions>,
    }
    /// Options of a bind mount.
    BindOptions {
        /// Propagation.
        propagation: String,
    }
    /// Options of a volume.
    VolumeOptions {
        /// The image's files are not copied into it.
        no_copy: bool,
        /// Labels of the volume when it is made.
        labels: Labels,
        /// Driver of the volume when it is made.
        driver_config: Option<Driver>,
    }
    /// Options of a tmpfs.
    TmpfsOptions {
        /// Bytes.
        size_bytes: i64,
    }
    /// A secret in a container.
    SecretReference {
        /// Where it appears.
        file: FileTarget,
        /// Id, known at deploy.
        #[serde(rename = "SecretID")]
        secret_id: String,
        /// Name in the engine.
        secret_name: String,
    }
    /// A config in a container.
    ConfigReference {
        /// Where it appears.
        file: Option<FileTarget>,
        /// Present when the runtime uses it and no file appears.
        runtime: Option<RuntimeTarget>,
        /// Id, known at deploy.
        #[serde(rename = "ConfigID")]
        config_id: String,
        /// Name in the engine.
        config_name: String,
    }
    /// A file in a container.
    FileTarget {
        /// Name or path.
        name: String,
        /// Owner.
        #[serde(rename = "UID")]
        uid: String,
        /// Group.
        #[serde(rename = "GID")]
        gid: String,
        /// Permissions.
        mode: u32,
    }
    /// Limits and reservations.
    Resources {
        /// What a task may use.
        limits: Option<Limit>,
        /// What a node must have free.
        reservations: Option<Reservation>,
    }
    /// What a task may use.
    Limit {
        /// Billionths of a CPU.
        #[serde(rename = "NanoCPUs")]
        nano_cpus: i64,
        /// Bytes.
        memory_bytes: i64,
        /// Processes.
        pids: i64,
    }
    /// What a node must have free.
    Reservation {
        /// Billionths of a CPU.
        #[serde(rename = "NanoCPUs")]
        nano_cpus: i64,
        /// Bytes.
        memory_bytes: i64,
        /// Things such as GPUs.
        generic_resources: Vec<GenericResource>,
    }
    /// A generic resource.
    GenericResource {
        /// A kind and how many.
        discrete_resource_spec: Option<DiscreteResource>,
    }
    /// A kind and how many.
    DiscreteResource {
        /// Kind.
        kind: String,
        /// How many.
        value: i64,
    }
    /// What happens when a task ends; durations in nanoseconds.
    RestartPolicy {
        /// `none`, `on-failure` or `any`.
        condition: String,
        /// Pause before.
        delay: Option<i64>,
        /// Restarts before swarm gives up.
        max_attempts: Option<u64>,
        /// Time within which attempts count.
        window: Option<i64>,
    }
    /// On which nodes.
    Placement {
        /// Expressions.
        constraints: Vec<String>,
        /// What to spread over.
        preferences: Vec<Preference>,
        /// Most tasks on one node.
        max_replicas: u64,
    }
    /// What to spread over.
    Preference {
        /// The label.
        spread: Spread,
    }
    /// A label to spread over.
    Spread {
        /// Such as `node.labels.zone`.
        spread_descriptor: String,
    }
    /// A network the service joins.
    NetworkAttachment {
        /// Name of the network.
        target: String,
        /// Names of the service in it.
        aliases: Vec<String>,
        /// Driver options.
        driver_opts: BTreeMap<String, String>,
    }
    /// How many tasks: exactly one of these.
    ServiceMode {
        /// So many tasks.
        replicated: Option<Replicated>,
        /// One for each node.
        global: Option<Global>,
        /// So many tasks that end.
        replicated_job: Option<ReplicatedJob>,
        /// One that ends for each node.
        global_job: Option<Global>,
    }
    /// So many tasks.
    Replicated {
        /// How many.
        replicas: Option<u64>,
    }
    /// So many tasks that end.
    ReplicatedJob {
        /// At once.
        max_concurrent: Option<u64>,
        /// Altogether.
        total_completions: Option<u64>,
    }
    /// How tasks are replaced; durations in nanoseconds.
    UpdateConfig {
        /// Tasks at a time; 0 is all at once.
        parallelism: Option<u64>,
        /// Pause between groups.
        delay: i64,
        /// `pause`, `continue` or `rollback`.
        failure_action: String,
        /// How long a new task is watched.
        monitor: i64,
        /// Share of tasks that may fail.
        max_failure_ratio: f64,
        /// `stop-first` or `start-first`.
        order: String,
    }
    /// How a service is reached.
    EndpointSpec {
        /// `vip` or `dnsrr`.
        mode: String,
        /// Published ports.
        ports: Vec<PortConfig>,
    }
    /// A published port.
    PortConfig {
        /// Protocol.
        protocol: String,
        /// In the container.
        target_port: u32,
        /// Outside.
        published_port: u32,
        /// `ingress` or `host`.
        publish_mode: String,
    }
}

/// A shell limit; both numbers are always sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ulimit {
    /// Name, such as `nofile`.
    pub name: String,
    /// Soft limit.
    pub soft: i64,
    /// Hard limit.
    pub hard: i64,
}

/// Nothing further: its presence says it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {}

/// Nothing further: its presence says it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeTarget {}

/// Nothing further: its presence says it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterOptions {}
