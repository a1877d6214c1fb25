//! Everything a person sees. Pure functions from messages to text, so that each view has a golden.

pub mod apps;
pub mod bench;
pub mod catalogue;
pub mod error;
pub mod events;
pub mod federation;
pub mod intent;
pub mod junit;
pub mod kind;
pub mod ledger;
pub mod lint;
pub mod live;
pub mod logs;
pub mod plan;
pub mod progress;
pub mod recipe_test;
pub mod resolution;
pub mod status;
pub mod style;
pub mod table;
pub mod text;
pub mod verdict;
