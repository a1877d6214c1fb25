//! Bounds for text that others wrote.

/// The longest start of `text` that has at most `limit` bytes and ends between characters.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
