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
        let counted = deciding.facts().has_text(&sha256);
        if !counted {
            let mib = self.config.limits.texts_mib;
            let has = deciding.facts().texts.get(peer.collective()).copied();
            if has.unwrap_or(0).saturating_add(bytes) > mib.saturating_mul(1024 * 1024) {
                let why = format!("{} has put {mib} MiB of texts here", peer.collective());
                return Err(HubError::Text { why });
            }
        }
        let replica = Arc::clone(&self.replica);
        // Also when it counts already: the file may be damaged.
        let kept = blocking("keeping a text", move || Ok(replica.put_text(&text)?)).await?;
        if !counted {
            let by = peer.collective().clone();
            let record = Record::Text { by, sha256, bytes };
            deciding.write(vec![record]).await?;
        }
        Ok(kept)
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
        let replica = Arc::clone(&self.replica);
        let found = blocking("reading a text", move || Ok(replica.text(digest)?)).await?;
        found.ok_or_else(|| HubError::NoText {
            sha256: digest.to_string(),
        })
    }
}
