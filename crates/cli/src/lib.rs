//! The command line of Allotment: arguments (`args`), one file a verb (`commands`), and everything a
//! person sees (`render`). The binary `allot` is `main.rs`; this library exists so that tests can walk
//! the same command tree.

pub mod application;
pub mod args;
pub mod client;
pub mod commands;
pub mod context;
pub mod deadline;
pub mod editor;
pub mod error;
pub mod exit;
pub mod folder;
pub mod images;
pub mod kind;
pub mod limits;
pub mod markdown;
mod marked;
mod membership;
pub mod money;
pub mod operation;
pub mod output;
pub mod prompt;
pub mod proposal;
pub mod recipe_dir;
mod remote;
pub mod render;
