//! Long texts, which entries name by their hash.

use std::sync::Arc;

use allot_identity::Peer;
use allot_ledger::{Digest, limits::MAX_TEXT};
use bytes::Bytes;

use super::{
    Hub, blocking,
    error::{HubError, Result},
    private::Record,
};

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
}
