//! The federation's records as Markdown (reference/federation.md sections 2.1 and 4): read with patience, written exactly.
//!
//! People have kept resolutions and the list of members by hand for years, and tools read them from those files. So what
//! is read may differ in every way that was seen; what is not understood stays in the text and is told. What is written
//! has one form, and reads back as what it was written from. Nothing here touches a file: paths are names.

mod bad;
mod cell;
pub mod members;
mod nav;
pub mod resolution;
mod source;

pub use bad::BadMarkdown;
pub use nav::nav;
