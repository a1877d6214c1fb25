//! Callers that ask for much and read nothing, and callers that say much and never end. What waits for them is the
//! system's, and not the hub's memory.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use allot_identity::invite::Invite;
use allot_ledger::{
    Body,
    entry::{Content, Kind, Size, Text},
};
use allot_proto::{
    RemoteError,
    hub::{FollowRequest, GetTextRequest, PutTextRequest},
};
use allot_testkit::{Seat, nobody};
use allot_tests::{Crowd, await_that};
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::{
    memory::Watch,
    wire::{Wire, ask},
};

const FOLLOW: &str = "/allot.hub.v1.LedgerService/Follow";
const GET_TEXT: &str = "/allot.hub.v1.LedgerService/GetText";
const ENROL: &str = "/allot.hub.v1.EnrolmentService/Enrol";
const APPEND: &str = "/allot.hub.v1.LedgerService/Append";
const PUT_TEXT: &str = "/allot.hub.v1.LedgerService/PutText";

/// Streams that one agent may have at the same time.
const SEATS: usize = 4;

/// How soon whoever is honest must be served.
const SOON: Duration = Duration::from_secs(5);

/// How long a caller that does not read is left alone, before the hub is looked at.
const LEFT_ALONE: Duration = Duration::from_secs(4);

/// A message with one text, of number 1.
fn field(text: &str) -> Vec<u8> {
    [&[0x0a, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Makes a log of about 13 MB: one member changes a draft, again and again.
fn long_log(crowd: &Crowd) -> u64 {
    let content = || {
        Box::new(Content {
            title: "A long story".to_owned(),
            size: Size::Small,
            kind: Kind::Text,
            text: Text::of(&"x".repeat(32 * 1024)).unwrap(),
        })
    };
    let seat = &crowd.seats[0];
    crowd.runtime.block_on(async {
        let mut hub = seat.connect().await.unwrap();
        seat.append(&mut hub, 1, Body::Draft(content()))
            .await
            .unwrap();
        for seq in 2..=300 {
            let revise = Body::Revise {
                resolution: 1,
                content: content(),
            };
            seat.append(&mut hub, seq, revise).await.unwrap();
        }
    });
    300
}

#[test]
fn bounds_what_slow_readers_of_the_log_cost() {
    const AGENTS: usize = 20;
    let crowd = Crowd::of(AGENTS + 1);
    let seq = long_log(&crowd);
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let address = crowd.hub.address();
    let slow = crowd.seats[1..].iter().flat_map(|seat| vec![seat; SEATS]);
    let slow = crowd.runtime.block_on(async {
        let mut open = Vec::new();
        for seat in slow {
            let mut wire = Wire::open(&address, &seat.config).await.unwrap();
            wire.send(&ask(1, FOLLOW, &[])).await.unwrap();
            open.push(wire);
        }
        open
    });
    // Honest followers have new entries at once.
    let started = Instant::now();
    let fresh = crowd.runtime.block_on(async {
        let mut hub = crowd.seats[0].connect().await.unwrap();
        let mut stream = hub
            .follow(FollowRequest { from: seq + 1 })
            .await
            .unwrap()
            .into_inner();
        crowd.seats[0]
            .append(&mut hub, seq + 1, allot_tests::rename(1))
            .await
            .unwrap();
        timeout(Duration::from_secs(10), async {
            loop {
                let stretch = stream.message().await.unwrap().unwrap();
                if !stretch.leaves.is_empty() {
                    return stretch.first;
                }
            }
        })
        .await
        .expect("a new entry comes in time")
    });
    println!(
        "federation: a new entry beside {} slow readers took {:?}",
        slow.len(),
        started.elapsed()
    );
    assert_eq!(fresh, seq + 1);
    hold(&crowd, LEFT_ALONE);
    assert_eq!(connected(&crowd), AGENTS, "they are all there");
    watch.end(&format!(
        "{} readers of a log of 13 MB that do not read",
        slow.len()
    ));
    drop(slow);
    await_that(
        "the hub forgets who has gone",
        Duration::from_secs(20),
        || (connected(&crowd) == 0).then_some(()),
    );
}

/// Agents that follow, as the hub counts them.
fn connected(crowd: &Crowd) -> usize {
    crowd.hub.status()["agents"].as_array().unwrap().len()
}

/// Lets time pass in which the hub could go wrong, and looks whether it answers all the while.
fn hold(crowd: &Crowd, time: Duration) {
    let until = Instant::now() + time;
    await_that("the time is over", time * 4, || {
        let _ = crowd.hub.status();
        (Instant::now() > until).then_some(())
    });
}

/// A member asks for a text of `length` bytes again and again, on many connections, and reads nothing; an honest member is
/// served beside it, and itself once it is at its senses again.
fn do_not_read(connections: usize, length: usize) {
    let crowd = Crowd::of(2);
    let (seat, other) = (&crowd.seats[0], &crowd.seats[1]);
    let sha256 = crowd.runtime.block_on(async {
        let mut hub = seat.connect().await.unwrap();
        let text = vec![b'a'; length];
        let kept = hub.put_text(PutTextRequest { text }).await.unwrap();
        kept.into_inner().sha256
    });
    let get = |seat: &Seat| {
        let sha256 = sha256.clone();
        crowd.runtime.block_on(async {
            let mut hub = seat.connect().await?;
            let text = hub.get_text(GetTextRequest { sha256 }).await?;
            Ok::<_, RemoteError>(text.into_inner().text.len())
        })
    };
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let message = field(&sha256);
    let address = crowd.hub.address();
    let slow = crowd.runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..connections {
            let mut wire = Wire::open(&address, &seat.config).await.unwrap();
            for call in 0..16 {
                wire.send(&ask(call * 2 + 1, GET_TEXT, &message))
                    .await
                    .unwrap();
            }
            open.push(wire);
        }
        open
    });
    hold(&crowd, LEFT_ALONE);
    let started = Instant::now();
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
    assert_eq!(get(other).unwrap(), length, "who reads gets it");
    let took = started.elapsed();
    println!("federation: an entry and a text beside them took {took:?}");
    assert!(took < SOON, "{took:?}");
    watch.end(&format!(
        "{} texts of {length} bytes asked for and not read",
        slow.len() * 16
    ));
    drop(slow);
    await_that("the hub forgets who has gone", SOON, || get(seat).ok());
}

#[test]
fn bounds_what_slow_readers_of_texts_cost() {
    do_not_read(24, 1024 * 1024);
}

#[test]
fn bounds_what_slow_readers_of_short_texts_cost() {
    do_not_read(120, 60 * 1024);
}

/// Brings messages of `length` bytes but for their last one, as many as the hub lets come, on many connections; an honest
/// member is served beside them and after them.
fn never_end(
    what: &str,
    crowd: &Crowd,
    config: &Arc<ClientConfig>,
    path: &'static str,
    length: u32,
) {
    const CONNECTIONS: usize = 32;
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let talks = (0..CONNECTIONS).map(|_| {
        let (address, config) = (crowd.hub.address(), Arc::clone(config));
        crowd.runtime.spawn(async move {
            let mut talk = Wire::open(&address, &config).await.unwrap().listen();
            let until = tokio::time::Instant::now() + Duration::from_secs(8);
            let mut sent = 0;
            for stream in (0..16).map(|n| n * 2 + 1) {
                // Without a window left a beginning would be a fault of its own.
                if tokio::time::Instant::now() > until {
                    break;
                }
                if talk.begin(stream, path, length).await.is_err() {
                    break;
                }
                sent += talk.pour(stream, u64::from(length) - 1, until).await;
            }
            (sent, talk)
        })
    });
    let talks: Vec<_> = talks.collect();
    let started = Instant::now();
    assert_eq!(crowd.write(1, 1).unwrap(), 1);
    println!(
        "federation: an honest entry beside {what} took {:?}",
        started.elapsed()
    );
    let talks = talks
        .into_iter()
        .map(|talk| crowd.runtime.block_on(talk).unwrap());
    let mut talks: Vec<_> = talks.collect();
    let sent: u64 = talks.iter().map(|(sent, _)| sent).sum();
    let started = Instant::now();
    assert_eq!(crowd.write(1, 2).unwrap(), 2);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    let (sent_first, first) = &mut talks[0];
    let first = crowd.runtime.block_on(first.came_of(*sent_first));
    println!("federation: the first of them: {first:?}");
    watch.end(&format!("{what}, {sent} bytes together"));
}

#[test]
fn bounds_what_texts_that_never_end_cost() {
    let crowd = Crowd::of(2);
    let member = Arc::clone(&crowd.seats[0].config);
    never_end(
        "texts that never end",
        &crowd,
        &member,
        PUT_TEXT,
        1024 * 1024,
    );
}

#[test]
fn bounds_what_entries_that_never_end_cost() {
    let crowd = Crowd::of(2);
    let member = Arc::clone(&crowd.seats[0].config);
    never_end(
        "entries that never end",
        &crowd,
        &member,
        APPEND,
        100 * 1024,
    );
}

#[test]
fn bounds_what_requests_of_strangers_that_never_end_cost() {
    for length in [8 * 1024, 256 * 1024] {
        let crowd = Crowd::of(2);
        let stranger = nobody(&Invite::read(&crowd.seats[0].invite).unwrap());
        never_end(
            "strangers' requests that never end",
            &crowd,
            &stranger,
            ENROL,
            length,
        );
    }
}
