//! Connections that never become one.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use allot_identity::invite::Invite;
use allot_testkit::nobody;
use allot_tests::{Crowd, await_that};
use rustls::{ClientConfig, ClientConnection};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{memory::Watch, wire::Wire};

/// Connections at the same time, and from how many addresses: more of each than the hub takes.
const CONNECTIONS: usize = 4_800;
const ADDRESSES: usize = 24;

/// How long they go on.
const ATTACK: Duration = Duration::from_secs(14);

/// How soon whoever is honest must be served.
const SOON: Duration = Duration::from_secs(5);

/// The defaults of a hub, but that a test may enrol as often as it likes.
const AS_USUAL: &str = "[limits]\nenrolments_per_hour = 1000\n";

/// A connection from one of many addresses of this machine.
async fn from_address(n: usize, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = u8::try_from(n % ADDRESSES).unwrap_or(0) + 2;
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
    socket.connect(to).await
}

/// What a client says first, when it means it.
fn hello(config: &Arc<ClientConfig>) -> Vec<u8> {
    let name = "hub.invalid".try_into().unwrap();
    let mut hello = Vec::new();
    let mut client = ClientConnection::new(Arc::clone(config), name).unwrap();
    client.write_tls(&mut hello).unwrap();
    hello
}

/// Connects again whenever the hub has hung up, and says nothing, or half of what it should, or nothing after it.
async fn never_greet(
    n: usize,
    to: SocketAddr,
    hello: Arc<Vec<u8>>,
    over: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
) {
    while !over.load(Ordering::Relaxed) {
        let Ok(mut stream) = from_address(n, to).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        made.fetch_add(1, Ordering::Relaxed);
        let said = &hello[..hello.len() * (n % 3) / 2];
        if stream.write_all(said).await.is_err() {
            continue;
        }
        // Until the hub hangs up.
        let _ = timeout(ATTACK, stream.read(&mut [0])).await;
        // Whom it does not take at all tries again a little later.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[test]
fn bounds_half_open_connections_and_serves_beside_them() {
    let crowd = Crowd::with(2, AS_USUAL);
    let invite = Invite::read(&crowd.seats[0].invite).unwrap();
    let hello = Arc::new(hello(&nobody(&invite)));
    let to: SocketAddr = crowd.hub.address().parse().unwrap();
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let (over, made) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    // A member that is there already is not disturbed.
    let (seat, other) = (&crowd.seats[0], crowd.seats[1].clone());
    let mut there = crowd.runtime.block_on(seat.connect()).unwrap();

    let attackers = (0..CONNECTIONS).map(|n| {
        let (hello, over, made) = (Arc::clone(&hello), Arc::clone(&over), Arc::clone(&made));
        crowd.runtime.spawn(never_greet(n, to, hello, over, made))
    });
    let attackers: Vec<_> = attackers.collect();
    await_that("the attack is under way", Duration::from_secs(20), || {
        (made.load(Ordering::Relaxed) >= CONNECTIONS).then_some(())
    });
    let begun = Instant::now();
    let mut seq = 0;
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < ATTACK {
        seq += 1;
        let started = Instant::now();
        let written = crowd.runtime.block_on(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            seat.append(&mut there, seq, allot_tests::rename(seq)).await
        });
        written.unwrap();
        slowest = slowest.max(started.elapsed());
        if seq == 4 {
            // Another one comes while it goes on.
            let started = Instant::now();
            let came = crowd.runtime.block_on(async {
                loop {
                    let tried = timeout(Duration::from_secs(5), async {
                        let mut hub = other.connect().await?;
                        other.append(&mut hub, 1, allot_tests::rename(1)).await
                    });
                    match tried.await {
                        Ok(Ok(_)) => break started.elapsed(),
                        _ if started.elapsed() > ATTACK => break started.elapsed(),
                        _ => {}
                    }
                }
            });
            println!("federation: a member that came during the attack was served after {came:?}");
            assert!(came < SOON, "{came:?}");
        }
    }
    over.store(true, Ordering::Relaxed);
    println!(
        "federation: {} half-open connections from {ADDRESSES} addresses; the slowest of {seq} entries beside them took {slowest:?}",
        made.load(Ordering::Relaxed)
    );
    assert!(slowest < SOON, "{slowest:?}");
    attackers.iter().for_each(tokio::task::JoinHandle::abort);
    watch.end("half-open connections");
}

#[test]
fn bounds_connections_that_greet_and_say_nothing() {
    const CONNECTIONS: usize = 300;
    let crowd = Crowd::with(1, AS_USUAL);
    let config = nobody(&Invite::read(&crowd.seats[0].invite).unwrap());
    let to: SocketAddr = crowd.hub.address().parse().unwrap();
    let watch = Watch::on(crowd.hub.pid().unwrap());
    let wires = crowd.runtime.block_on(async {
        let mut wires = Vec::new();
        for n in 0..CONNECTIONS {
            let Ok(tcp) = from_address(n, to).await else {
                continue;
            };
            if let Ok(Ok(wire)) = timeout(Duration::from_secs(5), Wire::on(tcp, &config)).await {
                wires.push(wire);
            }
        }
        wires
    });
    assert_eq!(wires.len(), CONNECTIONS);
    let ends = wires
        .into_iter()
        .map(|wire| crowd.runtime.spawn(wire.hung_up()));
    let ends: Vec<_> = ends.collect();
    let started = Instant::now();
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    watch.end(&format!("{CONNECTIONS} strangers that say nothing"));
    // They have an invite to spend and nothing else to do: the hub does not wait for them for ever.
    let ended = crowd.runtime.block_on(async {
        timeout(Duration::from_secs(60), futures::future::join_all(ends)).await
    });
    assert!(ended.is_ok(), "the hub hangs up");
}
