//! Changing one line of a dotenv file and leaving every other byte alone.

use super::expand::LONGEST_VALUE;
use super::{EnvError, EnvFile, is_key};

impl EnvFile {
    /// Sets `key` to `value`, taken literally: variables in it are not expanded. The last assignment of the key is rewritten
    /// in place, its comment kept; a new key gets a line at the end.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), EnvError> {
        if !is_key(key) {
            return Err(EnvError::BadKey {
                key: crate::help::excerpt(key),
            });
        }
        let bad = |why| EnvError::BadValue {
            file: self.name.clone(),
            key: key.to_owned(),
            why,
        };
        if value.contains('\0') {
            return Err(bad("it holds a NUL character"));
        }
        if value.len() > LONGEST_VALUE {
            return Err(bad("it is longer than a process's environment may hold"));
        }
        let written = quote(value);
        let mut source = self.source.clone();
        match self.last(key) {
            Some(entry) => source.replace_range(entry.value_span.clone(), &written),
            None => {
                if !source.is_empty() && !source.ends_with('\n') {
                    source.push('\n');
                }
                source.push_str(&format!("{key}={written}\n"));
            }
        }
        let changed = Self::parse(&self.name, &source)?;
        // What was written must read back as what was asked for, or the file stays as it is.
        if changed.get(key) != Some(value) {
            return Err(bad("it would not read back as it is"));
        }
        *self = changed;
        Ok(())
    }

    /// Removes every assignment of `key`, with its lines. Returns whether there was one.
    pub fn unset(&mut self, key: &str) -> Result<bool, EnvError> {
        let spans: Vec<_> = self
            .entries
            .iter()
            .filter(|e| e.key == key)
            .map(|e| e.span.clone())
            .collect();
        let mut source = self.source.clone();
        for span in spans.iter().rev() {
            source.replace_range(span.clone(), "");
        }
        *self = Self::parse(&self.name, &source)?;
        Ok(!spans.is_empty())
    }
}

/// Writes a value so that this module, abra and a shell read it back as it is.
pub fn quote(value: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '.' | '/' | ':' | '@' | '%' | '+' | ',' | '=' | '-')
    };
    if value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\\', '\n', '\r']) {
        return format!("'{value}'");
    }
    let mut out = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' | '$' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
