//! The agent's memory: every change is journaled first, then folded into the index that reads answer from.

use std::{path::Path, sync::Arc};

use allot_store::{Batch, IndexState, OpenReport, Seq, Store, StoreOptions, Tree};
use tokio::sync::Mutex;

use super::{
    blocking,
    error::{AppError, Result},
    model::{App, Ended, EnvRevision, Generation, Operation},
    record::Record,
};

/// Format of the index; a different one on disk is discarded and folded anew.
const INDEX_FORMAT: u32 = 1;

/// How many records are folded in one batch while an index is made anew.
const FOLD_BATCH: usize = 512;

const APPS: Tree<App> = Tree::new("apps");
const ENVS: Tree<EnvRevision> = Tree::new("envs");
const OPERATIONS: Tree<Operation> = Tree::new("operations");
/// App and operation id -> nothing: the history of an app, in the order of time.
const HISTORY: Tree<()> = Tree::new("history");
/// Operations without an end.
const OPEN: Tree<()> = Tree::new("open");
const GENERATIONS: Tree<Generation> = Tree::new("generations");

/// Apps, env revisions, operations and generations, as the journal tells them. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Registry {
    store: Arc<Store>,
    /// Held from the append to the end of the fold, so that records are folded in their order.
    fold: Arc<Mutex<()>>,
}

impl Registry {
    /// Opens the store in `dir`, making it if there is none, and brings its index up to date.
    ///
    /// # Errors
    /// The store cannot be opened, or a record cannot be read.
    pub fn open(dir: &Path) -> Result<(Self, OpenReport)> {
        let (store, report) = Store::open(dir, &StoreOptions::new(INDEX_FORMAT))?;
        let registry = Self {
            store: Arc::new(store),
            fold: Arc::default(),
        };
        let from = match report.index {
            IndexState::UpTo(seq) => seq,
            _ => Seq::ZERO,
        };
        registry.catch_up(from)?;
        Ok((registry, report))
    }

    /// Folds what the journal has beyond `applied`.
    fn catch_up(&self, applied: Seq) -> Result<()> {
        let mut pending = Vec::with_capacity(FOLD_BATCH);
        for record in self.store.journal.read_from(applied.next()) {
            let record = record?;
            pending.push((record.seq, decode(record.seq, &record.payload)?));
            if pending.len() == FOLD_BATCH {
                self.fold_all(&mut pending)?;
            }
        }
        self.fold_all(&mut pending)
    }

    /// Folds one at a time: a record may read what the one before it wrote.
    fn fold_all(&self, pending: &mut Vec<(Seq, Record)>) -> Result<()> {
        for (seq, record) in pending.drain(..) {
            self.fold_one(seq, &record)?;
        }
        Ok(())
    }

    /// Journals a fact and returns once it is durable and readable.
    ///
    /// It runs to its end even if the caller goes away: a record that is journaled but not folded would be missing
    /// from the index as soon as the next one is folded.
    ///
    /// # Errors
    /// The journal could not take it; then nothing has changed.
    pub async fn commit(&self, record: Record) -> Result<()> {
        let in_order = Arc::clone(&self.fold).lock_owned().await;
        let this = self.clone();
        blocking("journaling", move || {
            let done = this.commit_now(&record);
            drop(in_order);
            done
        })
        .await
    }

    fn commit_now(&self, record: &Record) -> Result<()> {
        let payload = serde_json::to_vec(record).map_err(|source| AppError::Encode { source })?;
        // What the index cannot hold must not reach the journal: it could never be folded again.
        let batch = self.folded(record)?;
        let seq = self.store.journal.append_blocking(payload)?;
        Ok(self.store.index.apply(batch, seq)?)
    }

    fn fold_one(&self, seq: Seq, record: &Record) -> Result<()> {
        Ok(self.store.index.apply(self.folded(record)?, seq)?)
    }

    fn folded(&self, record: &Record) -> Result<Batch> {
        let mut batch = Batch::new();
        self.fold(record, &mut batch)?;
        Ok(batch)
    }

    fn fold(&self, record: &Record, batch: &mut Batch) -> Result<()> {
        match record {
            Record::AppCreated { app, env } => {
                batch.put(&APPS, &app.name, app)?;
                batch.put(&ENVS, env_key(&app.name, env.revision), env)?;
            }
            Record::EnvChanged {
                app: name,
                env_version,
                env,
            } => {
                if let Some(mut app) = self.store.index.get(&APPS, name)? {
                    app.env_revision = env.revision;
                    app.env_version.clone_from(env_version);
                    batch.put(&APPS, name, &app)?;
                }
                batch.put(&ENVS, env_key(name, env.revision), env)?;
            }
            Record::AppRemoved { app, .. } => batch.remove(&APPS, app),
            Record::OperationStarted { operation } => {
                batch.put(&OPERATIONS, &operation.id, operation)?;
                batch.put(&HISTORY, history_key(&operation.app, &operation.id), &())?;
                batch.put(&OPEN, &operation.id, &())?;
            }
            Record::StepsDone { operation, steps } => {
                let done = u32::try_from(steps.len()).unwrap_or(u32::MAX);
                self.amend(batch, operation, |o| {
                    o.steps_done = o.steps_done.saturating_add(done)
                })?;
            }
            Record::OperationEnded {
                operation,
                at,
                verdict,
            } => {
                let ended = Ended {
                    at: *at,
                    verdict: verdict.clone(),
                };
                self.amend(batch, operation, |o| o.ended = Some(ended))?;
                batch.remove(&OPEN, operation);
            }
            Record::GenerationStored { app, generation } => {
                batch.put(
                    &GENERATIONS,
                    history_key(app, &generation.operation),
                    generation,
                )?;
            }
        }
        Ok(())
    }

    fn amend(
        &self,
        batch: &mut Batch,
        id: &str,
        change: impl FnOnce(&mut Operation),
    ) -> Result<()> {
        if let Some(mut operation) = self.store.index.get(&OPERATIONS, id)? {
            change(&mut operation);
            batch.put(&OPERATIONS, id, &operation)?;
        }
        Ok(())
    }

    /// An app by its name.
    ///
    /// # Errors
    /// There is none, or the index cannot be read.
    pub fn app(&self, name: &str) -> Result<App> {
        if let Some(app) = self.store.index.get(&APPS, name)? {
            return Ok(app);
        }
        let known = self.apps()?.into_iter().map(|a| a.name).collect();
        Err(AppError::NoSuchApp {
            name: name.to_owned(),
            known,
        })
    }

    /// Whether there is an app of that name.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn has_app(&self, name: &str) -> Result<bool> {
        Ok(self.store.index.get(&APPS, name)?.is_some())
    }

    /// All apps, by name.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn apps(&self) -> Result<Vec<App>> {
        self.values(&APPS, "")
    }

    /// A revision of an app's env; 0 is the newest.
    ///
    /// # Errors
    /// There is no such app or revision, or the index cannot be read.
    pub fn env(&self, app: &App, revision: u64) -> Result<EnvRevision> {
        let revision = if revision == 0 {
            app.env_revision
        } else {
            revision
        };
        let found = self.store.index.get(&ENVS, env_key(&app.name, revision))?;
        found.ok_or_else(|| AppError::NoSuchRevision {
            app: app.name.clone(),
            revision,
            newest: app.env_revision,
        })
    }

    /// All revisions of an app's env, oldest first; those of an earlier app of the same name are overwritten.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn env_revisions(&self, app: &App) -> Result<Vec<EnvRevision>> {
        let mut revisions = self.values(&ENVS, &format!("{}\0", app.name))?;
        revisions.retain(|r| r.revision <= app.env_revision);
        Ok(revisions)
    }

    /// What was done to an app, oldest first.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn operations(&self, app: &str) -> Result<Vec<Operation>> {
        let prefix = format!("{app}\0");
        let ids = self.store.index.scan(&HISTORY, prefix.as_bytes());
        let mut operations = Vec::new();
        for pair in ids {
            let (key, ()) = pair?;
            let id = key.get(prefix.len()..).unwrap_or_default();
            operations.extend(self.store.index.get(&OPERATIONS, id)?);
        }
        Ok(operations)
    }

    /// An operation by its id.
    ///
    /// # Errors
    /// There is none, or the index cannot be read.
    pub fn operation(&self, id: &str) -> Result<Operation> {
        let found = self.store.index.get(&OPERATIONS, id)?;
        found.ok_or_else(|| AppError::NoSuchOperation { id: id.to_owned() })
    }

    /// Operations that began and have no end.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn open_operations(&self) -> Result<Vec<Operation>> {
        let mut open = Vec::new();
        for pair in self.store.index.scan(&OPEN, "") {
            let (id, ()) = pair?;
            open.extend(self.store.index.get(&OPERATIONS, id)?);
        }
        Ok(open)
    }

    /// Stacks of an app that converged, oldest first.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn generations(&self, app: &str) -> Result<Vec<Generation>> {
        self.values(&GENERATIONS, &format!("{app}\0"))
    }

    /// The store, for blobs and for its health.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn values<V: serde::de::DeserializeOwned>(
        &self,
        tree: &Tree<V>,
        prefix: &str,
    ) -> Result<Vec<V>> {
        self.store
            .index
            .scan(tree, prefix)
            .map(|pair| Ok(pair?.1))
            .collect()
    }
}

fn decode(seq: Seq, payload: &[u8]) -> Result<Record> {
    serde_json::from_slice(payload).map_err(|source| AppError::Decode { seq: seq.0, source })
}

fn env_key(app: &str, revision: u64) -> Vec<u8> {
    [app.as_bytes(), b"\0", &revision.to_be_bytes()].concat()
}

fn history_key(app: &str, operation: &str) -> Vec<u8> {
    [app.as_bytes(), b"\0", operation.as_bytes()].concat()
}
