//! Errors of the journal, AL-3001 to AL-3011.

use std::io;
use std::path::{Path, PathBuf};

use crate::seq::Seq;

/// What can go wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has the store open.
    #[error("cannot open the store {}: {} has it open", dir.display(), owner(*pid))]
    InUse {
        /// The locked directory.
        dir: PathBuf,
        /// The process, when it wrote its id.
        pid: Option<u32>,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// A verb: "open", "read".
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file does not begin as a journal of this program does.
    #[error("cannot open the journal {}: {reason}", path.display())]
    Header {
        /// The journal.
        path: PathBuf,
        /// What is wrong with its first bytes.
        reason: String,
    },
    /// A newer program wrote the journal.
    #[error("cannot open the journal {}: {reason}", path.display())]
    NewerFormat {
        /// The journal.
        path: PathBuf,
        /// Its format and ours.
        reason: String,
    },
    /// A record in the middle is broken, and durable records follow it.
    #[error(
        "the journal {} is damaged in the middle: record {seq} at offset {offset}: {reason}; \
         the next good record is {next_seq} at offset {next_offset}", path.display()
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where the broken record begins, in bytes from the start of the file.
        offset: u64,
        /// The sequence that should stand there.
        seq: Seq,
        /// What is wrong with it.
        reason: String,
        /// Where the next good record begins.
        next_offset: u64,
        /// Its sequence.
        next_seq: Seq,
    },
    /// A record that was good when the journal was opened is not any more.
    #[error("the journal {} went bad while it was open: record {seq} at offset {offset}: {reason}", path.display())]
    Rotten {
        /// The journal.
        path: PathBuf,
        /// Where the record begins, in bytes from the start of the file.
        offset: u64,
        /// Its sequence.
        seq: Seq,
        /// What is wrong with it.
        reason: String,
    },
    /// A good record stands where another one should.
    #[error(
        "the journal {} is out of order: record {found} at offset {offset} where {expected} should be", path.display()
    )]
    OutOfOrder {
        /// The journal.
        path: PathBuf,
        /// Where the record begins, in bytes from the start of the file.
        offset: u64,
        /// The sequence that should stand there.
        expected: Seq,
        /// The one that does.
        found: Seq,
    },
    /// The store was there once, its journal is not.
    #[error("the journal {} is missing, and {} shows that there was one", path.display(), trace.display())]
    Missing {
        /// Where the journal should be.
        path: PathBuf,
        /// What shows it.
        trace: PathBuf,
    },
    /// There is no room; nothing of the append is in the journal.
    #[error("cannot append to the journal {}: {source}", path.display())]
    Full {
        /// The journal.
        path: PathBuf,
        /// Disk full, quota used up or file size limit.
        source: io::Error,
    },
    /// The disk failed; whether the last appends are on it is not known, so the journal takes no more.
    #[error("the journal {} takes no more appends: {source}", path.display())]
    Failed {
        /// The journal.
        path: PathBuf,
        /// The first failure.
        source: io::Error,
    },
    /// The payload or batch is over its bound.
    #[error("cannot append {size} {unit} at once: the most is {limit}")]
    TooLarge {
        /// How much was to be appended.
        size: usize,
        /// Of what.
        unit: &'static str,
        /// The bound, see [`crate::limits`].
        limit: usize,
    },
    /// A batch without a record was to be appended.
    #[error("cannot append a batch without a record")]
    EmptyBatch,
    /// The journal was closed.
    #[error("cannot append to the journal {}: it is closed", path.display())]
    Closed {
        /// The journal.
        path: PathBuf,
    },
}

impl JournalError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "AL-3001",
            Self::Io { .. } => "AL-3002",
            Self::Header { .. } => "AL-3003",
            Self::NewerFormat { .. } => "AL-3004",
            Self::Damaged { .. } | Self::Rotten { .. } => "AL-3005",
            Self::OutOfOrder { .. } => "AL-3006",
            Self::Missing { .. } => "AL-3007",
            Self::Full { .. } => "AL-3008",
            Self::Failed { .. } => "AL-3009",
            Self::TooLarge { .. } | Self::EmptyBatch => "AL-3010",
            Self::Closed { .. } => "AL-3011",
        }
    }

    /// The remedy, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::InUse { .. } => {
                "Stop the process that has the store open, or use the store through it."
            }
            Self::Io { .. } => {
                "Look at the owner and mode of the path and at the disk's health, then try again."
            }
            Self::Header { .. } => {
                "Run the daemon's `store repair`, which takes the header from its copy, or restore the store from a backup."
            }
            Self::NewerFormat { .. } => {
                "Use the newer version of the program that wrote this store."
            }
            Self::Damaged { .. } | Self::OutOfOrder { .. } => {
                "Restore the store from a backup, or run the daemon's `store repair --salvage`: it copies the journal, keeps \
                 the records before the damage and writes the later ones to a side file."
            }
            Self::Rotten { .. } => {
                "Look at the disk's health, stop the daemon and run its `store check`."
            }
            Self::Missing { .. } => {
                "Restore the journal from a backup; to begin anew, move the whole store away."
            }
            Self::Full { .. } => {
                "Make room on the disk; appends work again as soon as there is some."
            }
            Self::Failed { .. } => {
                "Look at the disk's health and the kernel log, then start the daemon again."
            }
            Self::TooLarge { .. } | Self::EmptyBatch => {
                "Keep long content in the blob store and append its id."
            }
            Self::Closed { .. } => "Open the store again.",
        };
        Some(help.to_owned())
    }
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}
