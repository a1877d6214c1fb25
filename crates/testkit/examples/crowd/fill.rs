//! Fills a stopped hub's log, to see how one of that size behaves.

use std::{error::Error, path::Path};

use allot_ledger::{Author, Envelope, Leaf};
use allot_replica::Replica;
use allot_testkit::Member;
use jiff::Timestamp;

use crate::streams::rename;

/// Entries that are written at once.
const AT_ONCE: u64 = 1_000;

/// Writes `entries` entries of the members, in turn.
pub async fn run(members: &[Member], ledger: &Path, entries: u64) -> Result<(), Box<dyn Error>> {
    let (replica, _) = Replica::open(ledger)?;
    let mut left = entries;
    while left > 0 {
        let mut pen = replica.pen().await;
        for _ in 0..left.min(AT_ONCE) {
            let turn = usize::try_from(left)? % members.len();
            let member = members.get(turn).ok_or("no member")?;
            let state = pen.book().state();
            let (federation, time) = (state.federation(), state.time().max(now()?));
            let seq = state.next_seq(&Author::Collective(member.slug.clone()));
            let envelope: Envelope =
                serde_json::from_slice(&member.sign(federation, seq, rename(seq)))?;
            pen.fold(&Leaf { time, envelope }.to_bytes()?.into())?;
            left -= 1;
        }
        pen.keep().await?;
    }
    Ok(())
}

/// Whole milliseconds, as the hub writes them.
fn now() -> Result<Timestamp, jiff::Error> {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond())
}
