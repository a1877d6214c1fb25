//! What no agent does.

use std::{sync::Arc, time::Duration};

use allot_identity::tls::AgentIdentity;
use allot_proto::{
    RemoteError,
    hub::{AppendRequest, ListContactsRequest, ledger_service_client::LedgerServiceClient},
};
use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Code;

use crate::found::{Found, config, key_of, next, rename, tls, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_bound_is_refused_unread() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let envelope = vec![b' '; 300 * 1024];
    let error = RemoteError::from(
        agent
            .ledger()
            .append(AppendRequest { envelope })
            .await
            .unwrap_err(),
    );
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8733", Code::InvalidArgument)
    );
    // What fits the message and makes no entry is refused as well.
    let error = agent.append(vec![b'['; 100 * 1024]).await.unwrap_err();
    assert_eq!(error.grpc, Code::InvalidArgument, "{error:?}");
    agent.write(1, rename(1)).await;
}

/// Whether the other side has closed, within `patience`.
async fn closed(stream: &mut (impl tokio::io::AsyncRead + Unpin), patience: Duration) -> bool {
    let mut buffer = [0; 4096];
    let end = async { while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {} };
    timeout(patience, end).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_are_closed_and_hold_nobody_up() {
    let mut config = config();
    config.limits.connections_per_address = 400;
    let found = Found::with(&["autonomic"], config).await;
    let agent = found.agent("autonomic", "a").await;
    let silent = (0..300).map(|_| TcpStream::connect(found.address));
    let mut silent: Vec<_> = join_all(silent)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    // A beginning and no end is no better.
    silent[0]
        .write_all(&[0x16, 0x03, 0x01, 0x02, 0x00])
        .await
        .unwrap();
    // Who was there goes on, and who comes waits for its turn at most.
    agent.write(1, rename(1)).await;
    let late = found.agent("autonomic", "b").await;
    late.write(2, rename(2)).await;
    for stream in &mut silent {
        assert!(closed(stream, Duration::from_secs(10)).await);
    }
    // The last of them is counted a moment after it saw its connection close.
    let all = "handshakes_refused_total{code=\"timeout\"} 300";
    until("each of them is counted", || async {
        allot_hub::metrics::text(&found.hub)
            .contains(all)
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_take_all_connections() {
    let mut config = config();
    config.limits.connections_per_address = 5;
    let found = Found::with(&["autonomic"], config).await;
    let agent = found.agent("autonomic", "a").await;
    // Once it was answered, the hub knows whose connection it is; at the end of the agent's handshake it may not yet.
    agent.write(1, rename(1)).await;
    let mut open = Vec::new();
    // The agent has two connections; one of them, which it joined by, may be closed already.
    for _ in 0..6 {
        open.push(TcpStream::connect(found.address).await.unwrap());
    }
    // Not because the hub lost its patience with it: that is another code.
    assert!(closed(&mut open[0], Duration::from_secs(10)).await);
    until("who came first makes room, and not the agent", || async {
        allot_hub::metrics::text(&found.hub)
            .contains("handshakes_refused_total{code=\"crowded\"}")
            .then_some(())
    })
    .await;
    agent.write(2, rename(2)).await;
    // The agent has one of the five places itself. A client believes in its connection before the hub has a place for it,
    // so that each is asked for an answer.
    let known = (0..5).map(|_| found.connect(agent.identity.clone()));
    let known: Vec<_> = join_all(known).await.into_iter().flatten().collect();
    let calls = known.iter().map(|channel| async {
        let mut ledger = LedgerServiceClient::new(channel.clone());
        ledger.list_contacts(ListContactsRequest {}).await.is_ok()
    });
    let served = join_all(calls).await.into_iter().filter(|ok| *ok).count();
    assert!((1..=4).contains(&served), "{served} beside the agent's own");
    agent.write(3, rename(3)).await;
    drop(known);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_certificate_does_not_stay() {
    let found = Found::new(&["autonomic"]).await;
    // Neither one that says nothing after its handshake, nor one that speaks HTTP/2 and asks for nothing.
    let connector = found.connector(Arc::<AgentIdentity>::default());
    let mut quiet = tls(&connector, found.address).await.unwrap();
    let mut polite = tls(&connector, found.address).await.unwrap();
    let hello = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(),
        &[0, 0, 0, 4, 0, 0, 0, 0, 0],
    ]
    .concat();
    polite.write_all(&hello).await.unwrap();
    polite.flush().await.unwrap();
    let patience = Duration::from_secs(7);
    let (quiet, polite) = tokio::join!(closed(&mut quiet, patience), closed(&mut polite, patience));
    assert!(quiet && polite);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_its_own_connection_and_nothing_else() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    let mut plain = TcpStream::connect(found.address).await.unwrap();
    plain
        .write_all(b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n")
        .await
        .unwrap();
    assert!(closed(&mut plain, Duration::from_secs(5)).await);
    let connector = found.connector(agent.identity.clone());
    let mut inside = tls(&connector, found.address).await.unwrap();
    inside.write_all(&[0x5a; 10_000]).await.unwrap();
    assert!(closed(&mut inside, Duration::from_secs(5)).await);
    agent.write(1, rename(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_calls_without_end_is_held_back_alone() {
    let mut config = config();
    config.limits.calls_per_minute = 30;
    let found = Found::with(&["autonomic", "local-it"], config).await;
    let (loud, other) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    let calls = (0..60).map(|_| async {
        let sha256 = "00".repeat(32);
        let asked = allot_proto::hub::GetTextRequest { sha256 };
        RemoteError::from(loud.ledger().get_text(asked).await.unwrap_err())
    });
    let codes = join_all(calls).await;
    let held = codes
        .iter()
        .filter(|e| e.code == "AL-8703" && e.grpc == Code::ResourceExhausted);
    assert!((25..=31).contains(&held.count()), "{codes:?}");
    other.write(1, rename(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_shows_in_what_the_hub_says_of_itself() {
    let found = Found::new(&["autonomic"]).await;
    let secret = found.invite("autonomic").await;
    found.join("autonomic", "a", &secret).await.unwrap();
    let told = format!(
        "{:?} {:?} {}",
        found.hub.status().await,
        found.hub.invites().await,
        allot_hub::metrics::text(&found.hub)
    );
    let private = std::fs::read(found.dir.path().join("private/journal/journal")).unwrap();
    let ledger = std::fs::read(found.dir.path().join("ledger/journal/journal")).unwrap();
    let all = [told.as_bytes(), &private, &ledger].concat();
    let holds = |needle: &[u8]| all.windows(needle.len()).any(|w| w == needle);
    assert!(!holds(&secret) && !holds(hex::encode(secret).as_bytes()));
    assert!(!holds(key_of("autonomic").to_hex().as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_refused_again_and_again_keeps_its_connection() {
    let mut config = config();
    config.limits.calls_per_minute = 1;
    let found = Found::with(&["autonomic"], config).await;
    let agent = found.agent("autonomic", "a").await;
    // From here on the connection knows how many calls it may have at once.
    agent.append(Vec::new()).await.unwrap_err();
    for round in 0..40 {
        let asked = allot_proto::hub::GetTextRequest {
            sha256: "00".repeat(32),
        };
        let calls = (0..50).map(|_| {
            let (mut ledger, asked) = (agent.ledger(), asked.clone());
            async move { RemoteError::from(ledger.get_text(asked).await.unwrap_err()) }
        });
        for error in join_all(calls).await {
            let code = error.code.as_str();
            assert!(
                ["AL-8703", "AL-8714"].contains(&code),
                "in round {round}: {error:?}"
            );
        }
    }
}
