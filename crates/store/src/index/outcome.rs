//! What opening an index asks for and comes to.

use serde::Serialize;

use super::Index;
use crate::header::StoreId;
use crate::seq::Seq;

/// What an index must fit to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexIdentity {
    /// The caller's format of trees and values; raise it when they change.
    pub format: u32,
    /// The store that the journal belongs to.
    pub store_id: StoreId,
    /// The journal's last record.
    pub journal_last: Seq,
}

/// How far an opened index is. The caller applies the journal from there on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexState {
    /// There was none; it is empty.
    Fresh,
    /// It has applied the records up to and with this one.
    UpTo(Seq),
    /// There was one that cannot be used; it is set aside, and this one is empty.
    Discarded(DiscardReason),
}

/// Why an index was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DiscardReason {
    /// sled did not open it, or could not read all of it.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Nothing says which format and journal it belongs to.
    #[error("its state.json is absent or damaged")]
    Unknown,
    /// It has another format of trees and values.
    #[error("its format is {found}, this program's is {wanted}")]
    OtherFormat {
        /// Its format.
        found: u32,
        /// This program's.
        wanted: u32,
    },
    /// It was made from another journal.
    #[error("it belongs to the store {found}")]
    OtherStore {
        /// That store's id.
        found: StoreId,
    },
    /// It has applied records that the journal does not have.
    #[error("it has applied record {applied}, and the journal ends with {journal_last}")]
    AheadOfJournal {
        /// The last record it applied.
        applied: Seq,
        /// The last record of the journal.
        journal_last: Seq,
    },
    /// The machine went down while it was in use, and its files may miss anything.
    #[error("the machine went down while it was in use")]
    MachineWentDown,
    /// Opening it ended the program the last time.
    #[error("opening it ended the program the last time")]
    OpeningCrashed,
    /// It broke while a program used it.
    #[error("it broke while it was in use")]
    Condemned,
}

/// An index and how far it is.
#[derive(Debug)]
pub struct OpenedIndex {
    /// The index.
    pub index: Index,
    /// How far it is.
    pub state: IndexState,
}
