//! Networks, secrets and configs.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::is_default;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// Body of `POST /networks/create`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSpec {
    /// Name in the engine.
    pub name: String,
    /// Driver, `overlay` unless the stack says otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// No way out.
    #[serde(skip_serializing_if = "is_default")]
    pub internal: bool,
    /// Plain containers may join.
    #[serde(skip_serializing_if = "is_default")]
    pub attachable: bool,
    /// Addresses.
    #[serde(rename = "IPAM", skip_serializing_if = "is_default")]
    pub ipam: Option<IpamSpec>,
    /// Driver options.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
    /// Labels.
    pub labels: Labels,
}

/// Addresses of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IpamSpec {
    /// Driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Pools.
    #[serde(skip_serializing_if = "is_default")]
    pub config: Vec<IpamPoolSpec>,
}

/// A pool of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IpamPoolSpec {
    /// Subnet.
    #[serde(skip_serializing_if = "is_default")]
    pub subnet: String,
}

/// A driver and its options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Driver {
    /// Name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Options.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
}

/// Body of `POST /secrets/create`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SecretSpec {
    /// Name in the engine.
    pub name: String,
    /// Labels.
    pub labels: Labels,
    /// Content; empty when a driver has it.
    #[serde(skip_serializing_if = "is_default")]
    pub data: Data,
    /// Where the content comes from instead.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: Option<Driver>,
    /// Who fills in a template.
    #[serde(skip_serializing_if = "is_default")]
    pub templating: Option<Driver>,
}

/// Body of `POST /configs/create`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ConfigSpec {
    /// Name in the engine.
    pub name: String,
    /// Labels.
    pub labels: Labels,
    /// Content.
    #[serde(skip_serializing_if = "is_default")]
    pub data: Data,
    /// Who fills in a template.
    #[serde(skip_serializing_if = "is_default")]
    pub templating: Option<Driver>,
}

/// Content of a secret or config: base64 in JSON, never shown in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Data(Vec<u8>);

impl Data {
    /// Wraps bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, to compare or to send.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} bytes, redacted)", self.0.len())
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
