//! Fetching the long texts that the log names, so that a lost hub takes no words with it.

use std::{collections::HashSet, sync::Arc};

use allot_ledger::{Digest, Leaf, limits::MAX_TEXT};
use allot_proto::ErrorKind;
use allot_replica::Replica;
use bytes::Bytes;
use tokio::{select, time::sleep};

use super::{
    error::{FederationError, Result},
    hub::Hub,
    member::Member,
};
use crate::limits::TEXTS_AT_ONCE;

/// How far the log was looked through.
#[derive(Debug, Default)]
struct Looked {
    /// Entries that were looked at.
    upto: u64,
    /// The first of them that names a text which could not be had.
    missing: Option<u64>,
}

/// A text that is not here.
#[derive(Debug)]
struct Wanted {
    /// The first entry that was seen to name it.
    entry: u64,
    sha256: Digest,
    /// How long it says that it is.
    bytes: u64,
}

impl Member {
    /// Fetches what is missing, many texts at a time, whenever the log is whole and has more; until told to stop. It is
    /// apart from the stream, which waits for no text.
    pub(super) async fn gather(self: Arc<Self>) {
        let mut looked = Looked::default();
        loop {
            select! {
                () = self.stop.cancelled() => return,
                () = self.has_more(&mut looked) => {}
            }
            if let Err(error) = self.look_through(&mut looked).await {
                tracing::debug!(code = error.code(), "texts are still missing: {error}");
                select! {
                    () = self.stop.cancelled() => return,
                    () = sleep(self.options.retry_most) => {}
                }
            }
        }
    }

    /// Waits until there is a hub to ask, and something to ask it for: newer entries, or after a while again what it
    /// did not have.
    async fn has_more(&self, looked: &mut Looked) {
        let mut link = self.link.subscribe();
        // The sender lives as long as this.
        let _ = link.wait_for(|link| link.at_head).await;
        let Some(log) = self.has_log() else {
            return;
        };
        let mut size = log.size();
        let upto = looked.upto;
        let newer = size.wait_for(|size| *size > upto);
        let Some(missing) = looked.missing else {
            let _ = newer.await;
            return;
        };
        select! {
            _ = newer => {}
            () = sleep(self.options.texts_again) => *looked = Looked { upto: missing, missing: None },
        }
    }

    async fn look_through(&self, looked: &mut Looked) -> Result<()> {
        let log = Arc::clone(self.log()?);
        loop {
            let leaves = log.leaves(looked.upto).await?;
            if leaves.is_empty() {
                return Ok(());
            }
            let (first, replica) = (looked.upto, Arc::clone(&log));
            let (wanted, upto) = blocking(move || absent(&replica, first, &leaves)).await?;
            let mut rest = &wanted[..];
            while let Some(next) = rest.first() {
                // What is before it is here, or known to be missing: when this fails, it goes on from there.
                looked.upto = next.entry;
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                let done = self.fetch(&log, at_once(rest), looked).await?;
                rest = rest.get(done..).unwrap_or_default();
            }
            looked.upto = upto;
        }
    }

    /// Asks for texts, and says for how many of the first the question is settled: they are here now, or are missing, or
    /// never will be here. It fails when asking for others is of no use either.
    async fn fetch(
        &self,
        log: &Arc<Replica>,
        wanted: &[Wanted],
        looked: &mut Looked,
    ) -> Result<usize> {
        let hub: Hub = self.hub()?;
        let hashes: Vec<_> = wanted.iter().map(|wanted| wanted.sha256).collect();
        let answer = select! {
            () = self.stop.cancelled() => return Ok(0),
            answer = hub.get_texts(&hashes) => answer,
        };
        let found = match answer {
            Ok(found) => found,
            // Who was told to ask less often asks for these again, and not at once for all others.
            Err(error) if error.is_away() || error.kind() == ErrorKind::Exhausted => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "the hub gives no texts: {error}");
                looked.miss(wanted.first());
                return Ok(wanted.len());
            }
        };
        let settled = found.len();
        let texts = take(wanted, found, looked);
        let replica = Arc::clone(log);
        blocking(move || replica.put_texts(&texts)).await?;
        Ok(settled)
    }
}

impl Looked {
    fn miss(&mut self, wanted: Option<&Wanted>) {
        self.missing = self.missing.or(wanted.map(|wanted| wanted.entry));
    }
}

/// What is to be kept of an answer; what is not, is told once for all.
fn take(wanted: &[Wanted], found: Vec<Option<Bytes>>, looked: &mut Looked) -> Vec<Bytes> {
    let mut texts = Vec::with_capacity(found.len());
    let (mut missing, mut misnamed) = (Vec::new(), Vec::new());
    for (wanted, text) in wanted.iter().zip(found) {
        match text.filter(|text| Digest::of(text) == wanted.sha256) {
            Some(text) if u64::try_from(text.len()) == Ok(wanted.bytes) => texts.push(text),
            Some(_) => misnamed.push(wanted),
            None => missing.push(wanted),
        }
    }
    if let Some(first) = missing.first() {
        looked.miss(Some(first));
        let (count, sha256) = (missing.len(), first.sha256);
        tracing::warn!(count, %sha256, "the hub does not give texts that the log names, or gives others; this is the first");
    }
    if let Some(first) = misnamed.first() {
        let (count, sha256) = (misnamed.len(), first.sha256);
        tracing::warn!(count, %sha256, "texts are not as long as their entries say, and not kept; this is the first");
    }
    texts
}

/// The first of these, as many as are asked for at once.
fn at_once(wanted: &[Wanted]) -> &[Wanted] {
    let mut left = MAX_TEXT;
    let fits = |wanted: &&Wanted| match left.checked_sub(wanted.bytes) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let count = wanted.iter().take(TEXTS_AT_ONCE).take_while(fits).count();
    wanted.get(..count).unwrap_or(wanted)
}

/// Which texts that these entries name are not here, each once, and which entry is next.
fn absent(log: &Replica, first: u64, leaves: &[Bytes]) -> Result<(Vec<Wanted>, u64)> {
    let (mut wanted, mut seen) = (Vec::new(), HashSet::new());
    let mut entry = first;
    for leaf in leaves {
        for (sha256, bytes) in Leaf::from_bytes(leaf)?
            .envelope
            .entry()?
            .body
            .stored_texts()
        {
            // One that is larger than a text may be is none.
            if bytes > MAX_TEXT || !seen.insert((sha256, bytes)) {
                continue;
            }
            if log.text_size(sha256)?.is_none() {
                wanted.push(Wanted {
                    entry,
                    sha256,
                    bytes,
                });
            }
        }
        entry += 1;
    }
    Ok((wanted, entry))
}

async fn blocking<T, E>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> Result<T>
where
    T: Send + 'static,
    E: Send + 'static,
    FederationError: From<E>,
{
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| FederationError::Worker {
        what: error.to_string(),
    })??)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(sizes: &[u64]) -> Vec<Wanted> {
        let wanted = sizes.iter().map(|&bytes| Wanted {
            entry: 0,
            sha256: Digest([0; 32]),
            bytes,
        });
        wanted.collect()
    }

    #[test]
    fn no_more_is_asked_for_at_once_than_is_answered_at_once() {
        let count = |sizes: &[u64]| at_once(&wanted(sizes)).len();
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&[0; 300]), TEXTS_AT_ONCE);
        assert_eq!(count(&[MAX_TEXT, 0, 1]), 2);
        assert_eq!(count(&[1, MAX_TEXT]), 1);
        assert_eq!(count(&[MAX_TEXT / 4; 9]), 4);
    }
}
