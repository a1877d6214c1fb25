//! More than anybody has to say: too large, too small, too often. The hub's memory stays bounded, and whoever is honest is
//! served within seconds, during it and after it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use allot_identity::invite::Invite;
use allot_proto::{
    RemoteError,
    hub::{GetTextRequest, PutTextRequest},
};
use allot_testkit::{Seat, nobody};
use allot_tests::Crowd;
use bytes::Bytes;
use futures::future::poll_fn;
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::{
    knock::enter,
    memory::Watch,
    wire::{
        CONTINUATION, DATA, END_HEADERS, Flood, HEADERS, PING, RST_STREAM, SETTINGS, Wire, call,
        frame, headers,
    },
};

const ENROL: &str = "/allot.hub.v1.EnrolmentService/Enrol";
const APPEND: &str = "/allot.hub.v1.LedgerService/Append";
const PUT_TEXT: &str = "/allot.hub.v1.LedgerService/PutText";

/// How long one kind of flood goes on at the most.
const FLOOD: Duration = Duration::from_secs(15);

/// How soon whoever is honest must be served.
const SOON: Duration = Duration::from_secs(5);

/// The caller without a certificate.
fn stranger(crowd: &Crowd) -> Arc<ClientConfig> {
    nobody(&Invite::read(&crowd.seats[0].invite).unwrap())
}

/// A member that is honest is served, in time.
fn serves(crowd: &Crowd, member: usize, seq: u64) {
    let started = Instant::now();
    crowd.write(member, seq).unwrap();
    let took = started.elapsed();
    println!("federation: an honest member's entry took {took:?}");
    assert!(took < SOON, "{took:?}");
}

/// A call whose message says that it has a GiB: how much of it the hub lets come, and its gRPC code.
async fn gibibyte(address: &str, config: &Arc<ClientConfig>, path: &str) -> (usize, String) {
    let tls = enter(address, Arc::clone(config)).await.unwrap();
    let (mut client, connection) = h2::client::handshake(tls).await.unwrap();
    let driving = tokio::spawn(connection);
    let request = http::Request::post(format!("http://hub.invalid{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    client = client.ready().await.unwrap();
    let (mut response, mut stream) = client.send_request(request, false).unwrap();
    let mut piece = Bytes::from([&[0][..], &(1_u32 << 30).to_be_bytes()].concat());
    let mut sent = 0;
    let answer = timeout(FLOOD, async {
        loop {
            stream.reserve_capacity(piece.len());
            tokio::select! {
                answer = &mut response => break answer,
                room = poll_fn(|cx| stream.poll_capacity(cx)) => {
                    let Some(Ok(room)) = room else {
                        break (&mut response).await;
                    };
                    let now = piece.split_to(room.min(piece.len()));
                    sent += now.len();
                    // A stream that the hub has ended takes no more; its answer says why.
                    let _ = stream.send_data(now, false);
                    if piece.is_empty() {
                        piece = Bytes::from(vec![0; 16 * 1024]);
                    }
                }
            }
        }
    });
    let answer = answer.await.expect("the hub says no in time").unwrap();
    let mut status = answer.headers().get("grpc-status").cloned();
    if status.is_none() {
        let mut body = answer.into_body();
        while let Some(piece) = body.data().await {
            piece.unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap();
        status = trailers.get("grpc-status").cloned();
    }
    driving.abort();
    (sent, status.unwrap().to_str().unwrap().to_owned())
}

#[test]
fn refuses_a_message_of_a_gibibyte() {
    let crowd = Crowd::of(2);
    let (address, stranger) = (crowd.hub.address(), stranger(&crowd));
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let member = &crowd.seats[0].config;
    let calls = [
        ("nobody", &stranger, ENROL),
        ("nobody", &stranger, APPEND),
        ("a member", member, APPEND),
        ("a member", member, PUT_TEXT),
    ];
    for ((who, config, path), seq) in calls.into_iter().zip(1..) {
        let (sent, code) = crowd.runtime.block_on(gibibyte(&address, config, path));
        println!(
            "federation: 1 GiB of {who} to {path}: ended after {sent} bytes with gRPC code {code}"
        );
        assert!(
            sent <= 256 * 1024,
            "refused by what it says it is, not by what came of it"
        );
        // INVALID_ARGUMENT by size (AL-8733); PERMISSION_DENIED before that.
        assert!(["3", "7"].contains(&code.as_str()), "{code}");
        serves(&crowd, 1, seq);
    }
    watch.end("1 GiB messages");
}

#[test]
fn refuses_a_text_that_is_too_long() {
    let crowd = Crowd::of(1);
    let put = |bytes: usize| {
        crowd.runtime.block_on(async {
            let mut hub = crowd.seats[0].connect().await?;
            let text = vec![b'a'; bytes];
            Ok::<_, RemoteError>(hub.put_text(PutTextRequest { text }).await?.into_inner())
        })
    };
    assert!(put(1024 * 1024).is_ok());
    assert_eq!(put(1024 * 1024 + 1).unwrap_err().code, "AL-8713");
    let refused = put(8 * 1024 * 1024).unwrap_err();
    assert_eq!(refused.code, "AL-8733", "{refused:?}");
    serves(&crowd, 0, 1);
}

/// A flood over one connection of a stranger's; a member is served during it and after it.
fn flooded(
    what: &str,
    most: u64,
    first: Vec<u8>,
    batch: impl FnMut(u64) -> (u64, Vec<u8>) + Send + 'static,
) -> Flood {
    let crowd = Crowd::of(1);
    let (address, config) = (crowd.hub.address(), stranger(&crowd));
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let flooding = crowd.runtime.spawn(async move {
        let mut wire = Wire::open(&address, &config).await.unwrap();
        wire.send(&first).await.unwrap();
        let mut talk = wire.listen();
        talk.flood(most, FLOOD, batch).await
    });
    serves(&crowd, 0, 1);
    let flood = crowd.runtime.block_on(flooding).unwrap();
    serves(&crowd, 0, 2);
    println!("federation: {what}: {flood:?}");
    watch.end(what);
    flood
}

#[test]
fn bounds_a_million_one_byte_frames() {
    let crowd = Crowd::of(2);
    let (address, config) = (crowd.hub.address(), Arc::clone(&crowd.seats[0].config));
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let dripping = crowd.runtime.spawn(async move {
        let mut talk = Wire::open(&address, &config).await.unwrap().listen();
        let until = tokio::time::Instant::now() + FLOOD;
        let mut sent = 0;
        for stream in [1, 3, 5, 7] {
            if talk.begin(stream, PUT_TEXT, 0xf_ffff).await.is_err() {
                break;
            }
            sent += talk.drip(stream, 250_000, until).await;
        }
        talk.came_of(sent).await
    });
    serves(&crowd, 1, 1);
    let flood = crowd.runtime.block_on(dripping).unwrap();
    serves(&crowd, 1, 2);
    println!("federation: one-byte frames of messages without end: {flood:?}");
    watch.end("one-byte frames of messages without end");
    assert!(flood.sent >= 50_000 || !flood.stands, "{flood:?}");
}

#[test]
fn bounds_a_million_empty_frames() {
    let mut first = call(1, ENROL);
    first.extend(frame(DATA, 0, 1, &[0, 0, 0, 0, 100]));
    let batch = frame(DATA, 0, 1, &[]).repeat(1_000);
    let flood = flooded("empty frames", 1_000_000, first, move |_| {
        (1_000, batch.clone())
    });
    assert!(flood.sent >= 50_000 || !flood.stands, "{flood:?}");
}

#[test]
fn bounds_a_million_pings_and_settings() {
    for (what, one) in [
        ("pings", frame(PING, 0, 0, &[0; 8])),
        ("settings", frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])),
    ] {
        let batch = one.repeat(1_000);
        let flood = flooded(what, 500_000, Vec::new(), move |_| (1_000, batch.clone()));
        assert!(flood.sent >= 20_000 || !flood.stands, "{flood:?}");
    }
}

#[test]
fn refuses_streams_that_are_opened_and_reset_at_once() {
    let flood = flooded("streams opened and reset", 200_000, Vec::new(), |sent| {
        let mut bytes = Vec::new();
        for n in 0..100 {
            let stream = u32::try_from(sent + n).unwrap() * 2 + 1;
            bytes.extend(call(stream, ENROL));
            bytes.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        (100, bytes)
    });
    // ENHANCE_YOUR_CALM, unless it came after the hub had hung up on what was still being sent.
    assert!(flood.goaway.is_none_or(|code| code == 11), "{flood:?}");
    assert!(!flood.stands && flood.sent < 100_000, "{flood:?}");
}

#[test]
fn refuses_headers_without_end() {
    let first = frame(HEADERS, 0, 1, &headers(ENROL));
    // A header of its own, again and again, in frames of 16 KiB.
    let piece = [&b"\x00\x01x\x7e"[..], &[b'y'; 126]].concat().repeat(126);
    let batch = frame(CONTINUATION, 0, 1, &piece);
    let flood = flooded("headers without end", 100_000, first, move |_| {
        (1, batch.clone())
    });
    assert!(!flood.stands, "{flood:?}");
    assert!(flood.sent < 10_000, "{flood:?}");
}

#[test]
fn refuses_more_streams_than_a_connection_may_have() {
    let flood = flooded("streams that stay open", 2_000, Vec::new(), |sent| {
        let stream = u32::try_from(sent).unwrap() * 2 + 1;
        let mut bytes = call(stream, ENROL);
        bytes.extend(frame(DATA, 0, stream, &[0, 0, 0, 0, 100]));
        (1, bytes)
    });
    assert!(flood.resets >= 1_500 || !flood.stands, "{flood:?}");
}

#[test]
fn refuses_a_frame_that_is_too_large() {
    let flood = flooded("frames of 1 MiB", 64, call(1, ENROL), |_| {
        (1, frame(DATA, END_HEADERS, 1, &[0; 1024 * 1024]))
    });
    assert!(!flood.stands, "{flood:?}");
}

/// What came of many calls.
#[derive(Debug, Default, Clone, Copy)]
struct Calls {
    looked_at: usize,
    refused: usize,
    /// Ended with their connection: HTTP/2 has had enough of it.
    cut_off: usize,
}

impl Calls {
    fn all(self) -> usize {
        self.looked_at + self.refused + self.cut_off
    }

    fn and(self, more: Self) -> Self {
        Self {
            looked_at: self.looked_at + more.looked_at,
            refused: self.refused + more.refused,
            cut_off: self.cut_off + more.cut_off,
        }
    }
}

/// Calls again and again, as fast as it is answered; connects again when it is cut off.
async fn call_on(seat: Seat, most: usize, until: Instant) -> Calls {
    let mut calls = Calls::default();
    while calls.all() < most && Instant::now() < until {
        let Ok(mut hub) = seat.connect().await else {
            continue;
        };
        while calls.all() < most && Instant::now() < until {
            let sha256 = "00".repeat(32);
            let no = hub.get_text(GetTextRequest { sha256 }).await.unwrap_err();
            let no = RemoteError::from(no);
            match no.code.as_str() {
                "AL-8714" => calls.looked_at += 1,
                "AL-8703" => calls.refused += 1,
                "" => {
                    calls.cut_off += 1;
                    break;
                }
                _ => panic!("{no:?}"),
            }
        }
    }
    calls
}

#[test]
fn refuses_a_hundred_thousand_tiny_calls_of_one_agent() {
    const CALLS: usize = 100_000;
    const AT_ONCE: usize = 32;
    let crowd = Crowd::with(2, "[limits]\nenrolments_per_hour = 100\n");
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let until = Instant::now() + FLOOD;
    let callers = (0..AT_ONCE).map(|_| {
        let calling = call_on(crowd.seats[0].clone(), CALLS / AT_ONCE, until);
        crowd.runtime.spawn(calling)
    });
    let callers: Vec<_> = callers.collect();
    for seq in 1..=10 {
        serves(&crowd, 1, seq);
    }
    let calls = callers
        .into_iter()
        .map(|caller| crowd.runtime.block_on(caller).unwrap())
        .fold(Calls::default(), Calls::and);
    println!("federation: tiny calls of one agent: {calls:?}");
    watch.end("tiny calls");
    // The default: 1,200 a minute, and as many at once.
    assert!((1_200..=2_400).contains(&calls.looked_at), "{calls:?}");
    assert!(calls.refused > 5_000, "{calls:?}");
    // Its streams are on the same connections: to be refused often must not end them.
    assert_eq!(calls.cut_off, 0, "{calls:?}");
}
