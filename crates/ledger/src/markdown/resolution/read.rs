//! Reads a resolution's file, whatever its generation.

use super::{
    TEXT_BEGINS, front,
    keys::{self, Keys},
    place,
    title::{self, Title},
};
use crate::{
    entry::{Imported, Size, Text},
    limits::MAX_LINE,
    markdown::{
        BadMarkdown,
        source::{self, Warnings, one_line, shown, tidy},
    },
};

/// A resolution that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What an entry carries of it.
    pub imported: Imported,
    /// The whole text: where the entry only names its hash, it has to be stored beside.
    pub text: String,
    /// What was odd, for people to look at.
    pub warnings: Vec<String>,
}

impl AsRef<Imported> for Read {
    fn as_ref(&self) -> &Imported {
        &self.imported
    }
}

/// Reads the file at `path`, of which the last folder and the name count: `…/passed/036.md`.
///
/// # Errors
/// It is no Markdown, or does not say which resolution it is, what it is about and how it stands.
pub fn read(path: &str, bytes: &[u8]) -> Result<Read, BadMarkdown> {
    let content = source::text(bytes)?;
    let state = place::state(path)?;
    let mut warnings = Warnings::default();
    let (front, rest) = front::split(&content, &mut warnings);
    let title = front.title.unwrap_or_default();
    let (heading, rest) = heading(&title, rest);
    let (mut keys, rest) = keys::take(rest, &mut warnings);

    let titles = [title::parse(&title), title::parse(heading)];
    let number = place::number([place::digits(path), titles[0].number, titles[1].number])?;
    let title = topic(&titles, &mut keys)?;
    let size = written_size(&mut keys, &mut warnings);
    let [date, deadline, passed_on] = dates(&mut keys, &mut warnings);
    let text = text(&keys, rest);
    let imported = Imported {
        number,
        title,
        size,
        state,
        date,
        deadline,
        passed_on,
        text: Text::of(&text).map_err(|_| BadMarkdown::TooLarge { bytes: bytes.len() })?,
    };
    Ok(Read {
        imported,
        text,
        warnings: warnings.told(),
    })
}

/// The heading above the list of keys; where front matter has the title, only one that says "Resolution" too.
fn heading<'a>(title: &str, text: &'a str) -> (&'a str, &'a str) {
    match title::heading(text) {
        Some((heading, rest)) if title.is_empty() || title::parse(heading).named => (heading, rest),
        _ => ("", text),
    }
}

/// `Topic:`, else what the title says after the number, else the list's first other item (013: "Budget 007: …").
fn topic(titles: &[Title<'_>], keys: &mut Keys) -> Result<String, BadMarkdown> {
    let first_other = keys.others.first().and_then(|line| keys::item(line));
    let from_list = keys.topic.as_deref();
    let from_titles = titles.iter().map(|t| t.topic);
    let candidates: Vec<_> = from_list
        .into_iter()
        .chain(from_titles)
        .chain(first_other)
        .map(one_line)
        .filter(|topic| !topic.is_empty())
        .collect();
    let says_something = |topic: &&String| topic.chars().any(char::is_alphanumeric);
    let best = candidates.iter().find(says_something);
    let Some(topic) = best.or(candidates.first()).cloned() else {
        let why = "neither a title nor a line `Topic:` says what it is about";
        return Err(BadMarkdown::NoTopic { why });
    };
    if topic.chars().count() > MAX_LINE {
        let why = "it is longer than a line";
        return Err(BadMarkdown::NoTopic { why });
    }
    if first_other.map(one_line).as_ref() == Some(&topic) && !stands_elsewhere(&topic, titles, keys)
    {
        keys.others.remove(0);
    }
    Ok(topic)
}

/// Whether the topic comes from a title or from its own key, so that a list's item is only text.
fn stands_elsewhere(topic: &str, titles: &[Title<'_>], keys: &Keys) -> bool {
    let from_titles = titles.iter().map(|t| t.topic);
    keys.topic
        .as_deref()
        .into_iter()
        .chain(from_titles)
        .any(|other| one_line(other) == topic)
}

/// The size that a word says.
pub(super) fn size(word: &str) -> Option<Size> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
    [
        ("small", Size::Small),
        ("medium", Size::Medium),
        ("large", Size::Large),
    ]
    .into_iter()
    .find(|(name, _)| word.eq_ignore_ascii_case(name))
    .map(|(_, size)| size)
}

/// What says something else than a size stays in the text.
fn written_size(keys: &mut Keys, warnings: &mut Warnings) -> Option<Size> {
    let written = keys.size.clone().unwrap_or_default();
    let size = size(&written);
    if size.is_none() && written.chars().any(char::is_alphanumeric) {
        warnings.add(format!(
            "`{}` is no size: it stays in the text",
            shown(&written)
        ));
        keys.others.push(format!("- Size: {written}"));
    } else if size.is_none() {
        warnings.add("it does not say its size");
    }
    size
}

fn dates(keys: &mut Keys, warnings: &mut Warnings) -> [String; 3] {
    let written = [
        keys.date.take(),
        keys.deadline.take(),
        keys.passed_on.take(),
    ];
    written.map(|date| keys.date(date, warnings))
}

/// What comes after the list, and before it what of the list was not understood.
fn text(keys: &Keys, rest: &str) -> String {
    let rest = tidy(rest);
    let rest = match rest.strip_prefix(TEXT_BEGINS) {
        Some(after) => tidy(after),
        None => rest,
    };
    if keys.others.is_empty() {
        return rest;
    }
    tidy(&format!("{}\n\n{rest}", keys.others.join("\n")))
}
