//! Two catalogues, held against each other.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What differs: a line for each field, with the recipe that it is of.
pub fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let (Some(wanted), Some(found)) = (wanted.as_object(), found.as_object()) else {
        return vec!["it is no object of recipes".to_owned()];
    };
    for recipe in keys(wanted, found) {
        compare(
            wanted.get(recipe),
            found.get(recipe),
            "",
            &mut |field, what| {
                let field = if field.is_empty() {
                    String::new()
                } else {
                    format!(" {field}")
                };
                all.push(format!("{recipe}:{field}{what}"));
            },
        );
    }
    all
}

fn keys<'a>(a: &'a Map<String, Value>, b: &'a Map<String, Value>) -> BTreeSet<&'a String> {
    a.keys().chain(b.keys()).collect()
}

fn compare(
    wanted: Option<&Value>,
    found: Option<&Value>,
    field: &str,
    tell: &mut impl FnMut(&str, &str),
) {
    let colon = if field.is_empty() { "" } else { ":" };
    match (wanted, found) {
        (Some(_), None) => tell(field, &format!("{colon} is not there")),
        (None, Some(_)) => tell(field, &format!("{colon} nobody wanted it")),
        (Some(Value::Object(wanted)), Some(Value::Object(found))) => {
            let dot = if field.is_empty() { "" } else { "." };
            for key in keys(wanted, found) {
                let field = format!("{field}{dot}{key}");
                compare(wanted.get(key), found.get(key), &field, tell);
            }
        }
        (Some(Value::Array(wanted)), Some(Value::Array(found))) => {
            for at in 0..wanted.len().max(found.len()) {
                compare(
                    wanted.get(at),
                    found.get(at),
                    &format!("{field}[{at}]"),
                    tell,
                );
            }
        }
        (Some(wanted), Some(found)) if wanted != found => {
            tell(field, &format!(" is {found}, not {wanted}"));
        }
        _ => {}
    }
}
