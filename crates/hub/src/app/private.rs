//! What must not be public: invites, certificates' numbers, contacts, who put how many texts here. Its truth is a journal
//! of its own; everything is on disk before anybody hears of it. What would only grow in memory (the agents that ever
//! were) is in an index, which is made anew from the journal when it is damaged, and which nothing else rests on.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use allot_identity::invite::{self, Book};
use allot_ledger::{Digest, Slug};
use allot_store::{Batch, IndexState, OpenReport, Seq, Store, StoreOptions, Tree};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::error::{HubError, Result};

/// Format of the index; one of another format is made anew.
const INDEX_FORMAT: u32 = 1;

/// The newest certificate of each agent that ever had one, by `collective/agent`.
const AGENTS: Tree<KnownAgent> = Tree::new("agents");

/// An agent that has, or had, a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAgent {
    /// Whose.
    pub collective: Slug,
    /// Which.
    pub agent: String,
    /// Number of its newest certificate.
    pub serial: String,
    /// Until when that counts.
    pub not_after: Timestamp,
}

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
        /// What its digest in an application was salted with, hexadecimal.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        salt: String,
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
            Record::Text { by, bytes, .. } => *self.texts.entry(by).or_default() += bytes,
            Record::Certificate { .. } => {}
        }
    }
}

/// What a fact changes in the index.
fn index(batch: &mut Batch, record: &Record) -> Result<()> {
    if let Record::Certificate {
        collective,
        agent,
        serial,
        not_after,
        ..
    } = record
    {
        let known = KnownAgent {
            collective: collective.clone(),
            agent: agent.clone(),
            serial: serial.clone(),
            not_after: *not_after,
        };
        batch.put(&AGENTS, format!("{collective}/{agent}"), &known)?;
    }
    Ok(())
}

/// The journal and what follows from it.
pub struct Private {
    facts: Arc<Mutex<Facts>>,
    store: Arc<Store>,
}

/// Whoever holds it is the only one to decide; what is decided is written before the next one is asked.
pub struct Deciding {
    facts: OwnedMutexGuard<Facts>,
    store: Arc<Store>,
}

impl Private {
    /// Opens the store in `dir`, made if there is none, reads its journal, and brings its index up to date.
    ///
    /// # Errors
    /// It is damaged, in use, or a record cannot be read.
    pub fn open(dir: &Path) -> Result<(Self, OpenReport)> {
        let (store, report) = Store::open(dir, &StoreOptions::new(INDEX_FORMAT))?;
        let applied = match report.index {
            IndexState::UpTo(seq) => seq,
            _ => Seq::ZERO,
        };
        let mut facts = Facts::default();
        for record in store.journal.read_from(Seq(1)) {
            let record = record?;
            let seq = record.seq.0;
            let fact: Record = serde_json::from_slice(&record.payload)
                .map_err(|source| HubError::Record { seq, source })?;
            if record.seq > applied {
                let mut batch = Batch::new();
                index(&mut batch, &fact)?;
                store.index.apply(batch, record.seq)?;
            }
            facts.apply(fact);
        }
        let private = Self {
            facts: Arc::new(Mutex::new(facts)),
            store: Arc::new(store),
        };
        Ok((private, report))
    }

    /// Waits its turn to decide.
    pub async fn decide(&self) -> Deciding {
        Deciding {
            facts: Arc::clone(&self.facts).lock_owned().await,
            store: Arc::clone(&self.store),
        }
    }

    /// Every agent that has, or had, a certificate, by name.
    ///
    /// # Errors
    /// The index is damaged; the next start makes it anew.
    pub fn agents(&self) -> Result<Vec<KnownAgent>> {
        let found = self.store.index.scan(&AGENTS, []);
        Ok(found
            .map(|row| row.map(|(_, agent)| agent))
            .collect::<std::result::Result<_, _>>()?)
    }
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Private({} records)", self.store.journal.last())
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
            let mut batch = Batch::new();
            let mut lines = Vec::with_capacity(records.len());
            for record in &records {
                index(&mut batch, record)?;
                lines.push(Bytes::from(serde_json::to_vec(record)?));
            }
            let written = self.store.journal.append_batch(lines).await?;
            // Nothing rests on the index: agents get in and renew though it is damaged, until the next start mends it.
            if let Err(error) = self.store.index.apply(batch, *written.end()) {
                tracing::debug!(code = error.code(), "the index is behind: {error}");
            }
            records
                .into_iter()
                .for_each(|record| self.facts.apply(record));
            Ok(())
        })
        .await
    }
}
