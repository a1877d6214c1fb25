//! Front matter: the lines between two `---` at the beginning.

use crate::markdown::source::Warnings;

/// What the front matter says, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Front {
    /// `title:`
    pub(super) title: Option<String>,
}

/// Parts front matter from what follows. One that does not end is no front matter.
pub(super) fn split<'a>(text: &'a str, warnings: &mut Warnings) -> (Front, &'a str) {
    let whole = (Front::default(), text);
    let Some((first, mut rest)) = text.trim_start().split_once('\n') else {
        return whole;
    };
    if first.trim_end() != "---" {
        return whole;
    }
    let mut front = Front::default();
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        match line.trim_end() {
            "---" | "..." => return (front, after),
            line => take(line, &mut front),
        }
        if after.is_empty() {
            warnings.add("the front matter does not end: it is taken as text");
            // The line of hyphens itself says nothing.
            return (
                front,
                text.trim_start().split_once('\n').map_or("", |t| t.1),
            );
        }
        rest = after;
    }
}

fn take(line: &str, front: &mut Front) {
    if let Some((key, value)) = line.split_once(':')
        && key.trim().eq_ignore_ascii_case("title")
        && front.title.is_none()
    {
        front.title = Some(unquoted(value.trim()));
    }
}

/// A YAML text on one line, with or without quotes.
fn unquoted(value: &str) -> String {
    match value.chars().next() {
        Some('"') => double_quoted(&value[1..]),
        Some('\'') => single_quoted(&value[1..]),
        _ => {
            let end = value.find(" #").unwrap_or(value.len());
            value[..end].trim().to_owned()
        }
    }
}

fn double_quoted(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(escaped(&mut chars)),
            _ => text.push(c),
        }
    }
    text
}

/// What follows a backslash; of YAML's many escapes, those that a title can have.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.next()? {
        'u' => {
            let code: String = chars.by_ref().take(4).collect();
            let code = u32::from_str_radix(&code, 16).ok()?;
            char::from_u32(code)
        }
        'n' | 't' | 'r' => Some(' '),
        other => Some(other),
    }
}

fn single_quoted(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_none() {
            break;
        }
        text.push(c);
    }
    text
}
