//! Resolutions as files: `<folder>/<number>.md`, where the folder says how it stands.

mod front;
mod keys;
mod place;
mod read;
mod result;
#[cfg(test)]
mod tests;
mod title;
mod write;

pub use place::path;
pub use read::{Read, read};
pub use write::{full_title, write};

/// Stands before a text that would be taken for more of the list of keys, and is dropped when it is read.
const TEXT_BEGINS: &str = "<!-- text -->";
