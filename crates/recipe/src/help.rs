//! Small helpers for error texts.

/// Shortens text from a file for an error message: one line, at most 60 characters.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line.to_owned(),
    }
}

/// Shortens a text to `longest` characters, with `...` where something was cut off.
pub(crate) fn shorten(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}
