//! Every bound of a replica, in one place (design section 4.4).

/// Bytes of the newest leaves that are kept in memory, for those who follow closely.
pub const RECENT_BYTES: usize = 1024 * 1024;

/// Bytes of leaves that are handed out at once; a single leaf may be larger than what is left of it.
pub const STRETCH_BYTES: usize = 512 * 1024;

/// Leaves that are handed out, or staged, at once.
pub const STRETCH_LEAVES: usize = 1_024;

/// Entries of the largest log that is read from an export.
pub const MAX_LEAVES: u64 = 10_000_000;
