//! Every bound of identity, in one place (design section 4.4).

use jiff::SignedDuration;

/// Longest name of an agent, characters. Not more than a slug's: both stand in one certificate name.
pub const MAX_AGENT_ID: usize = 40;

/// Longest SPIFFE id, bytes (SPIFFE-ID 2.1 allows 2,048; ours cannot be longer than this).
pub const MAX_SPIFFE_ID: usize = 200;

/// Longest certificate signing request, bytes; ours have about 200.
pub const MAX_CSR: usize = 4_096;

/// Most causes of an error that are looked through.
pub const MAX_CHAIN: usize = 32;

/// How long an agent's certificate counts.
pub const AGENT_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How long the hub's own certificate counts.
pub const HUB_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How long an issuer signs.
pub const ISSUER_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);

/// How long a root counts.
pub const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 20);

/// Certificates begin as long before they are made: clocks differ.
pub const BACKDATED: SignedDuration = SignedDuration::from_mins(5);
