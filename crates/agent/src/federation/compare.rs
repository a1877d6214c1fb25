//! Holding a checkpoint that came another way against what this agent has: what shows a hub that tells members different
//! things.

use std::path::PathBuf;

use allot_ledger::{Author, Body, Leaf, entry::HubKeys, log::SignedCheckpoint};

use super::{Federation, error::Result, evidence::prove, member::Member};

/// What can be said of another member's checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is of the same state of the log.
    Same,
    /// It is of an earlier one.
    Older,
    /// It is of a later one: nothing can be said yet.
    Newer,
    /// It is of another log.
    Forked,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Older => "older",
            Self::Newer => "newer",
            Self::Forked => "forked",
        }
    }
}

/// What came of comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What can be said.
    pub verdict: Verdict,
    /// Entries here.
    pub own_size: u64,
    /// Entries there.
    pub other_size: u64,
    /// Proof that the hub has signed two histories, JSON, and where it is kept.
    pub proof: Option<(String, PathBuf)>,
}

impl Federation {
    /// Compares a signed checkpoint with the own copy of the log.
    ///
    /// # Errors
    /// It is none, or not of this federation's log.
    pub async fn compare(&self, checkpoint: &str) -> Result<Compared> {
        self.member()?.compare(checkpoint).await
    }
}

impl Member {
    async fn compare(&self, checkpoint: &str) -> Result<Compared> {
        let log = self.log()?;
        let text = format!("{}\n", checkpoint.trim());
        let (theirs, hub) = self.read_any(&text).await?;
        let memory = self.memory.lock().await;
        let book = log.book().await;
        let tree = book.tree();
        let (size, root) = (theirs.checkpoint().size, theirs.checkpoint().root);
        let verdict = match tree.root_at(size) {
            None => Verdict::Newer,
            Some(own) if own != root => Verdict::Forked,
            Some(_) if size == tree.size() => Verdict::Same,
            Some(_) => Verdict::Older,
        };
        let mut proof = None;
        if verdict == Verdict::Forked {
            let mut notes = memory.notes().filter_map(|note| {
                SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log).ok()
            });
            let found = notes.find_map(|own| prove(tree, [&own, &theirs], &hub));
            if let Some(found) = found {
                let path = self.evidence.proven(&found)?;
                let json = serde_json::to_string_pretty(&found).unwrap_or_default();
                proof = Some((json, path));
            }
        }
        Ok(Compared {
            verdict,
            own_size: tree.size(),
            other_size: size,
            proof,
        })
    }

    /// Reads a checkpoint of this hub, or of one before it: that has signed the older part of the log.
    async fn read_any(&self, text: &str) -> Result<(SignedCheckpoint, HubKeys)> {
        let read = |hub: &HubKeys| SignedCheckpoint::read(text.as_bytes(), &hub.origin, &hub.log);
        let (serving, others) = {
            let book = self.log()?.book().await;
            let state = book.state();
            let others = [state.hub().clone(), state.genesis().hub.clone()];
            (state.serving_hub().clone(), others)
        };
        let newest = match read(&serving) {
            Ok(signed) => return Ok((signed, serving)),
            Err(error) => error,
        };
        let mut others = others.into_iter();
        let known = others.find_map(|hub| Some((read(&hub).ok()?, hub)));
        if let Some(known) = known {
            return Ok(known);
        }
        // Only now is the log looked through for those in between.
        let mut between = self.hubs_between().await?.into_iter();
        let known = between.find_map(|hub| Some((read(&hub).ok()?, hub)));
        known.ok_or(newest.into())
    }

    async fn hubs_between(&self) -> Result<Vec<HubKeys>> {
        let log = self.log()?;
        let (mut index, mut hubs) = (0, Vec::new());
        loop {
            let some = log.leaves(index).await?;
            if some.is_empty() {
                return Ok(hubs);
            }
            for leaf in some {
                index += 1;
                let entry = Leaf::from_bytes(&leaf)?.envelope.entry()?;
                if let (Author::Hub, Body::HubReplaced { hub }) = (entry.author, entry.body) {
                    hubs.push(*hub);
                }
            }
        }
    }
}
