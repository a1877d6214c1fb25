//! Every bound of the ledger, in one place (design section 4.4).
//!
//! These bound an entry, and what is unfinished at the same time; they do not bound how much an author writes over the
//! years. Small decisions, new keys, changed votes, drafts that are withdrawn and names that change are each taken as
//! long as they are well-formed, and each stays in the log for good. A rule could only count entries against a clock that
//! the hub sets, and would have to be the same for ever; so that is left to the hub, which limits how fast each
//! collective can append and may differ from hub to hub. What a member writes too much of is signed by that member.

/// Largest entry as the log holds it, bytes: C2SP tlog-tiles writes an entry's length into 16 bits.
pub const MAX_LEAF_BYTES: usize = 65_535;

/// Largest payload of an envelope, bytes: base64 and the leaf's frame must fit into [`MAX_LEAF_BYTES`].
pub const MAX_PAYLOAD_BYTES: usize = 48_000;

/// Longest text that an entry holds itself, bytes; longer ones are named by their hash.
pub const MAX_INLINE_TEXT: usize = 32 * 1024;

/// Longest form in JSON of a text that an entry holds itself, bytes: line ends and quotes take more room there.
pub const MAX_INLINE_JSON: usize = 40 * 1024;

/// Longest text that can be named by its hash, bytes.
pub const MAX_TEXT: u64 = 1024 * 1024;

/// Longest title, name or other line, characters.
pub const MAX_LINE: usize = 200;

/// Longest reason for a vote, a withdrawal and the like, bytes.
pub const MAX_REASON: usize = 4 * 1024;

/// Longest slug, characters. It stands in a certificate's name and in a DNS label.
pub const MAX_SLUG: usize = 40;

/// Founders that a genesis can name.
pub const MAX_FOUNDERS: usize = 100;

/// Resolutions of one member that can be drafts or under way at the same time.
pub const MAX_OPEN_PER_MEMBER: usize = 50;

/// Applications that wait at the same time; see [`APPLICATION_DAYS`].
pub const MAX_APPLICATIONS: usize = 200;

/// Days after which an application ends that no open resolution and no draft would admit (M9).
pub const APPLICATION_DAYS: i64 = 90;

/// Longest summary of an application, bytes.
pub const MAX_SUMMARY: usize = 2 * 1024;

/// Stewards of one recipe.
pub const MAX_STEWARDS: usize = 20;

/// Resolutions of one import.
pub const MAX_IMPORT: usize = 100;

/// Highest number of an imported resolution: those after it are the log's.
pub const MAX_IMPORTED_NUMBER: u32 = 9_999;

/// Largest checkpoint with its signatures, bytes: [`MAX_COSIGNATURES`] of the longest names fit.
pub const MAX_CHECKPOINT_BYTES: usize = 40 * 1024;

/// Cosignatures of one checkpoint; `signed_note` reads at most 100 signatures.
pub const MAX_COSIGNATURES: usize = 98;

/// Largest Markdown file that is read, bytes.
pub const MAX_MARKDOWN: usize = 1024 * 1024;

/// Rows of a table of members.
pub const MAX_ROWS: usize = 1_000;

/// Warnings about one Markdown file.
pub const MAX_WARNINGS: usize = 100;
