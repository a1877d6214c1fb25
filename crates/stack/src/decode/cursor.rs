//! A node with the path that leads to it, and the scalars it can be read as.

use std::collections::BTreeMap;

use super::Context;
use crate::error::StackError;
use crate::model::Extras;
use crate::types::GoDuration;
use crate::types::size::parse_size;
use crate::warning::WarningKind;
use crate::yaml::{Mark, Node, Value, format_float};

/// How deep places are remembered: `services.app.networks.internal`.
const PLACES_DEPTH: usize = 4;

/// A node, where it is in the document and what is collected on the way.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub ctx: &'a Context,
    pub node: &'a Node,
    /// Where the key stands, or the value in a list.
    pub mark: Mark,
    pub path: String,
}

impl<'a> Cursor<'a> {
    pub fn root(node: &'a Node, ctx: &'a Context) -> Self {
        Self {
            ctx,
            node,
            mark: node.mark,
            path: String::new(),
        }
    }

    fn child(&self, key: &str, mark: Mark, node: &'a Node) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        if path.split('.').count() <= PLACES_DEPTH {
            self.ctx.record(&path, mark);
        }
        Self {
            ctx: self.ctx,
            node,
            mark,
            path,
        }
    }

    pub fn get(&self, key: &str) -> Option<Self> {
        self.node
            .get(key)
            .map(|e| self.child(key, e.mark, &e.value))
    }

    pub fn is_null(&self) -> bool {
        self.node.value == Value::Null
    }

    // --- errors and warnings

    pub fn wrong(&self, expected: &'static str) -> StackError {
        StackError::WrongType {
            place: self.ctx.place(self.node.mark),
            path: self.path.clone(),
            expected,
            found: self.node.describe(),
        }
    }

    pub fn bad(&self, reason: impl Into<String>) -> StackError {
        StackError::BadValue {
            place: Some(self.ctx.place(self.node.mark)),
            path: self.path.clone(),
            reason: reason.into(),
        }
    }

    pub fn conflict(&self, reason: impl Into<String>) -> StackError {
        StackError::Conflict {
            place: Some(self.ctx.place(self.mark)),
            path: self.path.clone(),
            reason: reason.into(),
        }
    }

    pub fn forbidden(&self, option: &str, instead: &'static str) -> StackError {
        StackError::Forbidden {
            place: self.ctx.place(self.mark),
            path: self.path.clone(),
            option: option.to_owned(),
            instead,
        }
    }

    pub fn warn(&self, kind: WarningKind, message: impl Into<String>) {
        self.ctx.warn(kind, &self.path, self.mark, message);
    }

    /// A key that no compose file version knows.
    pub fn unknown(&self) {
        self.warn(
            WarningKind::UnknownKey,
            "this key is unknown and has no effect",
        );
    }

    /// An option that swarm ignores.
    pub fn ignored(&self, why: &str) {
        self.warn(WarningKind::Ignored, format!("swarm ignores this{why}"));
    }

    // --- mappings and lists

    /// Calls `f` for each key that does not begin with `x-`.
    pub fn each(
        &self,
        mut f: impl FnMut(&str, Cursor<'a>) -> Result<(), StackError>,
    ) -> Result<(), StackError> {
        let Value::Map(entries) = &self.node.value else {
            return Err(self.wrong("a mapping"));
        };
        for entry in entries.iter().filter(|e| !e.key.starts_with("x-")) {
            f(&entry.key, self.child(&entry.key, entry.mark, &entry.value))?;
        }
        Ok(())
    }

    /// Every key with its cursor, `x-` included.
    pub fn entries(&self, expected: &'static str) -> Result<Vec<(String, Cursor<'a>)>, StackError> {
        match &self.node.value {
            Value::Map(entries) => Ok(entries
                .iter()
                .map(|e| (e.key.clone(), self.child(&e.key, e.mark, &e.value)))
                .collect()),
            _ => Err(self.wrong(expected)),
        }
    }

    /// The `x-` keys of a mapping.
    pub fn extras(&self) -> Extras {
        match &self.node.value {
            Value::Map(entries) => entries
                .iter()
                .filter(|e| e.key.starts_with("x-"))
                .map(|e| (e.key.clone(), e.value.to_json()))
                .collect(),
            _ => Extras::new(),
        }
    }

    /// A mapping from any keys to things.
    pub fn keyed<T>(
        &self,
        read: impl Fn(&str, &Cursor<'a>) -> Result<T, StackError>,
    ) -> Result<BTreeMap<String, T>, StackError> {
        let entries = self.entries("a mapping")?;
        entries
            .into_iter()
            .map(|(key, cursor)| Ok((key.clone(), read(&key, &cursor)?)))
            .collect()
    }

    /// A mapping from names (letters, digits, `.`, `_`, `-`) to things.
    pub fn named<T>(
        &self,
        read: impl Fn(&str, &Cursor<'a>) -> Result<T, StackError>,
    ) -> Result<BTreeMap<String, T>, StackError> {
        self.keyed(|name, cursor| {
            let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if name.is_empty() || !name.chars().all(usable) {
                let reason =
                    format!("{name:?} is no name here: use letters, digits, `.`, `_` and `-`");
                return Err(cursor.bad(reason));
            }
            read(name, cursor)
        })
    }

    /// The items of a list.
    pub fn items(&self, expected: &'static str) -> Result<Vec<Cursor<'a>>, StackError> {
        match &self.node.value {
            Value::List(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(i, node)| Cursor {
                    ctx: self.ctx,
                    node,
                    mark: node.mark,
                    path: format!("{}[{i}]", self.path),
                })
                .collect()),
            _ => Err(self.wrong(expected)),
        }
    }

    // --- scalars

    pub fn string(&self) -> Result<String, StackError> {
        match &self.node.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_) | Value::Time(_) => {
                Err(self.wrong("a text (put it in quotes)"))
            }
            _ => Err(self.wrong("a text")),
        }
    }

    /// A text, number or null as docker prints it; `None` for null.
    pub fn printed(&self) -> Result<Option<String>, StackError> {
        Ok(Some(match &self.node.value {
            Value::Text(text) | Value::Time(text) => text.clone(),
            Value::Int(i) => i.to_string(),
            Value::UInt(u) => u.to_string(),
            Value::Float(f) => format_float(*f),
            Value::Null => return Ok(None),
            _ => return Err(self.wrong("a text, a number or nothing")),
        }))
    }

    pub fn boolean(&self) -> Result<bool, StackError> {
        match &self.node.value {
            Value::Bool(value) => Ok(*value),
            Value::Text(text) if self.node.interpolated => match text.to_lowercase().as_str() {
                "y" | "yes" | "true" | "on" => Ok(true),
                "n" | "no" | "false" | "off" => Ok(false),
                _ => Err(self.wrong("true or false")),
            },
            _ => Err(self.wrong("true or false (without quotes)")),
        }
    }

    pub fn integer(&self) -> Result<i64, StackError> {
        match &self.node.value {
            Value::Int(value) => Ok(*value),
            #[allow(clippy::cast_possible_truncation, reason = "whole and in range")]
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Ok(*f as i64),
            Value::Text(text) if self.node.interpolated => {
                text.parse().map_err(|_| self.wrong("a whole number"))
            }
            _ => Err(self.wrong("a whole number (without quotes)")),
        }
    }

    pub fn unsigned(&self) -> Result<u64, StackError> {
        u64::try_from(self.integer()?).map_err(|_| self.bad("it must not be negative"))
    }

    pub fn u32(&self) -> Result<u32, StackError> {
        u32::try_from(self.integer()?).map_err(|_| self.bad("it must be between 0 and 4294967295"))
    }

    pub fn float(&self) -> Result<f64, StackError> {
        match &self.node.value {
            #[allow(clippy::cast_precision_loss, reason = "a ratio")]
            Value::Int(value) => Ok(*value as f64),
            Value::Float(value) => Ok(*value),
            Value::Text(text) if self.node.interpolated => text
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite())
                .ok_or_else(|| self.wrong("a number")),
            _ => Err(self.wrong("a number (without quotes)")),
        }
    }

    pub fn duration(&self) -> Result<GoDuration, StackError> {
        const FORM: &str = "a duration such as 30s, 1m30s or 500ms";
        match &self.node.value {
            Value::Text(text) => GoDuration::parse(text).ok_or_else(|| self.wrong(FORM)),
            _ => Err(self.wrong(FORM)),
        }
    }

    pub fn size(&self) -> Result<i64, StackError> {
        const FORM: &str = "a size such as 512M or 1gb";
        match &self.node.value {
            Value::Text(text) => parse_size(text).ok_or_else(|| self.wrong(FORM)),
            _ => Err(self.wrong(FORM)),
        }
    }
}
