//! YAML as the docker CLI reads it, with a place for every node.
//!
//! The parser is `granit-parser`; what plain words mean (integers in YAML 1.1 octal, `yes` as
//! text, timestamps) and how `<<` merges follows Go's yaml.v3, which the docker CLI uses.

mod go_float;
mod merge;
mod parse;
mod scalar;
mod timestamp;

use serde_json::Value as Json;

pub(crate) use go_float::format_float;
pub(crate) use parse::parse;

/// Line and column of a node, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub line: u32,
    pub column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub mark: Mark,
    pub value: Value,
    /// Whether variables were put into this text. Such a text may stand where a number, a
    /// boolean or a duration is asked for.
    pub interpolated: bool,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer over `i64::MAX`.
    UInt(u64),
    Float(f64),
    /// A date or time, in the form Go prints it.
    Time(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub mark: Mark,
    pub value: Node,
}

impl Node {
    pub fn new(mark: Mark, value: Value) -> Self {
        Self {
            mark,
            value,
            interpolated: false,
        }
    }

    /// The entry of a mapping, if this is a mapping and has it.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == key),
            _ => None,
        }
    }

    /// What stands here, in words for an error.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(b) => format!("the boolean {b}"),
            Value::Int(i) => format!("the number {i}"),
            Value::UInt(u) => format!("the number {u}"),
            Value::Float(f) => format!("the number {}", format_float(*f)),
            Value::Time(_) => "a date".to_owned(),
            Value::Text(_) if self.interpolated => "text from variables".to_owned(),
            Value::Text(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
            Value::Text(_) => "a text".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The node as JSON, for `x-` extensions.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(i) => (*i).into(),
            Value::UInt(u) => (*u).into(),
            Value::Float(f) => serde_json::Number::from_f64(*f).map_or(Json::Null, Json::Number),
            Value::Time(text) | Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|e| (e.key.clone(), e.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}
