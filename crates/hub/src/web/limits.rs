//! Every bound of the plain HTTP (design section 4.4).

use std::time::Duration;

/// Connections at the same time; more wait in the system's queue.
pub const MAX_CONNECTIONS: usize = 128;

/// How long a client may take for a request's head, and say nothing between two requests.
pub const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a connection lives: a full bundle of 16 MiB fits through half a megabit a second.
pub const CONNECTION_LIFE: Duration = Duration::from_secs(300);

/// How long an answer that is under way has once its connection, or the hub, is to end.
pub const FAREWELL: Duration = Duration::from_secs(5);

/// Largest head of a request, and what is held of an answer before the client takes it, bytes.
pub const BUFFER: usize = 32 * 1024;

/// Header lines of a request.
pub const MAX_HEADERS: usize = 64;

/// Longest path that names anything: a tile's has less than 60 bytes, a text's 70.
pub const MAX_PATH: usize = 100;

/// Entries of a bundle that are read at once; each has at most 64 KiB.
pub const ENTRIES_AT_ONCE: u64 = 16;

/// Pause after the system gave no connection, when it has run out of files for example.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
