//! How a hub is set up: `hub.toml` in its directory, written by `allot-hub init`.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    home::{self, Home, HomeError},
    notify::config::NotifyConfig,
};

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Host and port that agents reach the hub at; invites carry it.
    pub address: String,
    /// Where the hub listens for agents.
    pub listen: SocketAddr,
    /// Where it serves its log and its figures over plain HTTP; not served when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<SocketAddr>,
    /// The socket that admins' commands come through.
    #[serde(default, skip_serializing_if = "is_default")]
    pub socket: SocketConfig,
    /// Bounds that an admin may change.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: LimitsConfig,
    /// Messages to people.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notify: NotifyConfig,
}

/// The socket that admins' commands come through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SocketConfig {
    /// Where it is; `hub.sock` in the hub's directory when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Unix group that may use it besides root and the hub's own user. The hub's directory lets nobody else in, so
    /// that a group needs a socket elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Bounds that an admin may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Entries of one collective in a minute.
    pub appends_per_minute: u32,
    /// Calls of one agent in a minute.
    pub calls_per_minute: u32,
    /// Tries to spend an invite, from one address in an hour.
    pub enrolments_per_hour: u32,
    /// Connections at the same time.
    pub connections: usize,
    /// Connections from one address, or of one agent, at the same time.
    pub connections_per_address: usize,
    /// Long texts of one collective, all together, MiB.
    pub texts_mib: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            appends_per_minute: 120,
            calls_per_minute: 1_200,
            enrolments_per_hour: 30,
            connections: 4_096,
            connections_per_address: 128,
            texts_mib: 64,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("there is no hub's configuration to be had")]
    File(#[from] HomeError),
    /// No hub there.
    #[error("there is no hub in {}", dir.display())]
    NoHub {
        /// The directory.
        dir: PathBuf,
    },
    /// The file is not what it should be.
    #[error("the hub's configuration {} is wrong", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
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
            Self::File(e) => e.code(),
            Self::NoHub { .. } => "AL-8722",
            Self::Wrong { .. } | Self::Encode(_) => "AL-8723",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::File(e) => return e.help(),
            Self::NoHub { .. } => {
                "found a federation with `allot-hub init`, or name the hub's directory with `--dir`"
            }
            Self::Wrong { .. } => {
                "mend the place shown; an unknown key is an error, so that a typo is found"
            }
            Self::Encode(_) => "choose values without control characters",
        };
        Some(text.to_owned())
    }
}

impl Config {
    /// The settings of a new hub.
    #[must_use]
    pub fn new(address: String, listen: SocketAddr, http: Option<SocketAddr>) -> Self {
        Self {
            address,
            listen,
            http,
            socket: SocketConfig::default(),
            limits: LimitsConfig::default(),
            notify: NotifyConfig::default(),
        }
    }

    /// Reads the configuration of a hub.
    ///
    /// # Errors
    /// There is none, or it is wrong.
    pub fn read(home: &Home) -> Result<Self, ConfigError> {
        let path = home.config();
        let Some(text) = home::read_if_there(&path)? else {
            let dir = home.dir().to_owned();
            return Err(ConfigError::NoHub { dir });
        };
        toml::from_str(&text).map_err(|source| ConfigError::Wrong {
            path,
            source: Box::new(source),
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn write(&self, home: &Home) -> Result<(), ConfigError> {
        let text = toml::to_string_pretty(self)?;
        Ok(home::write(&home.config(), text.as_bytes())?)
    }

    /// Where admins' commands come in.
    #[must_use]
    pub fn socket_path(&self, home: &Home) -> PathBuf {
        self.socket.path.clone().unwrap_or_else(|| home.socket())
    }
}
