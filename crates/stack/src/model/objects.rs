//! Networks, volumes, secrets and configs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Extras, is_default};
use crate::source::FileRefusal;

/// A network of the stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Network {
    /// Its name in the engine, when it is not `<stack>_<key>`.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The driver, `overlay` when empty.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Option<BTreeMap<String, String>>,
    /// Addresses.
    #[serde(skip_serializing_if = "is_default")]
    pub ipam: Ipam,
    /// Whether somebody else makes it.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Whether it has no way out.
    #[serde(skip_serializing_if = "is_default")]
    pub internal: bool,
    /// Whether plain containers may join it.
    #[serde(skip_serializing_if = "is_default")]
    pub attachable: bool,
    /// Labels.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// `x-` keys (of external networks, as in the docker CLI).
    #[serde(flatten)]
    pub extras: Extras,
}

/// Addresses of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ipam {
    /// The driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Pools.
    #[serde(skip_serializing_if = "is_default")]
    pub config: Vec<IpamPool>,
}

/// A pool of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IpamPool {
    /// The subnet, such as `10.1.0.0/24`.
    #[serde(skip_serializing_if = "is_default")]
    pub subnet: String,
}

/// A volume of the stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Volume {
    /// Its name in the engine, when it is not `<stack>_<key>`.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver; present and empty differs from absent.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Option<BTreeMap<String, String>>,
    /// Whether somebody else makes it.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// `x-` keys (of external volumes, as in the docker CLI, and `x-cluster-spec`).
    #[serde(flatten)]
    pub extras: Extras,
}

/// A secret or a config of the stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FileObject {
    /// Its name in the engine, when it is not `<stack>_<key>`.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The file with its content.
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    /// The variable with its content.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: String,
    /// Whether somebody else makes it.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Option<BTreeMap<String, String>>,
    /// The secret driver (secrets only).
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver (secrets only).
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: Option<BTreeMap<String, String>>,
    /// `golang` when the engine fills in a template.
    #[serde(skip_serializing_if = "is_default")]
    pub template_driver: String,
    /// `x-` keys.
    #[serde(flatten)]
    pub extras: Extras,
    /// What is in it, or why that is not known.
    #[serde(skip)]
    pub content: Option<Result<Content, FileRefusal>>,
}

/// Bytes of a secret or config. They never show in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content(Vec<u8>);

impl Content {
    /// Wraps bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the request body and for nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes, redacted)", self.0.len())
    }
}
