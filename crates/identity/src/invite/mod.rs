//! Invites: how an agent of a member comes to be known to the hub.
//!
//! An invite is 256 random bits, kept hashed, used once, for one collective, until it expires. It is one line to paste,
//! and carries what the agent needs to know whom it talks to: the federation's genesis hash and the fingerprint of the
//! hub's CA.

mod attempts;
mod book;
mod refused;
mod secret;
#[cfg(test)]
mod tests;
mod text;

pub use attempts::Attempts;
pub use book::{Book, Issued, Record, State};
pub use refused::Refused;
pub use secret::{Secret, SecretHash};
pub use text::{BadInvite, Invite};

use std::num::NonZeroU32;

use jiff::SignedDuration;

/// How long an invite can be used, when nobody says otherwise.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How long an invite can be used at the most.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Open invites of one collective.
pub const MAX_OPEN: usize = 50;

/// Addresses, and sites, whose tries are counted one by one.
pub const MAX_ADDRESSES: usize = 10_000;

/// A site (IPv4 /24, IPv6 /48) may try as often as this many customers.
pub const SITE_TRIES: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);

/// Tries that are looked at in a second, wherever they come from. One costs less than the handshake before it.
pub const TRIES_A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);
