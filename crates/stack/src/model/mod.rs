//! The compose model: what the files of a stack say once they are read, typed and merged.
//!
//! Every struct serialises to the form that `docker stack config` prints: empty fields are left
//! out, durations are text, sizes are text.

mod deploy;
mod objects;
mod places;
mod service;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use deploy::*;
pub use objects::*;
pub use places::Places;
pub use service::*;

/// `x-` keys and their values.
pub type Extras = BTreeMap<String, Value>;

/// A stack, loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compose {
    /// The compose file version, `3.13` when the files give none.
    pub version: String,
    /// Services by their name in the file.
    pub services: BTreeMap<String, Service>,
    /// Networks by their name in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub networks: BTreeMap<String, Network>,
    /// Volumes by their name in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Volume>,
    /// Secrets by their name in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, FileObject>,
    /// Configs by their name in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, FileObject>,
    /// Top-level `x-` keys of the first file.
    #[serde(flatten)]
    pub extras: Extras,
    /// Where things stand, for errors found later.
    #[serde(skip)]
    pub places: Places,
}

/// For `skip_serializing_if`: whether a value is what Go's `omitempty` leaves out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
