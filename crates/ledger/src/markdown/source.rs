//! From bytes to text, and text made tidy.

use super::BadMarkdown;
use crate::limits::{MAX_MARKDOWN, MAX_WARNINGS};

/// How the beginning of a web page looks.
const HTML: [&str; 5] = ["<!doctype", "<html", "<head", "<body", "<?xml"];

/// The text of a file: bounded, UTF-8, without byte order mark, with `\n` at the end of each line.
pub(super) fn text(bytes: &[u8]) -> Result<String, BadMarkdown> {
    if bytes.len() > MAX_MARKDOWN {
        let bytes = bytes.len();
        return Err(BadMarkdown::TooLarge { bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| BadMarkdown::NotText {
        at: e.valid_up_to(),
        what: "no part of a character",
    })?;
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let what = "zero, as in a file of another encoding";
        return Err(BadMarkdown::NotText { at, what });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let beginning: String = text.trim_start().chars().take(16).collect();
    let beginning = beginning.to_ascii_lowercase();
    if HTML.iter().any(|tag| beginning.starts_with(tag)) {
        return Err(BadMarkdown::Html);
    }
    Ok(unix(text))
}

/// `\n` at the end of each line, whatever wrote it.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A text without empty lines around it, and with `\n` at the end of each line but the last.
pub(super) fn tidy(text: &str) -> String {
    let text = unix(text);
    let text = text.trim_end();
    let begin = text
        .char_indices()
        .take_while(|(_, c)| c.is_whitespace())
        .filter(|(_, c)| *c == '\n')
        .last()
        .map_or(0, |(at, _)| at + 1);
    text[begin..].to_owned()
}

/// What fits into one line: control characters become spaces.
pub(super) fn one_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// The beginning of a line, to be shown.
pub(super) fn shown(line: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = one_line(line).chars().take(MOST + 1).collect();
    if short.chars().count() > MOST {
        short.pop();
        short.push('…');
    }
    short
}

/// What was odd, as long as anybody would read it.
#[derive(Debug, Default)]
pub(super) struct Warnings(Vec<String>);

impl Warnings {
    pub(super) fn add(&mut self, warning: impl Into<String>) {
        if self.0.len() < MAX_WARNINGS {
            self.0.push(warning.into());
        }
    }

    pub(super) fn told(self) -> Vec<String> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let code = |bytes: &[u8]| text(bytes).unwrap_err().code();
        assert_eq!(code(&vec![b'x'; 10 * 1024 * 1024]), "AL-8501");
        assert_eq!(code(b"# Caf\xe9"), "AL-8502");
        assert_eq!(code(b"#\0 \0T\0"), "AL-8502");
        assert_eq!(code(b"\n <!DOCTYPE html><html>"), "AL-8503");
        assert_eq!(code(b"<html lang=\"en\">"), "AL-8503");
    }

    #[test]
    fn a_file_from_any_system_reads_the_same() {
        for bytes in [
            &b"# One\n\ntwo\n"[..],
            b"# One\r\n\r\ntwo\r\n",
            b"\xef\xbb\xbf# One\n\ntwo\n",
            b"# One\r\rtwo\r",
        ] {
            assert_eq!(text(bytes).unwrap(), "# One\n\ntwo\n");
        }
    }

    #[test]
    fn tidying_keeps_what_is_indented() {
        assert_eq!(tidy("\n \n    code\r\n\r\nend  \n\n"), "    code\n\nend");
        assert_eq!(tidy("  one line"), "  one line");
        assert_eq!(tidy(" \n "), "");
    }
}
