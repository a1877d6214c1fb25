//! What a swarm stack is.
//!
//! A stack starts as compose files and ends as engine API request bodies. This crate does what
//! `docker stack deploy` does between the two, field by field, and no I/O at all: files come in
//! as bytes (see [`FileSource`]), specs go out as values.
//!
//! ```text
//! bytes -> yaml (spans) -> interpolate -> decode (typed model) -> merge -> convert (engine specs)
//! ```
//!
//! The reference is the docker CLI 28.2.2; every intended difference is a row in
//! `docs/reference/compose.md`.

pub mod convert;
pub mod diff;
pub mod engine;
pub mod error;
pub mod labels;
pub mod limits;
pub mod load;
pub mod model;
pub mod name;
pub mod outline;
pub mod render;
pub mod source;
pub mod spec;
pub mod types;
pub mod warning;

mod decode;
mod interpolate;
mod merge;
mod yaml;

pub use convert::{StackSpec, convert};
pub use diff::{FieldChange, diff, normalise_service};
pub use error::StackError;
pub use labels::{AppLabels, app_labels};
pub use limits::Limits;
pub use load::{LoadOptions, Loaded, load};
pub use model::Compose;
pub use name::StackName;
pub use render::render;
pub use source::{FileRefusal, FileSource, NoFiles, SourceFile};
pub use warning::{Warning, WarningKind};
