//! How an agent is set up: `agent.toml` in its directory, written by `allot-agent init`.

use std::{
    fs, io,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Unexpected, Visitor},
};

/// Name of the file in the agent's directory.
pub const FILE: &str = "agent.toml";

/// Where Co-op Cloud keeps its recipes.
pub const DEFAULT_RECIPES: &str = "https://git.coopcloud.tech/coop-cloud";

/// Where a Docker engine usually is.
pub const DEFAULT_ENDPOINT: &str = "unix:///var/run/docker.sock";

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What operators call this server; new apps are named `<recipe>.<server>` unless they say otherwise.
    pub server: String,
    /// The socket that operators' commands come through.
    pub socket: SocketConfig,
    /// The swarm.
    pub engine: EngineConfig,
    /// Where recipes come from.
    #[serde(default)]
    pub recipes: RecipesConfig,
    /// Figures for Prometheus.
    #[serde(default)]
    pub metrics: MetricsConfig,
    /// Witnessing the federation's log.
    #[serde(default, skip_serializing_if = "WitnessConfig::is_off")]
    pub witness: WitnessConfig,
    /// What this collective wants before it acts in the federation.
    #[serde(default, skip_serializing_if = "FederationConfig::is_usual")]
    pub federation: FederationConfig,
    /// Which versions of recipes are deployed here.
    #[serde(default, skip_serializing_if = "CatalogueConfig::is_usual")]
    pub catalogue: CatalogueConfig,
    /// Who may do what. Without it, root and the agent's own user may everything, and whoever else the socket lets in
    /// is operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<RolesConfig>,
}

/// The socket that operators' commands come through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketConfig {
    /// Where it is.
    pub path: PathBuf,
    /// Unix group that may use it besides its owner; the agent's own group when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// A Docker engine.
    Docker,
    /// The built-in simulated engine: nothing runs for real.
    Sim,
}

/// The swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// Which engine.
    pub kind: EngineChoice,
    /// Where a Docker engine listens.
    #[serde(default = "default_endpoint")]
    pub endpoint: String,
}

/// Where recipes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecipesConfig {
    /// A recipe named `x` is at `<base_url>/x.git`.
    pub base_url: String,
    /// How long a git server may take, seconds.
    pub fetch_timeout_seconds: u64,
}

/// Figures for Prometheus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Address to serve `/metrics` on, such as `127.0.0.1:9470`; not served when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<std::net::SocketAddr>,
}

/// Witnessing the federation's log, also for third parties (C2SP `tlog-witness`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WitnessConfig {
    /// Address to serve `/add-checkpoint` on over plain HTTP, such as `127.0.0.1:7481`; not served when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<std::net::SocketAddr>,
    /// Whether this agent witnesses for its collective. When absent, it does if the collective's key was made here, and
    /// not if it was imported: of agents that share a key, one witnesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosign: Option<bool>,
}

impl WitnessConfig {
    fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

/// What this collective wants before it acts in the federation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FederationConfig {
    /// Whether the agent signs what rests on an entry (a vote, an escalation, a vouch), and deploys the version that it
    /// pins, only once enough members have witnessed that entry. Off unless said: a founding's first members would wait
    /// for each other.
    pub require_witnesses: bool,
    /// How many members are enough.
    pub witnesses: Witnesses,
}

impl FederationConfig {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Which versions of the federation's recipes are deployed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueConfig {
    /// What a version must be before it is deployed.
    pub accept: Accept,
    /// How old the catalogue may be before that is told, such as `168h`. Nothing stops because of it.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub expires: Duration,
    /// Whether the federation is told how upgrades here end: recipe, versions and verdict, and nothing else.
    pub report_outcomes: bool,
}

/// A week: who was away for so long has likely missed a release.
const EXPIRES: Duration = Duration::from_secs(7 * 24 * 3600);

impl Default for CatalogueConfig {
    fn default() -> Self {
        Self {
            accept: Accept::default(),
            expires: EXPIRES,
            report_outcomes: false,
        }
    }
}

impl CatalogueConfig {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What a version must be before it is deployed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accept {
    /// Published where the recipe has stewards, and observed elsewhere.
    #[default]
    #[serde(rename = "default")]
    Default,
    /// The hub saw its tag.
    #[serde(rename = "observed")]
    Observed,
    /// Its recipe's stewards published it.
    #[serde(rename = "published")]
    Published,
    /// And a member's test of it passed.
    #[serde(rename = "published+tested")]
    PublishedTested,
}

impl Accept {
    /// The word for it, as the configuration has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Observed => "observed",
            Self::Published => "published",
            Self::PublishedTested => "published+tested",
        }
    }
}

/// How many members must have witnessed an entry: `"majority"`, or a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Witnesses {
    /// As many as the federation's rules say: more than half of all members, unless they were changed.
    #[default]
    Majority,
    /// So many.
    Count(NonZeroU32),
}

/// The word for as many as the rules say.
const MAJORITY: &str = "majority";

impl Serialize for Witnesses {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Majority => to.serialize_str(MAJORITY),
            Self::Count(count) => count.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Witnesses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Witnesses;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"majority\", or a number of members from 1 on")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Witnesses, E> {
                let no = || E::invalid_value(Unexpected::Str(text), &self);
                (text == MAJORITY)
                    .then_some(Witnesses::Majority)
                    .ok_or_else(no)
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Witnesses, E> {
                let no = || E::invalid_value(Unexpected::Signed(count), &self);
                let count = u32::try_from(count).ok().and_then(NonZeroU32::new);
                count.map(Witnesses::Count).ok_or_else(no)
            }
        }
        from.deserialize_any(Read)
    }
}

/// Who holds which role: unix users, and groups with `@` before their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Roles")]
pub struct RolesConfig {
    /// Who may look: a unix user, or a group as `@NAME`. May be given several times, as the other roles.
    #[arg(long = "viewer", value_name = "WHO")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub viewer: Vec<String>,
    /// Who may also change what runs.
    #[arg(long = "operator", value_name = "WHO")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operator: Vec<String>,
    /// Who may also keep recipes.
    #[arg(long = "maintainer", value_name = "WHO")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainer: Vec<String>,
    /// Who may look, and sign for the collective. No other role may.
    #[arg(long = "delegate", value_name = "WHO")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delegate: Vec<String>,
    /// Who may also say whom the agent belongs to.
    #[arg(long = "admin", value_name = "WHO")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub admin: Vec<String>,
}

impl Default for RecipesConfig {
    fn default() -> Self {
        Self {
            base_url: DEFAULT_RECIPES.to_owned(),
            fetch_timeout_seconds: 60,
        }
    }
}

fn default_endpoint() -> String {
    DEFAULT_ENDPOINT.to_owned()
}

impl RecipesConfig {
    /// How long a git server may take.
    #[must_use]
    pub fn fetch_timeout(&self) -> Duration {
        Duration::from_secs(self.fetch_timeout_seconds)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot {what} the agent's configuration {}", path.display())]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("the agent's configuration {} is wrong", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// There is one already.
    #[error("there is an agent in {} already", dir.display())]
    Exists {
        /// The directory.
        dir: PathBuf,
    },
    /// It cannot be written as TOML.
    #[error("the configuration cannot be written down")]
    Encode(#[from] toml::ser::Error),
}

impl ConfigError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "AL-6020",
            Self::Wrong { .. } => "AL-6021",
            Self::Exists { .. } => "AL-6022",
            Self::Encode(_) => "AL-6023",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::File {
                what: "read",
                source,
                ..
            } if source.kind() == io::ErrorKind::NotFound => {
                "make an agent there with `allot-agent init`, or name its directory with `--dir`"
                    .to_owned()
            }
            Self::File { .. } => "check the directory's owner and the space on its disk".to_owned(),
            Self::Wrong { .. } => {
                "mend the place shown; docs/operate/agent.md lists every key".to_owned()
            }
            Self::Exists { .. } => {
                "run it with `allot-agent serve`, or choose another directory".to_owned()
            }
            Self::Encode(_) => {
                "a value cannot be written as TOML: choose names without control characters"
                    .to_owned()
            }
        })
    }
}

impl Config {
    /// Reads the configuration of the agent in `dir`.
    ///
    /// # Errors
    /// There is none, or it is wrong.
    pub fn read(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::File {
            what: "read",
            path: path.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Wrong {
            path,
            source: Box::new(source),
        })
    }

    /// Writes the configuration of a new agent into `dir`.
    ///
    /// # Errors
    /// There is one already, or the directory cannot be written.
    pub fn create(&self, dir: &Path) -> Result<(), ConfigError> {
        let path = dir.join(FILE);
        if path.exists() {
            return Err(ConfigError::Exists {
                dir: dir.to_owned(),
            });
        }
        let text = toml::to_string_pretty(self)?;
        let write = || {
            fs::create_dir_all(dir)?;
            allot_store::write_atomic(&path, text.as_bytes())
        };
        write().map_err(|source| ConfigError::File {
            what: "write",
            path: path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FederationConfig, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn what_is_accepted_is_one_of_four_words() {
        let read = |text: &str| toml::from_str::<CatalogueConfig>(text);
        assert_eq!(read("").unwrap(), CatalogueConfig::default());
        for accept in [
            Accept::Default,
            Accept::Observed,
            Accept::Published,
            Accept::PublishedTested,
        ] {
            let text = format!("accept = \"{}\"\nexpires = \"36h\"", accept.name());
            let config = read(&text).unwrap();
            assert_eq!(config.accept, accept);
            assert_eq!(config.expires, Duration::from_secs(36 * 3600));
            let again = toml::to_string(&config).unwrap();
            assert_eq!(read(&again).unwrap(), config, "{again}");
        }
        for bad in [
            "accept = \"any\"",
            "accept = 1",
            "expires = \"soon\"",
            "other = 1",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn how_many_witnesses_are_enough_is_a_word_or_a_number() {
        let usual = read("").unwrap();
        assert!(!usual.require_witnesses && usual.is_usual());
        let three = Witnesses::Count(NonZeroU32::new(3).unwrap());
        for (text, witnesses) in [
            ("require_witnesses = true", Witnesses::Majority),
            (
                "require_witnesses = true\nwitnesses = \"majority\"",
                Witnesses::Majority,
            ),
            ("require_witnesses = true\nwitnesses = 3", three),
        ] {
            let config = read(text).unwrap();
            assert_eq!(
                (config.require_witnesses, config.witnesses),
                (true, witnesses)
            );
            let again = toml::to_string(&config).unwrap();
            assert_eq!(read(&again).unwrap(), config, "{again}");
        }
        for bad in [
            "witnesses = 0",
            "witnesses = -1",
            "witnesses = \"most\"",
            "witnesses = 1.5",
        ] {
            let told = read(bad).unwrap_err().to_string();
            assert!(told.contains("a number of members from 1 on"), "{told}");
        }
    }
}
