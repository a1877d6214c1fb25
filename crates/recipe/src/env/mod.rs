//! dotenv files: the `.env` of an app and the `.env.sample` of a recipe (reference 2.2).
//!
//! The format is the one of abra's fork of Go's `godotenv`: `KEY=value` lines (an `export` before and a `:` instead of `=`
//! are accepted), values bare, in `'…'` (literal) or in `"…"` (with `\n`, `\r`, `\"`, `\\`, `\$`), over several lines
//! where quoted; `$VAR` and `${VAR}` refer to what stands earlier in the same file and to nothing else; a key may come many
//! times, also in terms of itself, and the last one wins; a comment after a value may hold modifiers (`# length=32`).
//!
//! Where `godotenv` does something that nobody can want, this module differs, always on the forgiving side:
//!
//! | text | godotenv | here |
//! |---|---|---|
//! | `A=x # length=3 # note` | the value is `x # length=3` | the comment begins at the first `#` after a blank |
//! | `A= # note` | the value is `# note` | the value is empty |
//! | `'it'"'"'s'` (Python's `shlex.quote`) | error | the quoted pieces are joined |
//! | `A='x\'` | an unterminated quote | the value is `x\`, unless the line goes on after it |
//! | `A=$2y$10$…` (a password hash) | parts vanish | `$` before a digit or a small letter is literal |
//! | `${A:-x}`, `${A-x}` | garbage | the default |
//! | a variable that the file does not set | taken from the process | empty, and listed by [`EnvFile::undefined`] |
//!
//! An existing crate was looked for. `dotenvy` and its kin read the process environment while they expand, keep neither
//! comments nor positions nor repeated keys, and cannot write one line back, so they would have served for none of this.

mod edit;
mod error;
mod expand;
mod modifiers;
mod parse;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

pub use edit::quote;
pub use error::{EnvError, Syntax};
pub use modifiers::Modifiers;

/// A dotenv file: its text, byte for byte, and what the text says.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvFile {
    name: String,
    source: String,
    entries: Vec<Entry>,
    optional: Vec<OptionalEntry>,
    undefined: Vec<Undefined>,
}

/// One assignment.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The variable's name.
    pub key: String,
    /// Its value, quotes taken off and variables expanded.
    pub value: String,
    /// The comment after the value, without `#`.
    pub comment: Option<String>,
    /// The lines of comment directly above, without `#`, the first line first.
    pub above: Vec<String>,
    /// The modifiers in the comment.
    pub modifiers: Modifiers,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The bytes of the value as written, quotes included.
    value_span: Range<usize>,
    /// The bytes of all lines of the assignment, line end included.
    span: Range<usize>,
}

/// An assignment that is commented out, as samples offer optional settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalEntry {
    /// The variable's name.
    pub key: String,
    /// The text after `=`, as written.
    pub raw: String,
    /// The modifiers in a comment after it.
    pub modifiers: Modifiers,
    /// The line, from 1.
    pub line: usize,
}

/// A reference to a variable that nothing before it in the file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undefined {
    /// The variable that is not set.
    pub name: String,
    /// The key in whose value it stands.
    pub key: String,
    /// The line on which that key is assigned, from 1.
    pub line: usize,
}

impl EnvFile {
    /// Reads a file. `name` is what errors call it, for example `blog.example.com.env`.
    pub fn parse(name: &str, source: &str) -> Result<Self, EnvError> {
        let parsed = parse::parse(name, source)?;
        Ok(Self {
            name: name.to_owned(),
            source: source.to_owned(),
            entries: parsed.entries,
            optional: parsed.optional,
            undefined: parsed.undefined,
        })
    }

    /// Reads a file from bytes, which must be UTF-8 and at most `limit` bytes long.
    pub fn parse_bytes(name: &str, bytes: &[u8], limit: u64) -> Result<Self, EnvError> {
        let size = bytes.len() as u64;
        if size > limit {
            return Err(EnvError::TooLarge {
                file: name.to_owned(),
                size,
                limit,
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let good = bytes.get(..e.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|b| **b == b'\n').count();
            EnvError::NotText {
                file: name.to_owned(),
                line,
            }
        })?;
        Self::parse(name, text)
    }

    /// A file with nothing in it.
    pub fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: String::new(),
            entries: Vec::new(),
            optional: Vec::new(),
            undefined: Vec::new(),
        }
    }

    /// What errors call this file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, byte for byte as read or as edited since.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value that counts for `key`: the last one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.last(key).map(|entry| entry.value.as_str())
    }

    /// Every assignment in the order of the file, repeated keys included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The assignments that are commented out.
    pub fn optional_entries(&self) -> &[OptionalEntry] {
        &self.optional
    }

    /// References to variables that the file does not set before.
    pub fn undefined(&self) -> &[Undefined] {
        &self.undefined
    }

    /// What the file sets: each key with its last value.
    pub fn vars(&self) -> BTreeMap<String, String> {
        self.entries
            .iter()
            .map(|e| (e.key.clone(), e.value.clone()))
            .collect()
    }

    /// The modifiers that stand after any assignment of `key`, the last word winning.
    pub fn modifiers(&self, key: &str) -> Modifiers {
        let mut all = Modifiers::default();
        for entry in self.entries.iter().filter(|e| e.key == key) {
            all.merge(&entry.modifiers);
        }
        all
    }

    fn last(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }
}

impl fmt::Display for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

// An app's env may hold what should have been a secret, so debug output names keys only.
impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvFile")
            .field("name", &self.name)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// Whether `text` may be the name of a variable: a letter or `_`, then letters, digits, `_` and `.`.
pub fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

#[cfg(test)]
mod tests;
