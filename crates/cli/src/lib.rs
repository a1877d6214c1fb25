//! The command line of Allotment: arguments (`args`), one file a verb (`commands`), and everything a
//! person sees (`render`). The binary `allot` is `main.rs`; this library exists so that tests can walk
//! the same command tree.

pub mod args;
pub mod client;
pub mod commands;
pub mod context;
pub mod error;
pub mod exit;
pub mod limits;
pub mod operation;
pub mod output;
pub mod prompt;
pub mod recipe_dir;
mod remote;
pub mod render;
