//! Reads the text of a dotenv file into entries with their places.

use std::collections::BTreeMap;
use std::ops::Range;

use super::expand::{Expander, Quoting};
use super::{Entry, EnvError, Modifiers, OptionalEntry, Syntax, Undefined};

/// What a file says.
#[derive(Default)]
pub(super) struct Parsed {
    pub entries: Vec<Entry>,
    pub optional: Vec<OptionalEntry>,
    pub undefined: Vec<Undefined>,
}

/// Reads a whole file.
pub(super) fn parse(file: &str, text: &str) -> Result<Parsed, EnvError> {
    let mut parser = Parser {
        text,
        at: 0,
        vars: BTreeMap::new(),
        counted: (0, 0),
        above: Vec::new(),
        parsed: Parsed::default(),
    };
    if text.starts_with('\u{feff}') {
        parser.at = '\u{feff}'.len_utf8();
    }
    while parser.at < text.len() {
        parser
            .line()
            .map_err(|(at, cause)| place(file, text, at, cause))?;
    }
    Ok(parser.parsed)
}

fn place(file: &str, text: &str, at: usize, cause: Syntax) -> EnvError {
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().map_or(0, |l| l.chars().count());
    EnvError::Syntax {
        file: file.to_owned(),
        line,
        column,
        cause,
    }
}

/// A cause and the byte at which it stands.
type Fault = (usize, Syntax);

struct Parser<'t> {
    text: &'t str,
    at: usize,
    vars: BTreeMap<String, String>,
    /// A byte and how many lines end before it.
    counted: (usize, usize),
    /// The comment lines directly above the next entry.
    above: Vec<String>,
    parsed: Parsed,
}

/// A piece of a value: its bytes without quotes, and the rules that hold in it.
type Piece = (Range<usize>, Quoting);

/// A value as written.
struct RawValue {
    span: Range<usize>,
    pieces: Vec<Piece>,
    comment: Option<String>,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// Moves behind the next line end and returns the text before it, without it.
    fn take_line(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find('\n').map_or(rest.len(), |i| i + 1);
        self.at += end;
        rest.get(..end)
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
    }

    fn line(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.skip_blanks();
        match self.peek() {
            None => Ok(()),
            Some('\n') => {
                self.at += 1;
                self.above.clear();
                Ok(())
            }
            Some('#') => {
                self.comment_line(start);
                Ok(())
            }
            // godotenv skips the delimiter of YAML documents.
            Some('-')
                if self
                    .rest()
                    .lines()
                    .next()
                    .is_some_and(|l| l.trim_end() == "---") =>
            {
                self.take_line();
                Ok(())
            }
            Some(_) => self.entry(start),
        }
    }

    fn comment_line(&mut self, start: usize) {
        let line_number = self.line_number(start);
        let text = self.take_line().trim_start_matches('#').trim();
        self.above.push(text.to_owned());
        let Some((key, raw)) = text.split_once('=') else {
            return;
        };
        // Only names in capitals: a comment such as `set it to true=on` is prose.
        if super::is_key(key) && !key.contains(|c: char| c.is_ascii_lowercase()) {
            let comment = raw
                .find(" #")
                .and_then(|at| raw.get(at + 2..))
                .unwrap_or_default();
            self.parsed.optional.push(OptionalEntry {
                key: key.to_owned(),
                raw: raw.trim().to_owned(),
                modifiers: Modifiers::parse(comment),
                line: line_number,
            });
            self.above.clear();
        }
    }

    /// The line of a byte at or behind the last one asked for; counted on from there, so that a long file is read once.
    fn line_number(&mut self, at: usize) -> usize {
        let (counted, lines) = self.counted;
        let between = self.text.get(counted..at).unwrap_or_default();
        self.counted = (at, lines + between.matches('\n').count());
        1 + self.counted.1
    }

    fn entry(&mut self, start: usize) -> Result<(), Fault> {
        let key = self.key()?;
        let raw = self.raw_value(&key)?;
        let mut expander = Expander {
            key: &key,
            vars: &self.vars,
            undefined: Vec::new(),
        };
        let mut value = String::new();
        for (range, quoting) in &raw.pieces {
            let piece = self.text.get(range.clone()).unwrap_or_default();
            expander
                .append(piece, *quoting, &mut value)
                .map_err(|cause| (range.start, cause))?;
        }
        if value.contains('\0') {
            return Err((raw.span.start, Syntax::Nul { key }));
        }
        let undefined = expander.undefined;
        let line = self.line_number(start);
        self.parsed
            .undefined
            .extend(undefined.into_iter().map(|name| Undefined {
                name,
                key: key.clone(),
                line,
            }));
        self.vars.insert(key.clone(), value.clone());
        let modifiers = raw
            .comment
            .as_deref()
            .map(Modifiers::parse)
            .unwrap_or_default();
        let above = std::mem::take(&mut self.above);
        let span = start..self.at;
        self.parsed.entries.push(Entry {
            key,
            value,
            comment: raw.comment,
            above,
            modifiers,
            line,
            value_span: raw.span,
            span,
        });
        Ok(())
    }

    /// Reads `[export ]KEY=` and stops behind the `=`.
    fn key(&mut self) -> Result<String, Fault> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(is_blank)
        {
            self.at += "export".len();
            self.skip_blanks();
        }
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(rest.len());
        let key = rest.get(..end).unwrap_or_default();
        if !super::is_key(key) {
            let found = rest.chars().next().unwrap_or(' ');
            return Err((self.at, Syntax::KeyExpected { found }));
        }
        self.at += end;
        self.skip_blanks();
        match self.peek() {
            Some('=' | ':') => {
                self.at += 1;
                Ok(key.to_owned())
            }
            _ => Err((
                self.at,
                Syntax::NothingAssigned {
                    key: key.to_owned(),
                },
            )),
        }
    }

    fn raw_value(&mut self, key: &str) -> Result<RawValue, Fault> {
        let behind_equals = self.at;
        self.skip_blanks();
        match self.peek() {
            Some('\'' | '"') => self.quoted_value(key),
            _ => Ok(self.bare_value(behind_equals)),
        }
    }

    fn bare_value(&mut self, behind_equals: usize) -> RawValue {
        let start = self.at;
        let line = self.take_line();
        let mut before = if start > behind_equals { ' ' } else { '=' };
        let hash = line.char_indices().find_map(|(i, c)| {
            let begins_comment = c == '#' && is_blank(before);
            before = c;
            begins_comment.then_some(i)
        });
        let (value, comment) = match hash {
            Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..)),
            None => (line, None),
        };
        let value = value.trim_end_matches(is_blank);
        // An empty value is written right behind the `=`, whatever blanks follow.
        let span = if value.is_empty() {
            behind_equals..behind_equals
        } else {
            start..start + value.len()
        };
        RawValue {
            pieces: vec![(span.clone(), Quoting::Bare)],
            span,
            comment: comment.map(|c| c.trim().to_owned()),
        }
    }

    fn quoted_value(&mut self, key: &str) -> Result<RawValue, Fault> {
        let start = self.at;
        let mut pieces = Vec::new();
        while let Some(quote @ ('\'' | '"')) = self.peek() {
            let opened = self.at;
            self.at += 1;
            let length = closing(self.rest(), quote).ok_or_else(|| {
                (
                    opened,
                    Syntax::UnclosedQuote {
                        key: key.to_owned(),
                        quote,
                    },
                )
            })?;
            let quoting = if quote == '"' {
                Quoting::Double
            } else {
                Quoting::Single
            };
            pieces.push((self.at..self.at + length, quoting));
            self.at += length + 1;
        }
        let span = start..self.at;
        let behind = self.at;
        let tail = self.take_line();
        let trimmed = tail.trim_start_matches(is_blank);
        if trimmed.is_empty() {
            return Ok(RawValue {
                span,
                pieces,
                comment: None,
            });
        }
        match trimmed.strip_prefix('#') {
            Some(comment) => Ok(RawValue {
                span,
                pieces,
                comment: Some(comment.trim().to_owned()),
            }),
            None => Err((
                behind + tail.len() - trimmed.len(),
                Syntax::TextAfterQuote {
                    key: key.to_owned(),
                },
            )),
        }
    }
}

/// The length of the text before the closing quote.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut backslashes = 0;
    for (at, c) in text.char_indices() {
        if c == quote {
            let escaped = match quote {
                '"' => backslashes % 2 == 1,
                // godotenv lets `\'` stand for a quote; a shell ends the word there. Only what follows can tell.
                _ => backslashes > 0 && !ends_word(text.get(at + 1..).unwrap_or_default()),
            };
            if !escaped {
                return Some(at);
            }
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
    }
    None
}

/// Whether what follows a quote shows that the value, or this piece of it, is over.
fn ends_word(after: &str) -> bool {
    let line = after.split('\n').next().unwrap_or_default();
    let rest = line.trim_start_matches(is_blank);
    rest.is_empty()
        || line.starts_with(['"', '\''])
        || (rest.len() < line.len() && rest.starts_with('#'))
}

fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{a0}'
    )
}
