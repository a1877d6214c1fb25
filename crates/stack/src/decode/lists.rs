//! Lists, and the fields that are a list or a mapping.

use std::collections::{BTreeMap, HashSet};

use super::cursor::Cursor;
use crate::error::StackError;
use crate::model::Environment;
use crate::types::shell::split_words;
use crate::yaml::Value;

impl Cursor<'_> {
    /// A list of texts.
    pub fn strings(&self) -> Result<Vec<String>, StackError> {
        self.items("a list of texts")?
            .iter()
            .map(Cursor::string)
            .collect()
    }

    /// A list of texts in which none stands twice.
    pub fn unique_strings(&self) -> Result<Vec<String>, StackError> {
        self.refuse_repeats()?;
        self.strings()
    }

    /// One text, or a list of texts in which none stands twice.
    pub fn string_or_list(&self) -> Result<Vec<String>, StackError> {
        match &self.node.value {
            Value::Text(text) => Ok(vec![text.clone()]),
            Value::List(_) => self.unique_strings(),
            _ => Err(self.wrong("a text or a list of texts")),
        }
    }

    /// A list of texts and numbers in which none stands twice.
    pub fn strings_or_numbers(&self) -> Result<Vec<String>, StackError> {
        self.refuse_repeats()?;
        self.items("a list of texts or numbers")?
            .iter()
            .map(|item| {
                item.printed()?
                    .ok_or_else(|| item.wrong("a text or a number"))
            })
            .collect()
    }

    /// The docker CLI refuses a list with the same item twice where a set is meant.
    pub fn refuse_repeats(&self) -> Result<(), StackError> {
        let mut seen = HashSet::new();
        for item in self.items("a list")? {
            if !seen.insert(item.node.to_json().to_string()) {
                return Err(item.bad("it stands twice in this list"));
            }
        }
        Ok(())
    }

    /// A command: a text that is split into words, or a list.
    pub fn command(&self) -> Result<Vec<String>, StackError> {
        match &self.node.value {
            Value::Text(text) => split_words(text)
                .map_err(|reason| self.bad(format!("cannot split it into words: {reason}"))),
            Value::List(_) => self.strings(),
            _ => Err(self.wrong("a text or a list of texts")),
        }
    }

    /// `KEY=value` texts or a mapping; a key without value is `None`.
    pub fn environment(&self) -> Result<Environment, StackError> {
        self.pairs(|_| None)
    }

    /// `key=value` texts or a mapping; a key without value is empty.
    pub fn labels(&self) -> Result<BTreeMap<String, String>, StackError> {
        Ok(self
            .pairs(|_| Some(String::new()))?
            .into_iter()
            .map(|(k, v)| (k, v.unwrap_or_default()))
            .collect())
    }

    fn pairs(&self, absent: impl Fn(&str) -> Option<String>) -> Result<Environment, StackError> {
        match &self.node.value {
            Value::Map(_) => {
                let entries = self.entries("a mapping")?;
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        Ok((key.clone(), value.printed()?.or_else(|| absent(&key))))
                    })
                    .collect()
            }
            Value::List(_) => {
                let split = |text: String| match text.split_once('=') {
                    Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                    None => (text.clone(), absent(&text)),
                };
                Ok(self.unique_strings()?.into_iter().map(split).collect())
            }
            _ => Err(self.wrong("a mapping or a list of `key=value` texts")),
        }
    }

    /// `host:ip` or `host=ip` texts or a mapping; a mapping is sorted, and a host without address
    /// is left out.
    pub fn extra_hosts(&self) -> Result<Vec<String>, StackError> {
        match &self.node.value {
            Value::Map(_) => {
                let mut hosts = Vec::new();
                for (host, value) in self.entries("a mapping")? {
                    // Go's `%s` of a number prints a complaint; a number is no address anyway.
                    match &value.node.value {
                        Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Time(_) => {
                            return Err(value.wrong("an IP address (a text)"));
                        }
                        _ => hosts.extend(value.printed()?.map(|ip| format!("{host}:{ip}"))),
                    }
                }
                hosts.sort();
                Ok(hosts)
            }
            Value::List(_) => {
                self.refuse_repeats()?;
                let mut hosts = Vec::new();
                for item in self.items("a list of texts")? {
                    let line = item.string()?;
                    match line.split_once('=').or_else(|| line.split_once(':')) {
                        Some((host, ip)) => hosts.push(format!("{host}:{ip}")),
                        None => item.ignored(": it has no address"),
                    }
                }
                Ok(hosts)
            }
            _ => Err(self.wrong("a mapping or a list of `host:ip` texts")),
        }
    }

    /// A mapping of options, numbers printed as text.
    pub fn options(&self) -> Result<BTreeMap<String, String>, StackError> {
        let entries = self.entries("a mapping")?;
        entries
            .into_iter()
            .map(|(key, value)| Ok((key, value.printed()?.unwrap_or_default())))
            .collect()
    }
}
