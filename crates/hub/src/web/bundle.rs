//! A bundle of entries, read as the client takes it: it may have 16 MiB, and there may be many clients.

use std::sync::Arc;

use allot_replica::{Replica, ReplicaError};
use axum::body::Body;
use bytes::Bytes;
use futures::stream;

use super::limits::ENTRIES_AT_ONCE;

/// The entries from `first` on, `count` of them; nothing when the log has not as many.
pub(super) fn stream(replica: &Arc<Replica>, first: u64, count: u64) -> Option<Body> {
    let end = first.checked_add(count)?;
    if end > *replica.size().borrow() {
        return None;
    }
    let begin = (Arc::clone(replica), first);
    let parts = stream::try_unfold(begin, move |(replica, next)| part(replica, next, end));
    Some(Body::from_stream(parts))
}

/// What a stream goes on with: the log, and the next entry.
type Place = (Arc<Replica>, u64);

/// The next few entries. An error cuts the answer off: the client sees that it is not whole.
async fn part(
    replica: Arc<Replica>,
    next: u64,
    end: u64,
) -> Result<Option<(Bytes, Place)>, ReplicaError> {
    if next >= end {
        return Ok(None);
    }
    let upto = end.min(next.saturating_add(ENTRIES_AT_ONCE));
    let leaves = replica.leaves_up_to(next, upto).await?;
    let read = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    if read == 0 {
        return Err(ReplicaError::Worker);
    }
    let bytes = allot_ledger::log::bundle(leaves.iter().map(|leaf| &leaf[..]));
    Ok(Some((bytes.into(), (replica, next.saturating_add(read)))))
}
