//! The title: front matter or a heading, `Resolution NNN: Topic` or only a part of it.

/// What a title says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Title<'a> {
    /// It begins with the word "Resolution".
    pub(super) named: bool,
    /// The digits after it.
    pub(super) number: Option<&'a str>,
    /// What comes after, without what parts it from the number.
    pub(super) topic: &'a str,
}

/// Takes a title apart.
pub(super) fn parse(title: &str) -> Title<'_> {
    const WORD: &str = "resolution";
    let title = title.trim();
    let word = title.get(..WORD.len()).unwrap_or_default();
    let rest = title.get(WORD.len()..).unwrap_or_default();
    if !word.eq_ignore_ascii_case(WORD) || rest.starts_with(char::is_alphanumeric) {
        return Title {
            topic: title,
            ..Title::default()
        };
    }
    let rest = rest.trim_start().trim_start_matches('#');
    let (number, rest) = leading(rest, |c| c.is_ascii_digit());
    // A draft that has no number yet: `Resolution XXX`, `Resolution ???`.
    let (_, rest) = match number {
        Some(_) => (None, rest),
        None => leading(rest, |c| matches!(c, 'X' | 'N' | '?')),
    };
    let parts = |c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | '.');
    Title {
        named: true,
        number,
        topic: topic(rest, parts),
    }
}

/// Exactly one mark that parts number and topic is dropped, with the space around it.
fn topic(rest: &str, parts: impl Fn(char) -> bool) -> &str {
    let rest = rest.trim_start();
    let after = rest.strip_prefix(&parts).unwrap_or(rest);
    after.trim()
}

/// A word of such characters at the beginning, and what follows.
fn leading(text: &str, is: impl Fn(char) -> bool) -> (Option<&str>, &str) {
    let end = text.find(|c| !is(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.is_empty() || rest.starts_with(char::is_alphanumeric) {
        return (None, text);
    }
    (Some(word), rest)
}

/// The heading that a text begins with, of any depth, and what follows it.
pub(super) fn heading(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let title = line.trim_start_matches('#');
    if title.len() < line.len() {
        return Some((title.trim().trim_end_matches('#').trim_end(), rest));
    }
    // A line underlined with `=` or `-`.
    let (under, after) = rest.split_once('\n').unwrap_or((rest, ""));
    let mark = under.trim_end();
    let underlined = mark.len() > 2 && ["=", "-"].iter().any(|m| mark.replace(m, "").is_empty());
    (underlined && !line.trim().is_empty()).then(|| (line.trim(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_in_many_forms() {
        for (title, number, topic) in [
            (
                "Resolution 036: Democratic Tech Fund joins",
                Some("036"),
                "Democratic Tech Fund joins",
            ),
            ("Resolution 001", Some("001"), ""),
            ("resolution #7 - Buffer", Some("7"), "Buffer"),
            (
                "Resolution 002 — Membership and dues",
                Some("002"),
                "Membership and dues",
            ),
            ("Resolution XXX: Kite-flying", None, "Kite-flying"),
            ("Resolution: Kite-flying", None, "Kite-flying"),
            ("Resolutions of 2023", None, "Resolutions of 2023"),
            ("Resolution 2nd try", None, "2nd try"),
            ("Operator sync", None, "Operator sync"),
            ("Resolution 013: : odd", Some("013"), ": odd"),
            ("", None, ""),
        ] {
            let parsed = parse(title);
            assert_eq!((parsed.number, parsed.topic), (number, topic), "{title}");
        }
    }

    #[test]
    fn headings_have_any_depth() {
        assert_eq!(heading("### One ###\ntwo"), Some(("One", "two")));
        assert_eq!(heading("\n#One"), Some(("One", "")));
        assert_eq!(heading("One\n===\ntwo"), Some(("One", "two")));
        assert_eq!(heading("One\ntwo"), None);
        assert_eq!(heading(""), None);
    }
}
