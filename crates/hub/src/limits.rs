//! Every bound of the hub, in one place (design section 4.4). What an admin may change is in the configuration's
//! `[limits]`; these are its defaults, and what nobody changes.

use std::time::Duration;

use jiff::SignedDuration;

/// Largest message with an argument or two, bytes: a certificate signing request has up to 4 KiB.
pub const MAX_LIGHT_BYTES: usize = 8 * 1024;

/// Largest message with an entry, bytes: it has up to 64 KiB, and its answer a checkpoint of up to 40 KiB.
pub const MAX_ENTRY_BYTES: usize = 112 * 1024;

/// Largest message with a text, bytes: a text has up to 1 MiB, and so have many in one answer, with up to 12 bytes more
/// for each.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024 + 4 * 1024;

/// Texts that are asked for in one call.
pub const TEXTS_AT_ONCE: usize = 256;

/// Messages of one agent that are under way at the same time, in both directions, bytes; texts apart.
pub const MESSAGES_PER_AGENT: usize = 2 * 1024 * 1024;

/// The same of one collective's agents.
pub const MESSAGES_PER_COLLECTIVE: usize = 8 * 1024 * 1024;

/// The same of all agents.
pub const MESSAGES: usize = 32 * 1024 * 1024;

/// Texts of one agent that are under way at the same time, in both directions, bytes.
pub const TEXTS_PER_AGENT: usize = 4 * MAX_TEXT_BYTES;

/// The same of one collective's agents.
pub const TEXTS_PER_COLLECTIVE: usize = 8 * MAX_TEXT_BYTES;

/// The same of all agents. While one is taken apart there are two of it in memory.
pub const TEXTS: usize = 32 * MAX_TEXT_BYTES;

/// How long a call waits for other calls to make room. What has come of its message is in the way of its connection's
/// other calls meanwhile.
pub const ROOM_PATIENCE: Duration = Duration::from_secs(2);

/// How long a call may take, from its first byte until the last of its answer was taken; streams apart.
pub const CALL_TIME: Duration = Duration::from_secs(30);

/// Entries that wait to be written; who comes later waits for a place.
pub const QUEUE: usize = 1_024;

/// How long somebody waits for a place.
pub const QUEUE_PATIENCE: Duration = Duration::from_secs(5);

/// Entries that are written at once. The journal takes 8 MiB at once, and an entry has up to 64 KiB.
pub const BATCH: usize = 128;

/// After the disk said that it is full, nothing is tried for this long: taking an entry back reads the whole log.
pub const FULL_PAUSE: Duration = Duration::from_secs(1);

/// How far the machine's clock may be behind what the hub has signed before it stops writing.
pub const CLOCK_BEHIND: SignedDuration = SignedDuration::from_mins(5);

/// How far the machine's clock may run ahead of the time that has passed since [`CLOCK_MARKED`] before the hub stops
/// writing: somebody has set it.
pub const CLOCK_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How often the two are brought together: clocks run a little fast or slow.
pub const CLOCK_MARKED: Duration = Duration::from_secs(60 * 60);

/// A hub that starts so long after the newest time that it signed says so: it cannot know that it was down.
pub const CLOCK_GAP: SignedDuration = SignedDuration::from_hours(1);

/// Checkpoints that cosignatures are gathered for: the newest ones.
pub const CHECKPOINTS: usize = 256;

/// Checkpoints without a clock that are kept for followers who catch up, bytes apart.
pub const PASSED_CHECKPOINTS: usize = 256;

/// Entries of one message to a follower who catches up.
pub const STRETCH_LEAVES: u64 = 256;

/// Bytes of entries of one message to a follower; a single entry may be larger.
pub const STRETCH_BYTES: usize = 128 * 1024;

/// Streams of one agent at the same time: a new connection follows before the old one is given up.
pub const SEATS_PER_AGENT: usize = 4;

/// Longest version that an agent says of itself, characters.
pub const MAX_VERSION: usize = 40;

/// Events that somebody who is slow to send them may be behind before the oldest are dropped.
pub const EVENTS: usize = 256;

/// Longest contact, characters.
pub const MAX_CONTACT: usize = 200;

/// Longest salt of a contact's digest, bytes.
pub const MAX_SALT: usize = 64;

/// Certificates that one agent may ask for in an hour.
pub const RENEWALS_PER_HOUR: u32 = 20;

/// How long a handshake may take.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a connection without a certificate may last: it has an invite to spend and nothing else to do.
pub const NOBODY_TIME: Duration = Duration::from_secs(30);

/// Calls of one connection at the same time.
pub const STREAMS_PER_CONNECTION: u32 = 16;

/// The same without a certificate.
pub const STREAMS_OF_NOBODY: u32 = 2;

/// What a caller may send before it is read, bytes, for each call and for the connection. An entry's request fits.
pub const WINDOW: u32 = 64 * 1024;

/// An answer goes out in pieces of so many bytes. What follows takes its call's room until then.
pub const PIECE: usize = 4 * 1024;

/// Bytes of pieces that wait to go out before the next one is made.
pub const SEND_BUFFER: usize = 4 * 1024;

/// Largest headers of a request, bytes.
pub const MAX_HEADERS: u32 = 8 * 1024;

/// What is heard of a call that is refused before the answer goes out: bytes, and for how long.
pub const HEARD_OUT_BYTES: usize = 64 * 1024;
/// See [`HEARD_OUT_BYTES`].
pub const HEARD_OUT: Duration = Duration::from_secs(1);

/// Streams that a caller may open and reset before they are looked at; then its connection ends.
pub const RESET_STREAMS: usize = 32;

/// Streams of one connection that may end with an error of the caller's in HTTP/2; then the connection ends.
pub const FAULTY_STREAMS: usize = 1_024;

/// How often a silent connection is asked whether it is still there, and how long it may take to answer.
pub const PING_EVERY: Duration = Duration::from_secs(30);
/// See [`PING_EVERY`].
pub const PING_PATIENCE: Duration = Duration::from_secs(20);

/// When the system itself looks whether the other machine is there.
pub const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// How long calls may go on after the hub was told to stop.
pub const FAREWELL: Duration = Duration::from_secs(5);

/// An issuer that ends sooner than this is worth a warning.
pub const ISSUER_SOON: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Largest file of settings or keys that is read, bytes.
pub const MAX_FILE: u64 = 256 * 1024;
