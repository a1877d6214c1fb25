//! Image tags: which of them say the same kind of thing, and which of those is newer.
//!
//! Nobody owns a grammar of tags. What is compared here is only what has the same *shape*: the same words in the same
//! places and as many numbers. A tag of another shape is another thing (another base image, another branch), and is never
//! an upgrade.

mod choose;
mod date;
mod shape;

pub use choose::{Choice, choose};
pub use shape::{Shape, Step};
