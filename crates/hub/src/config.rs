//! How a hub is set up: `hub.toml` in its directory, written by `allot-hub init`.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::config::CatalogueConfig,
    home::{self, Home, HomeError},
    notify::{NotifyError, config::NotifyConfig},
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
    /// Where recipes come from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub catalogue: CatalogueConfig,
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
    #[error("the hub's configuration {} is wrong in line {line}, column {column}: {why}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Where in it.
        column: usize,
        /// What, without any value: a webhook's address may hold a secret.
        why: String,
    },
    /// It cannot work.
    #[error("the hub's configuration {} cannot work", path.display())]
    Notify {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<NotifyError>,
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
            Self::Notify { source, .. } => source.code(),
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
            Self::Notify { source, .. } => return source.help(),
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
            catalogue: CatalogueConfig::default(),
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
        let config: Self = match toml::from_str(&text) {
            Ok(config) => config,
            Err(error) => return Err(wrong(path, &text, &error)),
        };
        let checked = config.notify.check().map_err(Box::new);
        checked.map_err(|source| ConfigError::Notify { path, source })?;
        Ok(config)
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

/// Where the file is wrong, and how. The parser would show the line, and some of its messages the value.
fn wrong(path: PathBuf, text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let (_, last) = before.rsplit_once('\n').unwrap_or(("", before));
    ConfigError::Wrong {
        path,
        line: before.matches('\n').count() + 1,
        column: last.chars().count() + 1,
        why: without_values(error.message()),
    }
}

/// A message whose quoted parts are names of keys, or left out.
fn without_values(message: &str) -> String {
    let is_name = |part: &str| {
        part.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    let (mut clean, mut rest) = (String::with_capacity(message.len()), message);
    while let Some(at) = rest.find(['"', '`']) {
        let (plain, quoted) = rest.split_at(at);
        let (quote, inner) = quoted.split_at(1);
        let (part, after) = inner.split_once(quote).unwrap_or((inner, ""));
        clean.push_str(plain);
        match quote == "`" && is_name(part) {
            true => clean.push_str(&format!("`{part}`")),
            false => clean.push('…'),
        }
        rest = after;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const GOOD: &str = "address = \"hub.example:7443\"\nlisten = \"127.0.0.1:7443\"\n";

    fn read(more: &str) -> Result<Config, ConfigError> {
        let dir = TempDir::new().unwrap();
        let home = Home::new(dir.path());
        std::fs::write(home.config(), format!("{GOOD}{more}")).unwrap();
        Config::read(&home)
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_values() {
        assert!(read("").is_ok());
        for (bad, place, what) in [
            ("lissten = 1", "line 3, column 1", "unknown field `lissten`"),
            (
                "[limits]\ntexts_mib = \"canary\"",
                "line 4, column 13",
                "invalid type",
            ),
            (
                "[[notify.webhook]]\nname = \"a\"\nurl = \"ftp://x/canary\"",
                "line 5, column 7",
                "https://",
            ),
            (
                "[[notify.webhook]]\nname = \"a\"\nurl = \"https://x/canary",
                "line 5",
                "",
            ),
            (
                "[[notify.webhook]]\nname = \"a\"\nurl = [\"https://x/canary\"]",
                "line 5, column 7",
                "",
            ),
            ("\"https://x/canary\" = 1", "line 3", ""),
        ] {
            let error = read(bad).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("canary"), "{told}");
            assert!(told.contains(place) && told.contains(what), "{bad}: {told}");
            assert_eq!(error.code(), "AL-8723");
        }
    }

    #[test]
    fn messages_that_cannot_be_sent_are_told_at_the_start() {
        let error = read("[notify]\nremind_hours_before = [0]").unwrap_err();
        assert!(matches!(error, ConfigError::Notify { .. }), "{error}");
    }
}
