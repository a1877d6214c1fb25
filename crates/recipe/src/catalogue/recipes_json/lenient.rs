//! Values as people and old programs wrote them.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Services;

/// A text: a number and a boolean are written out, anything else is empty.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => if yes { "Yes" } else { "No" }.to_owned(),
        _ => String::new(),
    })
}

/// A whole number, or a text that begins with one (`3, beta`); 0 for anything else.
pub(super) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64().unwrap_or_default(),
        Value::String(text) => leading(&text),
        _ => 0,
    })
}

fn leading(text: &str) -> i64 {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end)
        .and_then(|n| n.parse().ok())
        .unwrap_or_default()
}

/// An object of a known form, or its default where there is none.
pub(super) fn object<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(T::deserialize(Value::deserialize(from)?).unwrap_or_default())
}

/// Versions: `null` is none; a single object with all of them is taken, too.
pub(super) fn versions<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<BTreeMap<String, Services>>, D::Error> {
    let items = match Value::deserialize(from)? {
        Value::Array(items) => items,
        whole @ Value::Object(_) => vec![whole],
        _ => Vec::new(),
    };
    let pairs = items.into_iter().filter_map(|item| match item {
        Value::Object(entries) => Some(entries),
        _ => None,
    });
    Ok(pairs
        .flatten()
        .map(|(tag, services)| BTreeMap::from([(tag, read_services(services))]))
        .collect())
}

fn read_services(value: Value) -> Services {
    let Value::Object(entries) = value else {
        return Services::new();
    };
    entries
        .into_iter()
        .filter_map(|(name, meta)| Some((name, Deserialize::deserialize(meta).ok()?)))
        .collect()
}

/// The top level. A key that stands twice keeps its last value.
pub(super) fn map(bytes: &[u8]) -> Result<BTreeMap<String, Value>, serde_json::Error> {
    serde_json::from_slice(bytes)
}
