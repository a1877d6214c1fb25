//! Following the log.

use std::time::{Duration, Instant};

use allot_ledger::{
    entry::HubKeys,
    log::{Bounds, Seen, SignedCheckpoint},
};
use allot_proto::{RemoteError, hub::Stretch};
use allot_replica::Book;
use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::found::{Found, end, next, rename, until};

/// What an agent makes of a stream: it folds and verifies each message by itself.
struct Witness {
    keys: HubKeys,
    book: Option<Book>,
    seen: Seen,
    messages: usize,
    clocks: usize,
}

impl Witness {
    fn new(keys: &HubKeys) -> Self {
        Self {
            keys: keys.clone(),
            book: None,
            seen: Seen::nothing(),
            messages: 0,
            clocks: 0,
        }
    }

    fn size(&self) -> u64 {
        self.book.as_ref().map_or(0, Book::size)
    }

    fn take(&mut self, stretch: Stretch) {
        if !stretch.leaves.is_empty() {
            assert_eq!(
                stretch.first,
                self.size(),
                "nothing is repeated and nothing left out"
            );
        }
        for (index, bytes) in (self.size()..).zip(stretch.leaves) {
            let bytes = Bytes::from(bytes);
            let time = crate::found::leaf(&bytes).time;
            self.seen.check_time(index, time).unwrap();
            match &mut self.book {
                None => self.book = Some(Book::found(&bytes).unwrap()),
                Some(book) => drop(book.fold(&bytes).unwrap()),
            }
        }
        let signed = SignedCheckpoint::read(&stretch.checkpoint, &self.keys.origin, &self.keys.log);
        let signed = signed.unwrap();
        assert_eq!(
            signed.checkpoint().size,
            self.size(),
            "a checkpoint of exactly what came"
        );
        let tree = self.book.as_ref().unwrap().tree();
        let (now, bounds) = (Timestamp::now(), Bounds::default());
        self.seen = self
            .seen
            .accept(tree, &signed, &self.keys, now, bounds)
            .unwrap();
        self.messages += 1;
        self.clocks += usize::from(signed.clock(&self.keys.clock).is_some());
    }

    async fn up_to(&mut self, stream: &mut Streaming<Stretch>, size: u64) {
        while self.size() < size {
            self.take(next(stream).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_gets_each_entry_once_with_proof_and_resumes_where_it_was() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut witness = Witness::new(&found.keys);
    let mut stream = agent.follow(0).await.unwrap();
    witness.up_to(&mut stream, 1).await;
    for seq in 1..=700 {
        agent.write(seq, rename(seq)).await;
    }
    witness.up_to(&mut stream, 351).await;
    drop(stream);
    let at = witness.size();
    let mut stream = agent.follow(at).await.unwrap();
    witness.up_to(&mut stream, 701).await;
    agent.write(701, rename(701)).await;
    witness.up_to(&mut stream, 702).await;
    let theirs = witness.book.unwrap().state().digest();
    assert_eq!(found.hub.replica.book().await.state().digest(), theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_catches_up_gets_whole_stretches_and_the_clock_only_with_the_newest() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    for seq in 1..=600 {
        agent.write(seq, rename(seq)).await;
    }
    let mut witness = Witness::new(&found.keys);
    let mut stream = agent.follow(0).await.unwrap();
    witness.up_to(&mut stream, 601).await;
    assert!(witness.messages >= 3, "{} messages", witness.messages);
    assert_eq!(witness.clocks, 1, "a clock on an older size would be a lie");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_signed_again_and_again_though_nothing_happens() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut witness = Witness::new(&found.keys);
    let mut stream = agent.follow(0).await.unwrap();
    witness.up_to(&mut stream, 1).await;
    let (first, _) = witness.seen.beat.unwrap();
    let later = async {
        while witness.seen.beat.unwrap().0 <= first {
            witness.take(next(&mut stream).await);
        }
    };
    timeout(Duration::from_secs(5), later).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_more_than_the_hub_gets_the_proof_of_it() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(9).await.unwrap();
    let shown = next(&mut stream).await;
    let signed = SignedCheckpoint::read(&shown.checkpoint, &found.keys.origin, &found.keys.log);
    assert_eq!(signed.unwrap().checkpoint().size, 1);
    let error = RemoteError::from(end(&mut stream).await);
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8711", Code::FailedPrecondition)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_a_few_streams_and_no_more() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = agent.follow(0).await.unwrap();
        next(&mut stream).await;
        streams.push(stream);
    }
    let error = agent.follow(0).await.err().unwrap();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8712", Code::ResourceExhausted)
    );
    drop(streams.pop());
    until("the place is free again", || async {
        let mut stream = agent.follow(0).await.ok()?;
        stream.message().await.ok().flatten()
    })
    .await;
}

/// Bytes that this process has in memory.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_cost_next_to_nothing() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let writer = found.agent("autonomic", "a").await;
    let mut sleepers = Vec::new();
    for n in 0..20 {
        let agent = found.agent("local-it", &format!("slow-{n}")).await;
        let stream = agent.follow(0).await.unwrap();
        sleepers.push((agent, stream));
    }
    let big = "x".repeat(30_000);
    let write = async |from: u64, to: u64| {
        for seq in from..to {
            let content = crate::found::text_of(
                allot_ledger::entry::Size::Small,
                allot_ledger::entry::Kind::Text,
            );
            let content = Box::new(allot_ledger::entry::Content {
                text: allot_ledger::entry::Text::Inline(big.clone()),
                ..content
            });
            let body = if seq == 1 {
                allot_ledger::Body::Draft(content)
            } else {
                allot_ledger::Body::Revise {
                    resolution: 1,
                    content,
                }
            };
            writer.write(seq, body).await;
        }
    };
    write(1, 100).await;
    let before = resident();
    // 20 MiB of entries, which twenty queues would hold four hundred times.
    write(100, 600).await;
    let more = resident().saturating_sub(before);
    assert!(more < 64 * 1024 * 1024, "{} MiB more", more / 1024 / 1024);
    // One of them wakes up, and has missed nothing.
    let (_, stream) = &mut sleepers[0];
    let mut witness = Witness::new(&found.keys);
    witness.up_to(stream, 600).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_told_to_stop_ends_streams_with_a_word_and_in_time() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    let begun = Instant::now();
    let ((), error) = tokio::join!(async { drop(found.stop().await) }, end(&mut stream));
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    let error = RemoteError::from(error);
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8707", Code::Unavailable)
    );
}
