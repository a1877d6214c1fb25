//! Every bound of identity, in one place (design section 4.4).

/// Longest name of an agent, characters. Not more than a slug's: both stand in one certificate name.
pub const MAX_AGENT_ID: usize = 40;

/// Longest SPIFFE id, bytes (SPIFFE-ID 2.1 allows 2,048; ours cannot be longer than this).
pub const MAX_SPIFFE_ID: usize = 200;
