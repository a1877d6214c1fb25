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
