//! Escapes and variables in a value.

use std::collections::BTreeMap;

use super::Syntax;

/// The most bytes a value may have: what Linux takes for one string of a process's environment (128 KiB with its NUL).
pub(super) const LONGEST_VALUE: usize = 128 * 1024 - 1;

/// Which rules hold for a piece of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// No quotes: only `\$` is an escape.
    Bare,
    /// `"…"`: `\n` and `\r` are line ends, `\` before any other character makes it literal.
    Double,
    /// `'…'`: everything is literal, but `\'` is a quote that does not end the value (godotenv keeps the `\`).
    Single,
}

/// Expands the pieces of one value.
pub(super) struct Expander<'a> {
    /// The variable whose value this is.
    pub key: &'a str,
    /// What the file has set so far.
    pub vars: &'a BTreeMap<String, String>,
    /// The variables that were referred to and are not set.
    pub undefined: Vec<String>,
}

impl Expander<'_> {
    /// Appends one piece to `out`.
    pub fn append(
        &mut self,
        piece: &str,
        quoting: Quoting,
        out: &mut String,
    ) -> Result<(), Syntax> {
        match quoting {
            Quoting::Single => out.push_str(&unix_lines(piece)),
            _ => self.append_expanded(&unix_lines(piece), quoting, out)?,
        }
        if out.len() > LONGEST_VALUE {
            return Err(Syntax::TooLong {
                key: self.key.to_owned(),
                limit: LONGEST_VALUE,
            });
        }
        Ok(())
    }

    fn append_expanded(
        &mut self,
        mut rest: &str,
        quoting: Quoting,
        out: &mut String,
    ) -> Result<(), Syntax> {
        while let Some(at) = rest.find(['\\', '$']) {
            let (before, special) = rest.split_at(at);
            out.push_str(before);
            rest = if special.starts_with('\\') {
                escape(special, quoting, out)
            } else {
                self.reference(special, out)?
            };
            if out.len() > LONGEST_VALUE {
                break;
            }
        }
        out.push_str(rest);
        Ok(())
    }

    /// Expands the reference at the start of `text`, which begins with `$`, and returns what follows it.
    fn reference<'t>(&mut self, text: &'t str, out: &mut String) -> Result<&'t str, Syntax> {
        let after = text.get(1..).unwrap_or_default();
        if let Some(braced) = after.strip_prefix('{') {
            return self.braced(braced, out);
        }
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(after.len());
        let (name, rest) = after.split_at(end);
        let refers = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && !name.contains(|c: char| c.is_ascii_lowercase());
        if refers {
            self.push_variable(name, None, out);
            Ok(rest)
        } else {
            out.push('$');
            Ok(after)
        }
    }

    fn braced<'t>(&mut self, text: &'t str, out: &mut String) -> Result<&'t str, Syntax> {
        let bad = |why| Syntax::BadReference {
            key: self.key.to_owned(),
            why,
        };
        let (inside, rest) = text.split_once('}').ok_or_else(|| bad("`}` is missing"))?;
        let end = inside
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inside.len());
        let (name, operator) = inside.split_at(end);
        if !super::is_key(name) {
            return Err(bad("what stands between the braces is not a name"));
        }
        let default = match operator {
            "" => None,
            _ if operator.starts_with(":-") => operator.get(2..).map(|d| (d, true)),
            _ if operator.starts_with('-') => operator.get(1..).map(|d| (d, false)),
            _ => return Err(bad("only `:-` and `-` may follow the name")),
        };
        self.push_variable(name, default, out);
        Ok(rest)
    }

    /// `default` is the text and whether an empty variable takes it, too.
    fn push_variable(&mut self, name: &str, default: Option<(&str, bool)>, out: &mut String) {
        match (self.vars.get(name), default) {
            (Some(value), Some((default, true))) if value.is_empty() => out.push_str(default),
            (Some(value), _) => out.push_str(value),
            (None, Some((default, _))) => out.push_str(default),
            (None, None) => self.undefined.push(name.to_owned()),
        }
    }
}

/// Handles the backslash at the start of `text` and returns what follows.
fn escape<'t>(text: &'t str, quoting: Quoting, out: &mut String) -> &'t str {
    let mut chars = text.chars();
    chars.next();
    let Some(next) = chars.clone().next() else {
        out.push('\\');
        return "";
    };
    match (quoting, next) {
        (_, '$') => out.push('$'),
        (Quoting::Double, 'n') => out.push('\n'),
        (Quoting::Double, 'r') => out.push('\r'),
        (Quoting::Double, other) => out.push(other),
        _ => {
            // Outside quotes a backslash is an ordinary character, and what follows it is looked at again.
            out.push('\\');
            return chars.as_str();
        }
    }
    chars.next();
    chars.as_str()
}

/// A value over several lines has unix line ends, however the file was saved.
fn unix_lines(piece: &str) -> std::borrow::Cow<'_, str> {
    if piece.contains("\r\n") {
        piece.replace("\r\n", "\n").into()
    } else {
        piece.into()
    }
}
