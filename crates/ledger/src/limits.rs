//! Every bound of the ledger, in one place (design section 4.4).
//!
//! These bound an entry, what is unfinished at the same time, and what a member begins in a day, since each resolution
//! stays in everybody's state; they do not bound how much an author writes over the years. New keys, changed votes, drafts
//! that are changed and names that change are each taken as long as they are well-formed, and each stays in the log for
//! good. That is left to the hub, which limits how fast each collective can append and may differ from hub to hub. What a
//! member writes too much of is signed by that member.

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

/// Resolutions that one member begins on one day, by the log's time: drafts, and what it proposes without one (D16).
pub const MAX_BEGUN_PER_DAY: usize = 100;

/// Applications that wait at the same time; see [`APPLICATION_DAYS`].
pub const MAX_APPLICATIONS: usize = 200;

/// Applications that wait at the same time and name the same sponsor, or none (M11). A hub lets nobody else than the
/// sponsor bring one, so that no member takes the room of the others.
pub const MAX_PER_SPONSOR: usize = 20;

/// Days after which an application ends that no open resolution and no draft would admit (M9).
pub const APPLICATION_DAYS: i64 = 90;

/// Longest summary of an application, bytes.
pub const MAX_SUMMARY: usize = 2 * 1024;

/// Stewards of one recipe.
pub const MAX_STEWARDS: usize = 20;

/// Longest name of a recipe, characters. It stands in a path and in a stack's name.
pub const MAX_RECIPE_NAME: usize = 64;

/// Longest version of a recipe, bytes: as long as `allot_recipe` reads one.
pub const MAX_VERSION: usize = 128;

/// Longest document beside the log, bytes: of a version, of a recipe, of a test.
pub const MAX_DOCUMENT: u32 = 256 * 1024;

/// Recipes.
pub const MAX_RECIPES: usize = 10_000;

/// Versions of one recipe. What was pinned stays for ever, so whoever looks at a recipe with a long past for the first
/// time leaves room for what is still to come.
pub const MAX_VERSIONS: usize = 2_000;

/// Versions of all recipes: 200,000 take some 30 MB of memory wherever the log is folded.
pub const MAX_ALL_VERSIONS: usize = 200_000;

/// Versions of one recipe that were released and that the hub has not observed: nobody fills a catalogue with versions
/// that no repository has.
pub const MAX_AHEAD: usize = 10;

/// Versions of one entry of the hub.
pub const MAX_SEEN: usize = 100;

/// Recipes that a member may look after when it claims another one. A resolution can make it more.
pub const MAX_CLAIMS: usize = 100;

/// Open flags of one member.
pub const MAX_FLAGS: usize = 50;

/// Open flags of one member on one recipe.
pub const MAX_FLAGS_OF_RECIPE: usize = 3;

/// Test reports of one collective that are held, and as many outcomes of upgrades; older ones are only in the log.
pub const MAX_TOLD: usize = 2_000;

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
