//! The `key=value` pairs in a comment after a value (reference 2.4).

use std::collections::BTreeMap;

/// What the comment after a value asks for, for example `# length=32 charset=hex generate=false`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Modifiers(BTreeMap<String, String>);

impl Modifiers {
    /// Reads the pairs of a comment and leaves its other words alone.
    pub fn parse(comment: &str) -> Self {
        let pairs = comment
            .split_whitespace()
            .filter_map(|word| word.split_once('='));
        Self(
            pairs
                .filter(|(key, value)| !key.is_empty() && !value.is_empty())
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        )
    }

    /// The value of one modifier.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every modifier, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Takes over what `other` says; where both say something, `other` wins.
    pub fn merge(&mut self, other: &Self) {
        self.0
            .extend(other.0.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
}
