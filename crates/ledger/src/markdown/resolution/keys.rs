//! The list of keys at the head: topic, dates, size.

use crate::{
    limits::MAX_LINE,
    markdown::source::{Warnings, shown},
};

/// What the list says. An absent key is none; one without a value is empty.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) topic: Option<String>,
    pub(super) date: Option<String>,
    pub(super) deadline: Option<String>,
    pub(super) passed_on: Option<String>,
    pub(super) size: Option<String>,
    /// Items of the list that are no keys, as they stood: resolution 013 has its topic in one.
    pub(super) others: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Topic,
    Date,
    Deadline,
    PassedOn,
    Size,
}

/// The longer of two that begin alike comes first.
const NAMES: [(&str, Key); 6] = [
    ("topic", Key::Topic),
    ("date", Key::Date),
    ("deadline", Key::Deadline),
    ("passed on", Key::PassedOn),
    ("passed", Key::PassedOn),
    ("size", Key::Size),
];

/// Reads the list that `text` begins with, and gives what follows it.
pub(super) fn take<'a>(text: &'a str, warnings: &mut Warnings) -> (Keys, &'a str) {
    let mut keys = Keys::default();
    let mut rest = text;
    // Paragraph by paragraph: the list may be loose, and the text may begin with a list of its own.
    loop {
        let begin = skip_empty_lines(rest);
        let paragraph = until_empty_line(begin);
        if !paragraph.lines().any(|line| keys.misses(line)) {
            return (keys, rest);
        }
        let taken = keys.take_paragraph(paragraph, warnings);
        rest = &begin[taken..];
        if taken < paragraph.len() {
            return (keys, rest);
        }
    }
}

/// Whether a text begins with what would be read as a key.
pub(super) fn begins_like_a_key(text: &str) -> bool {
    until_empty_line(skip_empty_lines(text))
        .lines()
        .any(|line| key(line).is_some())
}

/// What a list's item says.
pub(super) fn item(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = line.strip_prefix(['-', '*', '+'])?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

impl Keys {
    /// How many bytes of the paragraph belong to the list.
    fn take_paragraph(&mut self, paragraph: &str, warnings: &mut Warnings) -> usize {
        let mut taken = 0;
        let mut last = None;
        for line in paragraph.split_inclusive('\n') {
            match (key(line), item(line)) {
                (Some((key, value)), _) if self.slot(key).is_none() => {
                    *self.slot(key) = Some(value.to_owned());
                    last = Some(key);
                }
                (Some(_), _) => {
                    warnings.add(format!("`{}` is said twice: the first counts", shown(line)));
                    self.others.push(line.trim_end().to_owned());
                    last = None;
                }
                (None, Some(_)) => {
                    self.others.push(line.trim_end().to_owned());
                    last = None;
                }
                (None, None) if line.starts_with("  ") => self.go_on(last, line),
                (None, None) => return taken,
            }
            taken += line.len();
        }
        taken
    }

    /// A value that goes on in the next line.
    fn go_on(&mut self, last: Option<Key>, line: &str) {
        match last.and_then(|key| self.slot(key).as_mut()) {
            Some(value) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            None => self.others.push(line.trim_end().to_owned()),
        }
    }

    fn slot(&mut self, key: Key) -> &mut Option<String> {
        match key {
            Key::Topic => &mut self.topic,
            Key::Date => &mut self.date,
            Key::Deadline => &mut self.deadline,
            Key::PassedOn => &mut self.passed_on,
            Key::Size => &mut self.size,
        }
    }

    /// Whether a line has a key that was not seen yet.
    fn misses(&mut self, line: &str) -> bool {
        key(line).is_some_and(|(key, _)| self.slot(key).is_none())
    }

    /// A date as it was written. What is too long for one stays in the text.
    pub(super) fn date(&mut self, date: Option<String>, warnings: &mut Warnings) -> String {
        let date = date.unwrap_or_default();
        if date.len() <= MAX_LINE && !date.contains(char::is_control) {
            return date;
        }
        warnings.add(format!(
            "`{}` is no date: it stays in the text",
            shown(&date)
        ));
        self.others.push(format!("- {date}"));
        String::new()
    }
}

/// The key that a line has, and its value: an item of a list, or a plain line with a colon.
fn key(line: &str) -> Option<(Key, &str)> {
    let item = item(line);
    let words = item.unwrap_or(line.trim()).trim_start_matches(['*', '_']);
    let (key, rest) = NAMES.iter().find_map(|(name, key)| {
        let word = words.get(..name.len())?;
        let rest = words.get(name.len()..)?;
        let whole = !rest.starts_with(char::is_alphanumeric);
        (word.eq_ignore_ascii_case(name) && whole).then_some((*key, rest))
    })?;
    let rest = rest.trim_start_matches(['*', '_']);
    match rest.trim_start().strip_prefix(':') {
        Some(value) => Some((key, value.trim_start_matches(['*', '_']).trim())),
        None if item.is_some() && goes_without_colon(key, rest.trim()) => Some((key, rest.trim())),
        None => None,
    }
}

/// "Passed on 2023-04-13" is a key, and "Date and place are open" is a sentence.
fn goes_without_colon(key: Key, value: &str) -> bool {
    let dated = |c: char| c.is_ascii_digit() || matches!(c, '?' | '.' | '(' | '…');
    match key {
        Key::Topic => value.is_empty(),
        Key::Size => value.is_empty() || super::read::size(value).is_some(),
        Key::Date | Key::Deadline | Key::PassedOn => value.is_empty() || value.starts_with(dated),
    }
}

fn skip_empty_lines(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.trim().is_empty() {
            break;
        }
        rest = after;
    }
    rest
}

/// The lines up to the next empty one.
fn until_empty_line(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            break;
        }
        end += line.len();
    }
    &text[..end]
}
