//! What the hub has signed: the newest checkpoint for everybody, and the last ones for their cosignatures.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use allot_ledger::{
    Digest, PublicKey, Slug,
    log::{self, Checkpoint, SignedCheckpoint, Tree, clock_name, witness_name},
};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::{
    error::{HubError, Result},
    frames::Frames,
    gathered::{Gathered, Kept},
};
use crate::{home::HubSecrets, limits::PASSED_CHECKPOINTS};

/// The newest state of the log, as everybody may see it.
#[derive(Debug)]
pub struct Head {
    /// Entries; all are on disk.
    pub size: u64,
    /// The checkpoint: signed, with the clock's cosignature and those of members that there are.
    pub note: Bytes,
    /// How many members have witnessed it.
    pub witnesses: usize,
    /// The signed clock.
    pub time: Timestamp,
    /// What followers who have all but the last entries get, made once for all of them.
    pub frames: Frames,
}

/// Signs checkpoints, gathers cosignatures, and shows the newest.
pub struct Published {
    origin: String,
    keys: HubSecrets,
    head: watch::Sender<Arc<Head>>,
    gathered: Mutex<Gathered>,
    passed: Mutex<BTreeMap<u64, Bytes>>,
    /// A cosignature came in.
    pub gained: Notify,
}

impl Published {
    /// Begins with a signed checkpoint of the log as it is, and the cosignatures that were kept (a signed note).
    ///
    /// # Errors
    /// The kept checkpoint is of another log than this one.
    pub fn new(
        origin: &str,
        keys: &HubSecrets,
        members: Vec<(Slug, PublicKey)>,
        tree: &Tree,
        time: Timestamp,
        kept: Option<&str>,
    ) -> Result<Self> {
        let mut gathered = Gathered {
            recent: BTreeMap::new(),
            members: members.into_iter().collect(),
            time,
        };
        match kept.map(|note| SignedCheckpoint::read(note.as_bytes(), origin, &keys.log.public())) {
            None => {}
            Some(Ok(signed)) => {
                same_log(&signed, tree)?;
                let members: Vec<_> = gathered.members.clone().into_iter().collect();
                let by = signed.witnesses(&members).into_iter();
                let by = by.filter_map(|(slug, _)| gathered.members.get_key_value(&slug));
                let by = by.map(|(slug, key)| (slug.clone(), *key)).collect();
                gathered.keep(Kept { signed, by });
            }
            // It is of no use but to save members signing once more.
            Some(Err(error)) => {
                tracing::warn!(
                    code = error.code(),
                    "the kept checkpoint is left aside: {error}"
                );
            }
        }
        sign_into(&mut gathered, origin, keys, tree.size(), tree.root(), time)?;
        let head = gathered.head_of(tree.size());
        let head = head.ok_or(HubError::NoCheckpoint { size: tree.size() })?;
        Ok(Self {
            origin: origin.to_owned(),
            keys: keys.clone(),
            head: watch::Sender::new(Arc::new(head)),
            gathered: Mutex::new(gathered),
            passed: Mutex::default(),
            gained: Notify::new(),
        })
    }

    /// Follows the newest checkpoint.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Arc<Head>> {
        self.head.subscribe()
    }

    /// The newest checkpoint.
    #[must_use]
    pub fn head(&self) -> Arc<Head> {
        Arc::clone(&self.head.borrow())
    }

    /// Signs the log as it is now, with a time that is on disk already, and shows it.
    ///
    /// # Errors
    /// It cannot be signed: the origin is no name.
    pub fn publish(
        &self,
        size: u64,
        root: Digest,
        time: Timestamp,
        members: Option<Vec<(Slug, PublicKey)>>,
    ) -> Result<Arc<Head>> {
        let mut gathered = self.gathered();
        if let Some(members) = members {
            gathered.members = members.into_iter().collect();
        }
        gathered.time = time;
        let before = self.head.borrow().size;
        if before != size {
            gathered.let_go(before);
        }
        sign_into(&mut gathered, &self.origin, &self.keys, size, root, time)?;
        self.show(&gathered, size);
        Ok(self.head())
    }

    fn show(&self, gathered: &Gathered, size: u64) {
        if let Some(head) = gathered.head_of(size) {
            self.head.send_replace(Arc::new(head));
        }
    }

    /// Shows the cosignatures that the newest checkpoint gained.
    pub fn show_gained(&self) {
        let gathered = self.gathered();
        let size = self.head.borrow().size;
        self.show(&gathered, size);
    }

    /// Puts a witness's cosignature below the checkpoint of the log as it was with `size` entries, whose root is `root`.
    /// Says how many witnesses it has. A later one takes the place of an older one, up to the hub's own clock: witnesses
    /// sign a log that does not grow again after a vote in it has ended.
    ///
    /// # Errors
    /// The line is no member's.
    pub fn cosign(&self, size: u64, root: Digest, line: &str) -> Result<usize> {
        let mut gathered = self.gathered();
        let mut kept = match gathered.recent.get(&size) {
            Some(known) => known.clone(),
            None => Kept {
                signed: sign(&self.origin, &self.keys, size, root)?,
                by: BTreeMap::new(),
            },
        };
        let named = gathered.named(&self.origin, line);
        let before = kept.clone();
        let names = named
            .iter()
            .map(|(slug, key)| (witness_name(&self.origin, slug), *key));
        kept.signed.add(line, &names.collect::<Vec<_>>())?;
        if let Some((slug, key)) = &named
            && before.by.get(slug) == Some(key)
        {
            let who = [(slug.clone(), *key)];
            let time = |signed: &SignedCheckpoint| signed.witnesses(&who).first().map(|w| w.1);
            let (old, new) = (time(&before.signed), time(&kept.signed));
            if new <= old || new > Some(gathered.time) {
                return Ok(gathered.count(&before));
            }
        }
        kept.by.extend(named);
        let count = gathered.count(&kept);
        gathered.keep(kept);
        drop(gathered);
        self.gained.notify_one();
        Ok(count)
    }

    /// The newest checkpoint that a member has cosigned, for the file that survives a restart.
    #[must_use]
    pub fn cosigned(&self) -> Option<String> {
        let gathered = self.gathered();
        let mut newest = gathered.recent.values().rev();
        let found = newest.find(|kept| gathered.count(kept) > 0);
        found.map(|kept| kept.signed.to_string())
    }

    /// A checkpoint for who catches up and is at `size` now: signed, without the clock, which would say that the log
    /// was that small just now (L4).
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn passed(&self, size: u64, root: Digest) -> Result<Bytes> {
        let lock = || self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&size) {
            return Ok(known.clone());
        }
        let signed = sign(&self.origin, &self.keys, size, root)?;
        let note = Bytes::from(signed.to_string());
        let mut passed = lock();
        if passed.len() >= PASSED_CHECKPOINTS {
            passed.clear();
        }
        passed.insert(size, note.clone());
        Ok(note)
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Published({} at {})",
            self.origin,
            self.head.borrow().size
        )
    }
}

fn same_log(signed: &SignedCheckpoint, tree: &Tree) -> Result<()> {
    let kept = signed.checkpoint();
    if tree.root_at(kept.size) == Some(kept.root) {
        return Ok(());
    }
    Err(HubError::NotWhatWasSigned {
        size: tree.size(),
        signed: kept.size,
    })
}

fn sign(
    origin: &str,
    keys: &HubSecrets,
    size: u64,
    root: Digest,
) -> std::result::Result<SignedCheckpoint, log::Refused> {
    let origin = origin.to_owned();
    let checkpoint = Checkpoint { origin, size, root };
    SignedCheckpoint::sign(&checkpoint, &keys.log)
}

/// Signs a checkpoint with the clock, below the cosignatures that it has already.
fn sign_into(
    gathered: &mut Gathered,
    origin: &str,
    keys: &HubSecrets,
    size: u64,
    root: Digest,
    time: Timestamp,
) -> Result<()> {
    let mut kept = match gathered.recent.remove(&size) {
        Some(kept) => kept,
        None => Kept {
            signed: sign(origin, keys, size, root)?,
            by: BTreeMap::new(),
        },
    };
    let clock = clock_name(origin);
    let line = kept.signed.cosignature(&clock, &keys.clock, time)?;
    kept.signed.add(&line, &[(clock, keys.clock.public())])?;
    gathered.keep(kept);
    Ok(())
}
