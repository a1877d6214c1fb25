//! Bytes that survive.
//!
//! The truth of a daemon is its [`Journal`]: an append-only file of checked records, written by one thread,
//! made durable with `fdatasync` before anybody is told "yes". Beside it stand two helpers that hold no truth
//! of their own: the [`Index`] (sled; rebuilt from the journal whenever there is doubt) and the [`Blobs`]
//! (files named by the SHA-256 of their content). [`Store`] ties the three together, [`check`] looks at a store
//! without changing it and [`repair`] mends what can be mended.
//!
//! The layout of a store, and who writes what:
//!
//! ```text
//! DIR/LOCK              the process id of the one daemon that has the store open
//! DIR/journal/journal   a header, then records (see `record`)
//! DIR/journal/HEADER    a copy of the header, so that a damaged one can be repaired
//! DIR/journal/cut-*     tails that were cut off a torn journal, kept for a person to look at
//! DIR/index/            sled and `state.json`; may be deleted at any time while the daemon is down
//! DIR/blobs/ab/abcd…    content, named by its hash
//! ```

mod blobs;
mod check;
mod error;
mod fsx;
mod group_sync;
mod header;
mod index;
mod journal;
pub mod limits;
mod lock;
mod medium;
mod reader;
mod record;
mod recovery;
mod repair;
mod salvage;
mod scan;
mod seq;
mod store;
mod writer;

pub use blobs::{BlobId, Blobs};
pub use check::{Area, CheckReport, Finding, Severity, check};
pub use error::{BlobError, IndexError, JournalError, StoreError};
pub use fsx::{sync_dir, write_atomic};
pub use header::StoreId;
pub use index::{Batch, DiscardReason, Index, IndexIdentity, IndexState, OpenedIndex, Tree};
pub use journal::{Journal, JournalHealth, JournalOptions};
pub use reader::Reader;
pub use record::Record;
pub use recovery::{Cut, Recovery};
pub use repair::{RepairAction, RepairOptions, RepairReport, repair};
pub use seq::Seq;
pub use store::{OpenReport, Store, StoreHealth, StoreOptions};
