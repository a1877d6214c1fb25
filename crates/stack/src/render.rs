//! The model as one document, as `docker stack config` prints it.

use serde_json::Value;

use crate::model::Compose;

/// The loaded stack as one compose document: merged, interpolated, short forms made long.
///
/// Paths in `file:` stay relative to the recipe; `docker stack config` makes them absolute.
pub fn render(model: &Compose) -> Value {
    // A model has text keys and finite numbers only, so there is nothing that can fail.
    serde_json::to_value(model).unwrap_or_default()
}
