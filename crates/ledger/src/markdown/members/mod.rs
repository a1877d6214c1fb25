//! The list of members as the federation keeps it: one table, one row a member (`membership.md`).

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Flag, Row, Table, read};
pub use write::write;

/// What stands for "yes".
const TICK: char = '\u{2705}';
