//! What a hub did wrong, kept so that others can be shown.

use std::{fs, path::PathBuf};

use allot_ledger::{
    Digest,
    entry::HubKeys,
    log::{Equivocation, SignedCheckpoint, Tree},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    error::FederationError,
    home::{FileError, Home},
    hub::Stretch,
};
use crate::limits::{EVIDENCE_FILES, PROOFS};

/// How the files of proofs begin.
const PROOF: &str = "equivocation-";

/// What was refused, as it came.
#[derive(Serialize)]
struct RefusedStretch {
    when: Timestamp,
    code: String,
    message: String,
    first: u64,
    leaves: usize,
    /// SHA-256 over all leaves.
    leaves_sha256: Digest,
    /// The signed note, as text.
    checkpoint: String,
}

/// The folder of evidence.
#[derive(Debug, Clone)]
pub struct Evidence(Home);

impl Evidence {
    /// That in `home`.
    #[must_use]
    pub fn of(home: Home) -> Self {
        Self(home)
    }

    /// Keeps what was refused; the same thing once. Nothing is kept once there is too much: a hub must not fill the
    /// disk. Says where it is.
    pub fn refused(
        &self,
        stretch: &Stretch,
        error: &FederationError,
        when: Timestamp,
    ) -> Option<PathBuf> {
        let checkpoint = String::from_utf8_lossy(&stretch.checkpoint).into_owned();
        let leaves = stretch.leaves.concat();
        let refused = RefusedStretch {
            when,
            code: error.code().to_owned(),
            message: error.to_string(),
            first: stretch.first,
            leaves: stretch.leaves.len(),
            leaves_sha256: Digest::of(&leaves),
            checkpoint,
        };
        let same = format!(
            "{}{}{}",
            refused.code,
            head(&refused.checkpoint),
            refused.leaves_sha256
        );
        let id = short(Digest::of(same.as_bytes()));
        let name = format!("refused-{}-{id}.json", refused.code);
        let kept = self.keep(&name, &refused).inspect_err(|error| {
            tracing::warn!("what the hub sent could not be kept as evidence: {error}");
        });
        // There may have been too much already.
        kept.ok().filter(|path| path.exists())
    }

    /// Keeps a proof, and says where.
    ///
    /// # Errors
    /// The disk says no.
    pub fn proven(&self, proof: &Equivocation) -> Result<PathBuf, FileError> {
        let both = [head(&proof.smaller), head(&proof.larger)].concat();
        let id = short(Digest::of(both.as_bytes()));
        let name = format!("{PROOF}{id}.json");
        if !self.0.evidence().join(&name).exists() {
            tracing::error!(proof = name, "the hub has signed two histories");
        }
        self.keep(&name, proof)
    }

    /// A proof against the hub that has this key, if there is one.
    #[must_use]
    pub fn against(&self, hub: &HubKeys) -> Option<PathBuf> {
        let files = fs::read_dir(self.0.evidence()).ok()?;
        let mut proofs = files.flatten().filter(|file| {
            let name = file.file_name();
            name.to_string_lossy().starts_with(PROOF)
        });
        let holds = |file: &fs::DirEntry| {
            let text = fs::read_to_string(file.path()).ok();
            let proof = text.and_then(|text| serde_json::from_str::<Equivocation>(&text).ok());
            proof.is_some_and(|proof| proof.key == hub.log && proof.verify().is_ok())
        };
        proofs.find(holds).map(|file| file.path())
    }

    fn keep(&self, name: &str, what: &impl Serialize) -> Result<PathBuf, FileError> {
        let path = self.0.evidence().join(name);
        let most = if name.starts_with(PROOF) {
            EVIDENCE_FILES + PROOFS
        } else {
            EVIDENCE_FILES
        };
        let is_full = || fs::read_dir(self.0.evidence()).is_ok_and(|f| f.count() >= most);
        if path.exists() || is_full() {
            return Ok(path);
        }
        let text = serde_json::to_string_pretty(what).unwrap_or_default();
        self.0.keep_evidence(name, &(text + "\n"))
    }
}

/// What a checkpoint says. Signatures and clocks below it differ each time that it is shown.
fn head(note: &str) -> &str {
    note.split("\n\n").next().unwrap_or_default()
}

fn short(digest: Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

/// Proves that two checkpoints of a hub contradict each other. `tree` has all leaves of one of them.
#[must_use]
pub fn prove(tree: &Tree, notes: [&SignedCheckpoint; 2], hub: &HubKeys) -> Option<Equivocation> {
    let [one, other] = notes;
    let whole = |note: &SignedCheckpoint| {
        let checkpoint = note.checkpoint();
        tree.root_at(checkpoint.size) == Some(checkpoint.root)
    };
    [(one, other), (other, one)]
        .into_iter()
        .filter(|(ours, _)| whole(ours))
        .find_map(|(ours, theirs)| Equivocation::prove(tree, ours, theirs, hub).ok())
}
