//! Bounds of the command line, so that no answer, log or input can grow without end.

use std::time::Duration;

/// Largest message taken from the agent, bytes. The largest real one is a plan with its release notes.
pub const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Largest message sent to the agent, bytes.
pub const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// Longest log line shown in a terminal or text file, characters; the rest is cut with a mark.
pub const MAX_LOG_LINE: usize = 16 * 1024;

/// Largest secret, bytes: swarm refuses more (`MaxSecretSize` of moby's swarmkit API).
pub const MAX_SECRET: usize = 500 * 1024;

/// Largest env text, bytes.
pub const MAX_ENV: usize = 1024 * 1024;

/// How long connecting may take.
pub const CONNECT: Duration = Duration::from_secs(5);

/// How long the agent may take to begin an answer. A plan may have to fetch a repository first.
pub const ANSWER: Duration = Duration::from_secs(300);

/// How often a quiet connection is asked whether it lives, so that a hung agent is noticed.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long it may take to say so.
pub const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(10);

/// Longest invite that is looked at, bytes; a real one has about 400.
pub const MAX_INVITE: usize = 4 * 1024;

/// Largest application, bytes: an envelope, and a contact beside it.
pub const MAX_APPLICATION: usize = 128 * 1024;

/// Most resolutions that are listed.
pub const MAX_RESOLUTIONS: usize = 100_000;

/// Longest text of a resolution, bytes.
pub const MAX_TEXT: usize = 1024 * 1024;

/// Largest checkpoint with its signatures, bytes.
pub const MAX_CHECKPOINT: usize = allot_ledger::limits::MAX_CHECKPOINT_BYTES;

/// Largest Markdown file of an import, bytes.
pub const MAX_MARKDOWN: usize = MAX_TEXT;

/// Files of one import.
pub const MAX_IMPORT_FILES: usize = 5_000;

/// Entries of one folder that are looked at when it is imported.
pub const MAX_FOLDER_ENTRIES: usize = 20_000;

/// How deep an import looks for folders of resolutions.
pub const MAX_FOLDER_DEPTH: usize = 8;

/// Bytes of one import, all files together.
pub const MAX_IMPORT_BYTES: usize = 64 * 1024 * 1024;

/// Files and bytes that are sent at once; with their frame they stay under [`MAX_REQUEST`].
pub const IMPORT_BATCH: (usize, usize) = (allot_ledger::limits::MAX_IMPORT, 3 * 1024 * 1024);

/// Files and bytes of one export.
pub const MAX_EXPORT: (u64, u64) = (1_000_000, 64 * 1024 * 1024 * 1024);

/// Largest file that an export writes a part of, bytes.
pub const MAX_LISTING: usize = 8 * 1024 * 1024;

/// Longest path of an exported file, bytes.
pub const MAX_EXPORT_PATH: usize = 255;

/// Largest catalogue that is exported, bytes.
pub const MAX_RECIPES_JSON: usize = 64 * 1024 * 1024;

/// Largest report of a test that goes with a release, bytes.
pub const MAX_REPORT: usize = 256 * 1024;

/// Archives of images in one folder.
pub const MAX_ARCHIVES: usize = 500;

/// Largest list of images in an archive, bytes.
pub const MAX_IMAGE_LIST: u64 = 4 * 1024 * 1024;

/// Entries of an archive that are looked at for that list.
pub const MAX_ARCHIVE_ENTRIES: usize = 100_000;

/// Bytes of an archive that go into one message.
pub const ARCHIVE_PIECE: usize = 256 * 1024;
