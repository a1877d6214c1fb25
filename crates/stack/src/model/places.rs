//! Where the keys of a document stand.

use std::collections::BTreeMap;

use crate::error::Place;

/// Places by path, such as `services.app.networks`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// Remembers a place; a later file replaces what an earlier one said.
    pub(crate) fn record(&mut self, path: String, place: Place) {
        self.0.insert(path, place);
    }

    /// Takes over the places of a later file.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The place of `path`, or of the nearest path above it that is known.
    pub fn nearest(&self, path: &str) -> Option<Place> {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return Some(place.clone());
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}
