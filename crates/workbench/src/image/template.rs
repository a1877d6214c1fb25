//! A text with variables: what it comes to, and which bytes of it each part of that came from.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::limits::{MAX_IMAGE_TEXT, MAX_TEMPLATE_DEPTH};

/// Where a part of the result came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It stands there as it is, at these bytes of the text.
    Typed(Range<usize>),
    /// It is the default of a variable that the sample does not set, at these bytes of the text.
    Default(String, Range<usize>),
    /// The sample sets the variable.
    Sample(String),
    /// It is made from several pieces: a default within a default, `$$`.
    Made,
}

/// A part of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes in the result.
    pub range: Range<usize>,
    /// Where it came from.
    pub origin: Origin,
}

/// A text with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What it comes to.
    pub value: String,
    /// The parts of that, in order, without gaps.
    pub parts: Vec<Part>,
}

/// Why a text comes to nothing that can be known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A variable that neither the sample nor a default gives a value.
    #[error("the variable {0} has neither a default nor a value in the sample")]
    Unset(String),
    /// A `$` that starts no variable, or braces that do not close.
    #[error("a `$` in it starts no variable")]
    Broken,
    /// It is too long, or nested too deep.
    #[error("it is longer or deeper than any image")]
    TooMuch,
}

impl Template {
    /// Fills in a text's variables from the sample and their defaults.
    ///
    /// # Errors
    /// What it comes to cannot be known.
    pub fn fill(text: &str, sample: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let mut filled = Self {
            value: String::new(),
            parts: Vec::new(),
        };
        for (range, piece) in pieces(text)? {
            let (value, origin) = piece.value(text, range, sample)?;
            filled.push(&value, origin)?;
        }
        Ok(filled)
    }

    fn push(&mut self, value: &str, origin: Origin) -> Result<(), TemplateError> {
        let start = self.value.len();
        self.value.push_str(value);
        if self.value.len() > MAX_IMAGE_TEXT {
            return Err(TemplateError::TooMuch);
        }
        let range = start..self.value.len();
        self.parts.push(Part { range, origin });
        Ok(())
    }

    /// The part that holds all of these bytes of the result, if one does.
    #[must_use]
    pub fn part(&self, range: &Range<usize>) -> Option<&Part> {
        self.parts
            .iter()
            .find(|part| part.range.start <= range.start && range.end <= part.range.end)
    }
}

/// Every variable of a text that has a default of plain text, with that default's bytes in the text.
#[must_use]
pub fn defaults(text: &str) -> Vec<(String, Range<usize>)> {
    let Ok(pieces) = pieces(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (_, piece) in pieces {
        if let Piece::Variable {
            name,
            operator: Operator::IfEmpty | Operator::IfUnset,
            rest,
        } = piece
        {
            let nested = text.get(rest.clone()).unwrap_or_default();
            found.extend(
                defaults(nested)
                    .into_iter()
                    .map(|(name, r)| (name, rest.start + r.start..rest.start + r.end)),
            );
            found.push((name, rest));
        }
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `${A}`
    None,
    /// `${A:-b}`
    IfEmpty,
    /// `${A-b}`
    IfUnset,
    /// `${A:?e}`, `${A?e}`
    Required,
    /// `${A:+b}`, `${A+b}`
    Alternative,
}

#[derive(Debug)]
enum Piece {
    Text,
    Dollar,
    Variable {
        name: String,
        operator: Operator,
        /// The bytes after the operator.
        rest: Range<usize>,
    },
}

impl Piece {
    fn value(
        self,
        text: &str,
        range: Range<usize>,
        sample: &BTreeMap<String, String>,
    ) -> Result<(String, Origin), TemplateError> {
        let (name, operator, rest) = match self {
            Self::Text => {
                let typed = text.get(range.clone()).unwrap_or_default();
                return Ok((typed.to_owned(), Origin::Typed(range)));
            }
            Self::Dollar => return Ok(("$".to_owned(), Origin::Made)),
            Self::Variable {
                name,
                operator,
                rest,
            } => (name, operator, rest),
        };
        let set = sample.get(&name);
        let filled = set.filter(|value| !value.is_empty());
        let default = text.get(rest.clone()).unwrap_or_default();
        match operator {
            Operator::IfEmpty | Operator::IfUnset => {
                let value = if operator == Operator::IfEmpty {
                    filled
                } else {
                    set
                };
                match value {
                    Some(value) => Ok((value.clone(), Origin::Sample(name))),
                    None if default.contains('$') => {
                        Ok((Template::fill(default, sample)?.value, Origin::Made))
                    }
                    None => Ok((default.to_owned(), Origin::Default(name, rest))),
                }
            }
            Operator::Alternative if filled.is_none() => Ok((String::new(), Origin::Made)),
            Operator::Alternative => Ok((Template::fill(default, sample)?.value, Origin::Made)),
            Operator::None | Operator::Required => match filled {
                Some(value) => Ok((value.clone(), Origin::Sample(name))),
                None => Err(TemplateError::Unset(name)),
            },
        }
    }
}

/// Takes a text apart into plain pieces and variables.
fn pieces(text: &str) -> Result<Vec<(Range<usize>, Piece)>, TemplateError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let piece = match rest.find('$') {
            Some(0) => variable(text, at)?,
            dollar => (at..dollar.map_or(text.len(), |d| at + d), Piece::Text),
        };
        at = piece.0.end;
        pieces.push(piece);
    }
    Ok(pieces)
}

/// The variable at a `$`.
fn variable(text: &str, at: usize) -> Result<(Range<usize>, Piece), TemplateError> {
    let rest = text.get(at + 1..).unwrap_or_default();
    if rest.starts_with('$') {
        return Ok((at..at + 2, Piece::Dollar));
    }
    if !rest.starts_with('{') {
        let length = name_length(rest);
        if length == 0 {
            return Err(TemplateError::Broken);
        }
        let end = at + 1 + length;
        let piece = Piece::Variable {
            name: rest.get(..length).unwrap_or_default().to_owned(),
            operator: Operator::None,
            rest: end..end,
        };
        return Ok((at..end, piece));
    }
    let close = at + 2 + closing(rest.get(1..).unwrap_or_default())?;
    let body = text.get(at + 2..close).unwrap_or_default();
    let length = name_length(body);
    let (operator, skip) = operator(body.get(length..).unwrap_or_default());
    let (Some(name), Some(skip)) = (body.get(..length).filter(|n| !n.is_empty()), skip) else {
        return Err(TemplateError::Broken);
    };
    let piece = Piece::Variable {
        name: name.to_owned(),
        operator,
        rest: at + 2 + length + skip..close,
    };
    Ok((at..close + 1, piece))
}

fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(u8::is_ascii_digit) {
        return 0;
    }
    bytes
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count()
}

fn operator(text: &str) -> (Operator, Option<usize>) {
    for (sign, operator) in [
        (":-", Operator::IfEmpty),
        ("-", Operator::IfUnset),
        (":?", Operator::Required),
        ("?", Operator::Required),
        (":+", Operator::Alternative),
        ("+", Operator::Alternative),
    ] {
        if text.starts_with(sign) {
            return (operator, Some(sign.len()));
        }
    }
    (Operator::None, text.is_empty().then_some(0))
}

/// Where the brace that was opened before `text` closes.
fn closing(text: &str) -> Result<usize, TemplateError> {
    let mut depth = 1;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(at);
        }
        if depth > MAX_TEMPLATE_DEPTH {
            return Err(TemplateError::TooMuch);
        }
        before = c;
    }
    Err(TemplateError::Broken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    const BONFIRE: &str =
        "${REG:-bonfirenetworks/bonfire}:${VER:-1.0.6}-${FLAVOUR:-social}-${PLATFORM:-amd64}";

    #[test]
    fn defaults_fill_in_what_the_sample_leaves_open() {
        let filled = Template::fill(BONFIRE, &sample(&[("FLAVOUR", "coop")])).expect("known");
        assert_eq!(filled.value, "bonfirenetworks/bonfire:1.0.6-coop-amd64");
        let part = filled.part(&(24..29)).expect("one part");
        let Origin::Default(name, range) = &part.origin else {
            panic!("{part:?}");
        };
        assert_eq!(
            (name.as_str(), BONFIRE.get(range.clone())),
            ("VER", Some("1.0.6"))
        );
        assert_eq!(filled.part(&(24..31)), None, "two parts");
    }

    #[test]
    fn operators_mean_what_they_mean_in_compose() {
        let env = sample(&[("SET", "s"), ("EMPTY", "")]);
        for (text, value) in [
            ("$SET", "s"),
            ("${SET}x", "sx"),
            ("${SET:-d}", "s"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${NONE-d}", "d"),
            ("${NONE:-a-b}", "a-b"),
            ("${NONE:-${SET}}", "s"),
            ("${NONE:-x${NO:-y}}", "xy"),
            ("${SET:+x}", "x"),
            ("${NONE:+x}", ""),
            ("${SET:?must}", "s"),
            ("a$$b", "a$b"),
            ("plain", "plain"),
        ] {
            assert_eq!(
                Template::fill(text, &env).expect(text).value,
                value,
                "{text}"
            );
        }
        for text in [
            "$NONE",
            "${NONE}",
            "${EMPTY}",
            "${NONE:?x}",
            "${NONE:-$NO}",
            "$",
            "${",
            "${A",
            "${A!b}",
            "${1A}",
            "$-",
        ] {
            assert!(Template::fill(text, &env).is_err(), "{text}");
        }
    }

    #[test]
    fn defaults_are_found_at_any_depth() {
        let text = "${A:-x${B:-1.0}}:${C-2}${D}";
        let found: Vec<(String, &str)> = defaults(text)
            .into_iter()
            .map(|(name, range)| (name, text.get(range).expect("bytes")))
            .collect();
        let wanted = [("B", "1.0"), ("A", "x${B:-1.0}"), ("C", "2")];
        assert_eq!(found, wanted.map(|(name, text)| (name.to_owned(), text)));
    }

    #[test]
    fn deep_defaults_are_refused() {
        let deep = format!("{}x{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        assert_eq!(
            Template::fill(&deep, &sample(&[])),
            Err(TemplateError::TooMuch)
        );
        assert!(defaults(&deep).is_empty());
    }

    proptest! {
        #[test]
        fn the_parts_make_up_the_whole(text in "(\\$\\{A:-[a-z]{0,3}\\}|\\$\\$|[a-z:/.]{0,4}|\\$B|\\PC{0,2}){0,6}") {
            if let Ok(filled) = Template::fill(&text, &sample(&[("B", "bee")])) {
                let mut at = 0;
                for part in &filled.parts {
                    prop_assert_eq!(part.range.start, at);
                    at = part.range.end;
                    if let Origin::Typed(range) | Origin::Default(_, range) = &part.origin {
                        prop_assert_eq!(text.get(range.clone()), filled.value.get(part.range.clone()));
                    }
                }
                prop_assert_eq!(at, filled.value.len());
            }
        }
    }
}
