//! What the writer needs of a file. A trait, so that a test can own a disk that is full or broken.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// A file that the journal's writer writes.
pub(crate) trait Medium: Send + 'static {
    /// Writes all bytes at an offset.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable (`fdatasync`).
    fn sync(&self) -> io::Result<()>;
    /// Cuts the file to a length.
    fn truncate(&self, len: u64) -> io::Result<()>;
}

impl Medium for std::sync::Arc<File> {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}
