//! A service.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Deploy, Extras, is_default};
use crate::types::GoDuration;

/// Variables of a container: a value, or `None` when only the name is passed on.
pub type Environment = BTreeMap<String, Option<String>>;

/// A service as the files describe it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Service {
    /// Kept for printing; swarm does not build.
    #[serde(skip_serializing_if = "is_default")]
    pub build: Option<Build>,
    /// Capabilities to add.
    #[serde(skip_serializing_if = "is_default")]
    pub cap_add: Vec<String>,
    /// Capabilities to drop.
    #[serde(skip_serializing_if = "is_default")]
    pub cap_drop: Vec<String>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroupns_mode: String,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup_parent: String,
    /// Arguments of the entrypoint.
    #[serde(skip_serializing_if = "is_default")]
    pub command: Vec<String>,
    /// Configs it sees.
    #[serde(skip_serializing_if = "is_default")]
    pub configs: Vec<FileReference>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub container_name: String,
    /// Windows credentials.
    #[serde(skip_serializing_if = "is_default")]
    pub credential_spec: CredentialSpec,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub depends_on: Vec<String>,
    /// How swarm runs it.
    #[serde(skip_serializing_if = "is_default")]
    pub deploy: Deploy,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub devices: Vec<String>,
    /// Name servers.
    #[serde(skip_serializing_if = "is_default")]
    pub dns: Vec<String>,
    /// Search domains.
    #[serde(skip_serializing_if = "is_default")]
    pub dns_search: Vec<String>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub domainname: String,
    /// What runs.
    #[serde(skip_serializing_if = "is_default")]
    pub entrypoint: Vec<String>,
    /// Variables, those of env files included.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: Environment,
    /// Files with variables, as written.
    #[serde(skip_serializing_if = "is_default")]
    pub env_file: Vec<String>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub expose: Vec<String>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub external_links: Vec<String>,
    /// `host:ip` pairs.
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// Host name in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub hostname: String,
    /// How health is found out.
    #[serde(skip_serializing_if = "is_default")]
    pub healthcheck: Option<Healthcheck>,
    /// The image.
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    /// Whether an init process runs first.
    #[serde(skip_serializing_if = "is_default")]
    pub init: Option<bool>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub ipc: String,
    /// Windows isolation.
    #[serde(skip_serializing_if = "is_default")]
    pub isolation: String,
    /// Labels of the containers.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub links: Vec<String>,
    /// Where logs go.
    #[serde(skip_serializing_if = "is_default")]
    pub logging: Option<Logging>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub mac_address: String,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub network_mode: String,
    /// Networks it joins.
    #[serde(skip_serializing_if = "is_default")]
    pub networks: BTreeMap<String, Option<ServiceNetwork>>,
    /// Adjustment for the kernel's out-of-memory killer.
    #[serde(skip_serializing_if = "is_default")]
    pub oom_score_adj: i64,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub pid: String,
    /// Published ports.
    #[serde(skip_serializing_if = "is_default")]
    pub ports: Vec<ServicePort>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub privileged: bool,
    /// Whether the root file system cannot be written.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Used when there is no `deploy.restart_policy`.
    #[serde(skip_serializing_if = "is_default")]
    pub restart: String,
    /// Secrets it sees.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub security_opt: Vec<String>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub shm_size: String,
    /// Whether standard input stays open.
    #[serde(skip_serializing_if = "is_default")]
    pub stdin_open: bool,
    /// How long a container may take to stop.
    #[serde(skip_serializing_if = "is_default")]
    pub stop_grace_period: Option<GoDuration>,
    /// The signal that stops it.
    #[serde(skip_serializing_if = "is_default")]
    pub stop_signal: String,
    /// Kernel settings.
    #[serde(skip_serializing_if = "is_default")]
    pub sysctls: Option<BTreeMap<String, String>>,
    /// Ignored by swarm (a mount of type `tmpfs` is not).
    #[serde(skip_serializing_if = "is_default")]
    pub tmpfs: Vec<String>,
    /// Whether it has a terminal.
    #[serde(skip_serializing_if = "is_default")]
    pub tty: bool,
    /// Resource limits of the shell kind.
    #[serde(skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// The user.
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub userns_mode: String,
    /// Mounts.
    #[serde(skip_serializing_if = "is_default")]
    pub volumes: Vec<ServiceVolume>,
    /// The directory it starts in.
    #[serde(skip_serializing_if = "is_default")]
    pub working_dir: String,
    /// `x-` keys.
    #[serde(flatten)]
    pub extras: Extras,
}

/// How an image would be built.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Build {
    /// The directory.
    #[serde(skip_serializing_if = "is_default")]
    pub context: String,
    /// The Dockerfile.
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile: String,
    /// Build arguments.
    #[serde(skip_serializing_if = "is_default")]
    pub args: Environment,
    /// Labels of the image.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Images to take layers from.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_from: Vec<String>,
    /// `host:ip` pairs.
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// The network.
    #[serde(skip_serializing_if = "is_default")]
    pub network: String,
    /// The stage.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
}

/// How a service uses a secret or config.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FileReference {
    /// Its name in the file.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// The path or file name in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// Owner.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: String,
    /// Group.
    #[serde(skip_serializing_if = "is_default")]
    pub gid: String,
    /// Permissions.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: Option<u32>,
}

/// Where Windows credentials come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CredentialSpec {
    /// A config.
    #[serde(skip_serializing_if = "is_default")]
    pub config: String,
    /// A file on the node.
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    /// A registry key on the node.
    #[serde(skip_serializing_if = "is_default")]
    pub registry: String,
}

/// How health is found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Healthcheck {
    /// `CMD`, `CMD-SHELL` or `NONE`, and arguments.
    #[serde(skip_serializing_if = "is_default")]
    pub test: Vec<String>,
    /// How long a check may take.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: Option<GoDuration>,
    /// Pause between checks.
    #[serde(skip_serializing_if = "is_default")]
    pub interval: Option<GoDuration>,
    /// Failures in a row that make it unhealthy.
    #[serde(skip_serializing_if = "is_default")]
    pub retries: Option<u64>,
    /// The time in which failures do not count.
    #[serde(skip_serializing_if = "is_default")]
    pub start_period: Option<GoDuration>,
    /// Pause between checks in the start period.
    #[serde(skip_serializing_if = "is_default")]
    pub start_interval: Option<GoDuration>,
    /// Whether the image's own check is switched off.
    #[serde(skip_serializing_if = "is_default")]
    pub disable: bool,
}

/// Where logs go.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Logging {
    /// The log driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Its options.
    #[serde(skip_serializing_if = "is_default")]
    pub options: Option<BTreeMap<String, String>>,
}

/// How a service joins a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServiceNetwork {
    /// Further names in the network.
    #[serde(skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// Options for the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Option<BTreeMap<String, String>>,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv4_address: String,
    /// Ignored by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv6_address: String,
}

/// A published port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ServicePort {
    /// `ingress` or `host`.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    /// The port in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: u32,
    /// The port outside; 0 is chosen by swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub published: u32,
    /// `tcp`, `udp` or `sctp`.
    #[serde(skip_serializing_if = "is_default")]
    pub protocol: String,
}

/// A mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServiceVolume {
    /// `volume`, `bind`, `tmpfs`, `npipe` or `cluster`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: String,
    /// A volume's name or a path on the host.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// The path in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// Whether it cannot be written.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// `consistent`, `cached`, `delegated` or `default`.
    #[serde(skip_serializing_if = "is_default")]
    pub consistency: String,
    /// Options of a bind mount.
    #[serde(skip_serializing_if = "is_default")]
    pub bind: Option<VolumeBind>,
    /// Options of a volume.
    #[serde(skip_serializing_if = "is_default")]
    pub volume: Option<VolumeVolume>,
    /// Options of a tmpfs.
    #[serde(skip_serializing_if = "is_default")]
    pub tmpfs: Option<VolumeTmpfs>,
    /// Present for a cluster volume.
    #[serde(skip_serializing_if = "is_default")]
    pub cluster: Option<VolumeCluster>,
}

/// Options of a bind mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VolumeBind {
    /// `rprivate`, `rshared` and so on.
    #[serde(skip_serializing_if = "is_default")]
    pub propagation: String,
}

/// Options of a volume mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VolumeVolume {
    /// Whether the image's files are not copied into it.
    #[serde(skip_serializing_if = "is_default")]
    pub nocopy: bool,
}

/// Options of a tmpfs mount.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VolumeTmpfs {
    /// Bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub size: i64,
}

/// Options of a cluster volume: none yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VolumeCluster {}

/// A resource limit: one number for both, or a soft and a hard one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ulimit {
    /// Both at once; 0 when they are given apart.
    pub single: i64,
    /// The soft limit.
    pub soft: i64,
    /// The hard limit.
    pub hard: i64,
}

impl Serialize for Ulimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.single != 0 {
            return serializer.serialize_i64(self.single);
        }
        let pairs = [("soft", self.soft), ("hard", self.hard)];
        serializer.collect_map(pairs.into_iter().filter(|(_, v)| *v != 0))
    }
}
