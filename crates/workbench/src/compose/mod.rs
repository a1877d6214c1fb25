//! Compose files as text that is edited in place.
//!
//! The YAML parser that also loads stacks (`granit-parser`) says where each scalar stands; an edit replaces some bytes
//! of one scalar and leaves every other byte of the file alone: comments, anchors, quotes, line ends.
//!
//! | file | what it holds |
//! |---|---|
//! | `parse` | text into nodes with places, aliases kept as what they point at |
//! | `document` | nodes, and finding one by its keys through aliases and merges |
//! | `edit` | replacing bytes |
//! | `load` | the compose files of a recipe |

mod document;
mod edit;
mod error;
mod load;
mod parse;

pub use document::{Document, Node, NodeId, Value};
pub use edit::{Edit, apply};
pub use error::ComposeError;
pub use load::{ComposeFile, load};
