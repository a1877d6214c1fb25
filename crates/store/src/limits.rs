//! Every bound of the store, in one place.

/// The most bytes one journal record may carry. Longer things are content and belong into [`crate::Blobs`].
pub const MAX_PAYLOAD: usize = 4 * 1024 * 1024;

/// The most bytes one `append_batch` may carry, all its payloads together.
pub const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The most records one `append_batch` may carry.
pub const MAX_BATCH_RECORDS: usize = 4096;

/// Once a group has this many bytes it is written, even if more requests wait.
pub const MAX_GROUP_BYTES: usize = 1024 * 1024;

/// Once a group has this many requests it is written, even if more wait.
pub const MAX_GROUP_REQUESTS: usize = 1024;

/// How many append requests may wait for the writer; the next caller waits for a place.
pub const QUEUE: usize = 1024;

/// A mark (sequence and offset) is kept in memory for every stretch of this many journal bytes, so that
/// reading from a sequence reads at most this much for nothing. 1 GiB of journal costs 64 KiB of marks.
pub const MARK_EVERY: u64 = 256 * 1024;

/// The most bytes of a value in the index, exclusive: sled moves longer values into files of their own, where
/// its guarantees end. Longer values belong into [`crate::Blobs`].
pub const MAX_INDEX_VALUE: usize = 32 * 1024;

/// The most bytes of a key in the index, without the tree's name.
pub const MAX_INDEX_KEY: usize = 1024;

/// The most bytes of one content blob.
pub const MAX_BLOB: u64 = 64 * 1024 * 1024;
