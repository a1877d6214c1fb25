//! Words of resolutions: in their entry, or beside the log by their hash.

use std::sync::Arc;

use allot_ledger::{
    Body, Leaf,
    entry::{Content, Text},
    state::{Resolution, Source},
};

use super::{
    Federation,
    error::{FederationError, Result},
    hub::Hub,
    member::Member,
};

/// A text, or why it is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownText {
    /// The text.
    Here(String),
    /// Why not.
    Missing(String),
}

impl Federation {
    /// The text of a resolution. A long one that is not here is asked of the hub, and kept.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn text(&self, resolution: &Resolution) -> Result<KnownText> {
        self.member()?.text(resolution).await
    }
}

impl Member {
    /// As [`Federation::text`].
    pub(super) async fn text(&self, resolution: &Resolution) -> Result<KnownText> {
        let text = self.words(resolution.source).await?.1;
        match self.read_text(&text).await {
            Ok(text) => Ok(KnownText::Here(text)),
            Err(error) => Ok(KnownText::Missing(format!(
                "the text is beside the log, and cannot be had now: {error}"
            ))),
        }
    }

    /// What an entry says of a resolution: its content, where it is one of this log, and its text.
    pub(super) async fn words(&self, source: Source) -> Result<(Option<Content>, Text)> {
        let leaf = self.log()?.leaf(source.entry).await?;
        let missing = || FederationError::NotFound {
            what: "entry",
            which: source.entry.to_string(),
        };
        let entry = Leaf::from_bytes(&leaf.ok_or_else(missing)?)?
            .envelope
            .entry()?;
        match entry.body {
            Body::Draft(content) | Body::Revise { content, .. } | Body::Propose { content, .. } => {
                let text = content.text.clone();
                Ok((Some(*content), text))
            }
            Body::Import { resolutions } => {
                let item = usize::try_from(source.item).unwrap_or(usize::MAX);
                let found = resolutions.into_iter().nth(item);
                Ok((None, found.ok_or_else(missing)?.text))
            }
            _ => Err(missing()),
        }
    }

    /// A text, wherever it is.
    pub(super) async fn read_text(&self, text: &Text) -> Result<String> {
        let sha256 = match text {
            Text::Inline(text) => return Ok(text.clone()),
            Text::Stored { sha256, .. } => *sha256,
        };
        let log = Arc::clone(self.log()?);
        let bytes = match log.text(sha256)? {
            Some(bytes) => bytes,
            None => {
                let bytes = self.hub()?.get_text(sha256).await?;
                log.put_text(&bytes)?;
                bytes
            }
        };
        String::from_utf8(bytes.to_vec()).map_err(|_| FederationError::BadRequest {
            what: "the text",
            why: "is not UTF-8".to_owned(),
        })
    }

    /// A text as an entry carries it; a long one is put beside the log first, here and at the hub.
    pub(super) async fn put_text(&self, text: &str, hub: &Hub) -> Result<Text> {
        let carried = Text::of(text).map_err(|bytes| FederationError::BadRequest {
            what: "the text",
            why: format!("has {bytes} bytes; at most 1 MiB is kept"),
        })?;
        if let Text::Stored { .. } = carried {
            let (log, bytes) = (Arc::clone(self.log()?), text.as_bytes().to_vec());
            let kept = tokio::task::spawn_blocking(move || log.put_text(&bytes)).await;
            kept.map_err(|error| FederationError::Worker {
                what: error.to_string(),
            })??;
            hub.put_text(text.as_bytes()).await?;
        }
        Ok(carried)
    }
}
