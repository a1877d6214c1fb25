//! Long texts, which entries name by their hash.

use std::sync::Arc;

use allot_identity::Peer;
use allot_ledger::{Digest, limits::MAX_TEXT};
use allot_replica::Replica;
use bytes::Bytes;

use super::{
    Hub, blocking,
    error::{HubError, Result},
    private::Record,
};
use crate::limits::TEXTS_AT_ONCE;

impl Hub {
    /// Keeps a text.
    ///
    /// # Errors
    /// It is none, too long, or its collective has put enough here.
    pub async fn put_text(&self, peer: &Peer, text: Vec<u8>) -> Result<Digest> {
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let no = |why: &str| HubError::Text {
            why: why.to_owned(),
        };
        if bytes > MAX_TEXT {
            return Err(no("it is too long"));
        }
        if std::str::from_utf8(&text).is_err() {
            return Err(no("it is not UTF-8"));
        }
        let sha256 = Digest::of(&text);
        let deciding = self.private.decide().await;
        let there = self.find(sha256).await.is_ok_and(|found| found.is_some());
        if !there {
            let mib = self.config.limits.texts_mib;
            let has = deciding.facts().texts.get(peer.collective()).copied();
            if has.unwrap_or(0).saturating_add(bytes) > mib.saturating_mul(1024 * 1024) {
                let why = format!("{} has put {mib} MiB of texts here", peer.collective());
                return Err(HubError::Text { why });
            }
            // First the promise to count it: else who breaks off in between has room without end.
            let by = peer.collective().clone();
            let record = Record::Text { by, sha256, bytes };
            deciding.write(vec![record]).await?;
        }
        let replica = Arc::clone(&self.replica);
        super::to_the_end(blocking("keeping a text", move || {
            Ok(replica.put_text(&text)?)
        }))
        .await
    }

    /// Whether all texts are here that an entry names: nobody is asked to vote on words that one member has, or none.
    ///
    /// # Errors
    /// One is not, or is not as long as the entry says.
    pub(super) async fn has_texts(&self, named: Vec<(Digest, u64)>) -> Result<()> {
        if named.is_empty() {
            return Ok(());
        }
        let replica = Arc::clone(&self.replica);
        blocking("looking for texts", move || {
            for (sha256, bytes) in named {
                let why = match replica.text_size(sha256)? {
                    Some(here) if here == bytes => continue,
                    Some(here) => {
                        format!("the entry says that {sha256} has {bytes} bytes, it has {here}")
                    }
                    None => format!("the entry names {sha256}, which nobody has put here"),
                };
                return Err(HubError::Text { why });
            }
            Ok(())
        })
        .await
    }

    async fn find(&self, sha256: Digest) -> Result<Option<Bytes>> {
        let replica = Arc::clone(&self.replica);
        blocking("reading a text", move || Ok(replica.text(sha256)?)).await
    }

    /// A text by its hash.
    ///
    /// # Errors
    /// It is not here, or damaged.
    pub async fn text(&self, sha256: &str) -> Result<Bytes> {
        let digest: Digest = sha256.parse().map_err(|_| HubError::Malformed {
            what: "the text's hash",
            why: "a SHA-256 has 64 hexadecimal digits".to_owned(),
        })?;
        self.find(digest).await?.ok_or_else(|| HubError::NoText {
            sha256: digest.to_string(),
        })
    }

    /// Texts by their hashes, which stand one behind the other: of the first ones, each text or nothing where it is not
    /// here, as many as go into one answer.
    ///
    /// # Errors
    /// These are no hashes, or too many.
    pub async fn texts(&self, sha256: &[u8]) -> Result<Vec<Option<Bytes>>> {
        let asked = hashes(sha256)?;
        let replica = Arc::clone(&self.replica);
        blocking("reading texts", move || Ok(first_of(&replica, &asked))).await
    }
}

fn hashes(sha256: &[u8]) -> Result<Vec<Digest>> {
    let no = |why: String| HubError::Malformed {
        what: "the list of texts",
        why,
    };
    let (hashes, rest) = sha256.as_chunks();
    if !rest.is_empty() {
        return Err(no("a SHA-256 has 32 bytes".to_owned()));
    }
    if !(1..=TEXTS_AT_ONCE).contains(&hashes.len()) {
        return Err(no(format!(
            "it has {} hashes; 1 to {TEXTS_AT_ONCE} are answered at once",
            hashes.len()
        )));
    }
    Ok(hashes.iter().copied().map(Digest).collect())
}

/// What is here of the texts, until one more would be too much for the answer.
fn first_of(replica: &Replica, asked: &[Digest]) -> Vec<Option<Bytes>> {
    let mut left = MAX_TEXT;
    let mut found = Vec::with_capacity(asked.len());
    for &sha256 in asked {
        // One that is damaged must not keep the others back.
        let text = replica.text(sha256).unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), %sha256, "a text cannot be given: {error}");
            None
        });
        let bytes = text.as_ref().map_or(0, Bytes::len);
        match left.checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX)) {
            Some(rest) => left = rest,
            None => break,
        }
        found.push(text);
    }
    found
}
