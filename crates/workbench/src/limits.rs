//! Bounds of the bench: a recipe comes from somebody else's repository, tags and manifests from somebody else's registry.

use std::time::Duration;

/// Largest compose file, bytes; as when a stack is loaded.
pub const MAX_COMPOSE_BYTES: u64 = 2 * 1024 * 1024;

/// Nodes of one compose file. Aliases are not unfolded here, so this is what was typed.
pub const MAX_NODES: usize = 100_000;

/// How deep a compose file may be nested; as when a stack is loaded.
pub const MAX_DEPTH: usize = 64;

/// How deep defaults may stand within defaults.
pub const MAX_TEMPLATE_DEPTH: usize = 16;

/// Longest text of an image, bytes, variables filled in.
pub const MAX_IMAGE_TEXT: usize = 1024;

/// Files of a recipe at one version.
pub const MAX_FILES: usize = 5_000;

/// Bytes of a recipe at one version, all files together.
pub const MAX_TREE_BYTES: u64 = 64 * 1024 * 1024;

/// Tags of one repository that are looked at, of a recipe's and of an image's.
pub const MAX_TAGS: usize = 50_000;

/// Largest answer with tags, bytes: some registries give all that they have at once.
pub const MAX_TAGS_BYTES: usize = 8 * 1024 * 1024;

/// Largest answer with a token, bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Longest `Link` header that is followed, bytes.
pub const MAX_LINK: usize = 4 * 1024;

/// Tags that are asked for at once.
pub const TAG_PAGE: usize = 1_000;

/// Answers of a registry about one repository's tags. Some give fewer tags at once than they were asked for.
pub const MAX_TAG_PAGES: usize = 200;

/// Longest tag that counts as one; the OCI distribution specification says so.
pub const MAX_TAG_BYTES: usize = 128;

/// Largest manifest, bytes; the OCI distribution specification lets registries stop there.
pub const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;

/// Registries and images that are asked at the same time.
pub const LOOKUPS: usize = 4;

/// How long connecting to a registry may take.
pub const CONNECT: Duration = Duration::from_secs(10);

/// How long a registry may be silent in the middle of an answer.
pub const SILENCE: Duration = Duration::from_secs(20);

/// How long one answer of a registry may take.
pub const ANSWER: Duration = Duration::from_secs(60);

/// Tries of one question, the first included.
pub const TRIES: usize = 4;

/// The pause before the second try; it doubles.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two tries.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Largest `versions` file, bytes.
pub const MAX_PINS_BYTES: u64 = 64 * 1024;

/// Largest release notes, bytes; as they are read when a recipe is deployed.
pub const MAX_NOTES_BYTES: u64 = 64 * 1024;

/// So many lines of what git says are shown.
pub const GIT_LINES: usize = 20;
