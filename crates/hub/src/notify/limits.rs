//! Every bound of the messages to people (design section 4.4).

use std::time::Duration;

/// Webhooks and rooms together.
pub const MAX_TARGETS: usize = 16;

/// Longest name of a target, characters.
pub const MAX_NAME: usize = 40;

/// Reminders before one deadline.
pub const MAX_REMINDERS: usize = 8;

/// Earliest reminder: a deadline is at most a year away.
pub const MAX_REMIND_HOURS: u32 = 366 * 24;

/// Longest address, and Matrix room, bytes.
pub const MAX_ADDRESS: usize = 2_000;

/// Largest file of a secret, bytes.
pub const MAX_SECRET: u64 = 4 * 1024;

/// Largest file of what was told already, bytes.
pub const MAX_MEMORY: u64 = 64 * 1024 * 1024;

/// Messages that wait; when there are more, the oldest is dropped, and that is said.
pub const MAX_WAITING: usize = 100;

/// Items of each list of a digest; how many more there are is said.
pub const MAX_ITEMS: usize = 10;

/// Names of collectives in one message; how many more there are is said.
pub const MAX_NAMES: usize = 60;

/// Longest title in a list, characters.
pub const TITLE_IN_LIST: usize = 80;

/// Longest reason that is quoted, characters.
pub const QUOTED_REASON: usize = 300;

/// What opened or ended longer ago is no news any more: it is in the digest, if it is anywhere.
pub const NEWS_HOURS: i64 = 7 * 24;

/// How much of a server's answer is read, bytes: enough for an error of Matrix.
pub const MAX_ANSWER: usize = 16 * 1024;

/// How long a server may take for one request, connecting and answer included.
pub const REQUEST_TIME: Duration = Duration::from_secs(15);

/// Pause before the second try of a message; it doubles.
pub const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Longest pause between two tries, also when the server asks for a longer one.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Tries of one message: with these pauses, about five hours.
pub const MAX_TRIES: usize = 40;

/// How often the log is looked at, besides when something happened: deadlines come by themselves.
pub const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Pause after a look, so that a thousand votes a second are not a thousand looks.
pub const LOOK_PAUSE: Duration = Duration::from_millis(250);
