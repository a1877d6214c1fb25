//! What must not be public: invites, certificates' numbers, contacts, who put how many texts here. Its truth is a journal
//! of its own; everything is on disk before anybody hears of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use allot_identity::invite::{self, Book};
use allot_ledger::{Digest, Slug};
use allot_store::{Journal, JournalOptions, Recovery, Seq};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::error::{HubError, Result};

/// The journal, in the private directory.
pub const JOURNAL_DIR: &str = "journal";

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// About an invite.
    Invite(invite::Record),
    /// A certificate was made.
    Certificate {
        /// Whose agent.
        collective: Slug,
        /// Which.
        agent: String,
        /// The certificate's number.
        serial: String,
        /// Until when it counts.
        not_after: Timestamp,
        /// When it was made.
        at: Timestamp,
    },
    /// Whom to ask at a collective.
    Contact {
        /// Whose.
        collective: Slug,
        /// E-mail address or Matrix id.
        contact: String,
        /// Who said so.
        by: Slug,
        /// When.
        at: Timestamp,
    },
    /// A text was put here.
    Text {
        /// By whom.
        by: Slug,
        /// Which.
        sha256: Digest,
        /// Its length.
        bytes: u64,
    },
}

/// What follows from all facts.
#[derive(Debug, Default)]
pub struct Facts {
    /// Invites.
    pub invites: Book,
    /// Contacts.
    pub contacts: BTreeMap<Slug, String>,
    /// Bytes of texts, by who put them here.
    pub texts: BTreeMap<Slug, u64>,
    /// Texts that count already.
    counted: BTreeSet<Digest>,
}

impl Facts {
    fn apply(&mut self, record: Record) {
        match record {
            Record::Invite(record) => self.invites.apply(record),
            Record::Contact {
                collective,
                contact,
                ..
            } => {
                self.contacts.insert(collective, contact);
            }
            Record::Text { by, sha256, bytes } => {
                if self.counted.insert(sha256) {
                    *self.texts.entry(by).or_default() += bytes;
                }
            }
            // The journal keeps the number; nobody asks for it while the hub runs.
            Record::Certificate { .. } => {}
        }
    }

    /// Whether a text counts for somebody already.
    #[must_use]
    pub fn has_text(&self, sha256: &Digest) -> bool {
        self.counted.contains(sha256)
    }
}

/// The journal and what follows from it.
pub struct Private {
    facts: Arc<Mutex<Facts>>,
    journal: Arc<Journal>,
}

/// Whoever holds it is the only one to decide; what is decided is written before the next one is asked.
pub struct Deciding {
    facts: OwnedMutexGuard<Facts>,
    journal: Arc<Journal>,
}

impl Private {
    /// Opens the journal in `dir`, made if there is none, and reads it.
    ///
    /// # Errors
    /// It is damaged, in use, or a record cannot be read.
    pub fn open(dir: &Path) -> Result<(Self, Recovery)> {
        let (journal, recovery) =
            Journal::open(&dir.join(JOURNAL_DIR), &JournalOptions::default())?;
        let mut facts = Facts::default();
        for record in journal.read_from(Seq(1)) {
            let record = record?;
            let seq = record.seq.0;
            let fact = serde_json::from_slice(&record.payload);
            facts.apply(fact.map_err(|source| HubError::Record { seq, source })?);
        }
        let private = Self {
            facts: Arc::new(Mutex::new(facts)),
            journal: Arc::new(journal),
        };
        Ok((private, recovery))
    }

    /// Waits its turn to decide.
    pub async fn decide(&self) -> Deciding {
        Deciding {
            facts: Arc::clone(&self.facts).lock_owned().await,
            journal: Arc::clone(&self.journal),
        }
    }
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Private({} records)", self.journal.last())
    }
}

impl Deciding {
    /// What is known.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Writes down what was decided. It goes on when the caller goes away: what is on disk and not in memory could be
    /// decided twice.
    ///
    /// # Errors
    /// The disk says no; then nothing has changed.
    pub async fn write(mut self, records: Vec<Record>) -> Result<()> {
        super::to_the_end(async move {
            let lines = records.iter().map(|record| {
                let line = serde_json::to_vec(record)?;
                Ok(Bytes::from(line))
            });
            let lines = lines.collect::<Result<Vec<_>>>()?;
            self.journal.append_batch(lines).await?;
            records
                .into_iter()
                .for_each(|record| self.facts.apply(record));
            Ok(())
        })
        .await
    }
}
