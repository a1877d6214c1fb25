//! Every bound of the agent, in one place (design section 4.4).

use std::time::Duration;

/// Largest env of an app, bytes. Index values must stay under 32 KiB.
pub const MAX_ENV_BYTES: usize = 24 * 1024;

/// Largest gRPC message that the agent takes or sends, bytes.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Events kept of one operation.
pub const EVENTS_PER_OPERATION: usize = 2_000;

/// Ended operations whose events stay readable with their details.
pub const FINISHED_OPERATIONS: usize = 8;

/// Longest history that is told at once, entries.
pub const MAX_HISTORY: usize = 1_000;

/// Characters of all services' reasons in a verdict together: a verdict is a value of the index (32 KiB).
pub const VERDICT_CHARS: usize = 12_000;

/// Plans kept for `ApplyPlan`.
pub const MAX_PLANS: usize = 64;

/// How long a plan can be applied.
pub const PLAN_LIFETIME: Duration = Duration::from_secs(3600);

/// Log lines of a failing task in a recap.
pub const RECAP_LINES: u32 = 20;

/// Longest log line in a recap, characters.
pub const RECAP_LINE_CHARS: usize = 500;

/// Services whose failure is told with logs.
pub const RECAP_SERVICES: usize = 8;

/// How long collecting a recap may take.
pub const RECAP_TIME: Duration = Duration::from_secs(5);

/// Requests to the engine under way at once for one operation.
pub const PARALLEL_REQUESTS: usize = 16;

/// Longest secret that swarm takes, bytes.
pub const MAX_SECRET_BYTES: usize = 500 * 1024;

/// Apps that one agent looks after at the most.
pub const MAX_APPS: usize = 10_000;

/// How long what the machine says of its users and groups is taken for true: so soon does `usermod -aG` count.
pub const ROLES_FRESH: Duration = Duration::from_secs(10);

/// Callers whose roles are remembered at once.
pub const MAX_CALLERS: usize = 256;

/// Largest message with leaves that is taken from a hub, bytes: what a hub hands out at once, and one leaf and one
/// checkpoint more.
pub const MAX_STRETCH_MESSAGE: usize = 768 * 1024;

/// Largest message with a text that is taken from a hub, bytes: a text has up to 1 MiB.
pub const MAX_TEXT_MESSAGE: usize = 1024 * 1024 + 64 * 1024;

/// Texts that a hub is asked for at once: as many as it answers. By their entries they have no more than one text may.
pub const TEXTS_AT_ONCE: usize = 256;

/// How much a hub may send ahead on one stream, bytes.
pub const STREAM_WINDOW: u32 = 256 * 1024;

/// How much a hub may send ahead on the connection, bytes.
pub const CONNECTION_WINDOW: u32 = 512 * 1024;

/// How often a hub is asked whether it is still there.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long it may take to say so.
pub const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(10);

/// Messages without leaves that a hub may send at once: a beat every 10 s, and one for new cosignatures every 250 ms.
pub const BEATS_AT_ONCE: u32 = 64;

/// How long it takes until one more may come.
pub const BEAT_EVERY: Duration = Duration::from_millis(125);

/// How often an entry is handed in, when other agents of the collective write at the same time.
pub const WRITE_TRIES: u32 = 8;

/// Entries that this agent wrote and knows again, and what it tells its delegates.
pub const SENT_KEPT: usize = 256;

/// What delegates should know, at the most.
pub const NOTICES: usize = 50;

/// Copies of the log that a hub filled with what contradicts what was seen, kept as evidence.
pub const FORKED_LEDGERS: u32 = 3;

/// How soon a copy of the log may be begun anew again: a hub must not keep an agent fetching for ever.
pub const START_OVER_EVERY: Duration = Duration::from_secs(600);

/// Own entries that were lost with a hub, and are handed in again.
pub const LOST_TOLD: usize = 100;

/// Files about what a hub showed and was refused.
pub const EVIDENCE_FILES: usize = 100;

/// Proofs that are kept when there are as many of these.
pub const PROOFS: usize = 20;

/// Most entries that are listed at once.
pub const MAX_ENTRIES: u32 = 1_000;

/// Bytes of entries that are listed at once: an answer is at most [`MAX_MESSAGE_BYTES`].
pub const MAX_ENTRIES_BYTES: usize = 3 * 1024 * 1024;

/// Bytes of resolutions that are listed at once: an answer is at most [`MAX_MESSAGE_BYTES`].
pub const MAX_RESOLUTIONS_BYTES: usize = 3 * 1024 * 1024;

/// Bytes of an exported file that go into one message.
pub const EXPORT_PIECE: usize = 256 * 1024;

/// Largest checkpoint with its proof that a witness takes over HTTP, bytes.
pub const MAX_WITNESS_BODY: usize = 64 * 1024;

/// Proof lines in it (C2SP `tlog-witness`).
pub const MAX_WITNESS_PROOF: usize = 63;

/// Connections of plain HTTP at the same time, for figures or for witnessing; more wait in the system's queue.
pub const HTTP_CONNECTIONS: usize = 32;

/// How long a client may take for a request's head, and say nothing between two requests.
pub const HTTP_HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a connection of plain HTTP lives.
pub const HTTP_LIFE: Duration = Duration::from_secs(120);

/// How long an answer that is under way has once its connection, or the agent, is to end.
pub const HTTP_FAREWELL: Duration = Duration::from_secs(2);

/// Largest head of a request, and what is held of an answer before the client takes it, bytes.
pub const HTTP_BUFFER: usize = 32 * 1024;

/// Header lines of a request.
pub const HTTP_HEADERS: usize = 64;

/// Pause after the system gave no connection, when it has run out of files for example.
pub const HTTP_PAUSE: Duration = Duration::from_millis(200);

/// Times that the whole log is verified at once: each takes a thread, and the state of the log a second time.
pub const VERIFICATIONS: usize = 1;

/// Longest contact, bytes.
pub const MAX_CONTACT: usize = 200;

/// Scripts in `tests/` of a recipe.
pub const TEST_SCRIPTS: usize = 32;

/// Longest script of a recipe's test, bytes: it is one argument of a shell, of which Linux takes 128 KiB.
pub const TEST_SCRIPT_BYTES: u64 = 64 * 1024;

/// How long a script of a recipe's test may take.
pub const TEST_SCRIPT_TIME: Duration = Duration::from_secs(300);

/// How much of a script's output is read, bytes.
pub const TEST_OUTPUT_BYTES: usize = 64 * 1024;

/// Variables that a recipe's test sets.
pub const TEST_VARIABLES: usize = 100;

/// Probes of a recipe's test.
pub const TEST_PROBES: usize = 16;

/// How long a probe is tried.
pub const TEST_PROBE_TIME: Duration = Duration::from_secs(30);

/// Lines of a phase's log in the report of a test.
pub const TEST_LOG_LINES: usize = 40;

/// Longest line in it, characters.
pub const TEST_LOG_LINE_CHARS: usize = 500;

/// Lines that a phase of a test tells while it goes on.
pub const TEST_TOLD_LINES: usize = 200;

/// How long the remains of a throw-away stack are removed again and again until they are gone.
pub const TEST_SWEEP_TIME: Duration = Duration::from_secs(120);

/// Largest archive of images that is taken, bytes.
pub const MAX_IMAGE_ARCHIVE: u64 = 8 << 30;

/// Images that are asked for at once.
pub const MAX_IMAGES_ASKED: usize = 1_000;

/// Largest report of a test, bytes: beside the federation's log a document has at most this.
pub const TEST_REPORT_BYTES: usize = 256 * 1024;
