//! Commands in running containers, and images from archives.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;

/// The bytes of an archive of images, as they come.
pub type Archive = BoxStream<'static, std::io::Result<Bytes>>;

/// A command to run in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Variables besides those of the container, as `NAME=value`.
    pub env: Vec<String>,
    /// How long it may take. It is not waited for any longer, but an engine has no way to end it.
    pub limit: Duration,
    /// How much of its output is kept, bytes; of a longer one, the end.
    pub keep: usize,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandEnd {
    /// Its exit code; `None` when its time was over before it ended.
    pub exit_code: Option<i64>,
    /// What it printed on both streams, as far as it is kept.
    pub output: Vec<u8>,
}

/// The end of something that is written piece by piece.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    keep: usize,
}

impl Tail {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            bytes: Vec::new(),
            keep,
        }
    }

    /// Takes a piece. Never holds more than twice what is kept, and what came last.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let piece = &piece[piece.len().saturating_sub(self.keep)..];
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() > self.keep.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let over = self.bytes.len().saturating_sub(self.keep);
        self.bytes.drain(..over);
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.cut();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;

    #[test]
    fn of_long_output_the_end_is_kept() {
        let mut tail = Tail::new(4);
        for piece in ["one", "two", "a much longer piece", "end"] {
            tail.push(piece.as_bytes());
            assert!(tail.bytes.len() <= 8);
        }
        assert_eq!(tail.end(), b"eend");
        let mut short = Tail::new(4);
        short.push(b"ab");
        assert_eq!(short.end(), b"ab");
    }
}
