//! The `<<` key.

use super::{Entry, Node, Value};

/// Puts the entries of the mappings under `<<` into `entries`: what stands there explicitly
/// wins, then the earlier mapping of a list.
///
/// # Errors
/// A sentence when the value of `<<` is neither a mapping nor a list of mappings.
pub(super) fn merge_into(entries: &mut Vec<Entry>, merged: Node) -> Result<(), &'static str> {
    match merged.value {
        Value::Map(source) => {
            add_missing(entries, source);
            Ok(())
        }
        Value::List(items) => {
            for item in items {
                match item.value {
                    Value::Map(source) => add_missing(entries, source),
                    _ => return Err("`<<` takes a mapping or a list of mappings"),
                }
            }
            Ok(())
        }
        _ => Err("`<<` takes a mapping or a list of mappings"),
    }
}

fn add_missing(entries: &mut Vec<Entry>, source: Vec<Entry>) {
    let known: std::collections::HashSet<String> = entries.iter().map(|e| e.key.clone()).collect();
    entries.extend(source.into_iter().filter(|e| !known.contains(&e.key)));
}
