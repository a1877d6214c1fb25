//! Who says much and never ends, asks for much and reads nothing, or comes and says nothing.

use allot_identity::tls::AgentIdentity;
use allot_proto::{
    RemoteError,
    hub::{GetTextRequest, PutTextRequest},
};
use bytes::Bytes;
use futures::{
    future::join_all,
    stream::{self, StreamExt as _},
};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use std::{io, sync::Arc};
use tokio::net::{TcpSocket, TcpStream};
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{ServiceExt as _, service_fn};

use crate::found::{Agent, Found, config, next, rename, tls, until};

const GET_TEXT: &str = "/allot.hub.v1.LedgerService/GetText";
const PUT_TEXT: &str = "/allot.hub.v1.LedgerService/PutText";

const MIB: usize = 1024 * 1024;

/// Texts of one agent that are under way at the same time.
const TEXTS: usize = 4;

/// A message as gRPC sends it, or its beginning.
fn message(length: usize, bytes: &[u8]) -> Bytes {
    let length = u32::try_from(length).unwrap().to_be_bytes();
    Bytes::from([&[0][..], &length, bytes].concat())
}

/// A call by hand.
async fn call(
    channel: Channel,
    path: &str,
    body: Body,
) -> Result<Response<Body>, tonic::transport::Error> {
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body)
        .unwrap();
    channel.oneshot(request).await
}

/// Why the hub refused a call at once.
fn refusal(answer: &Response<Body>) -> Option<RemoteError> {
    let status = Status::from_header_map(answer.headers())?;
    Some(RemoteError::from(status))
}

async fn put(agent: &Agent, text: Vec<u8>) -> Result<String, RemoteError> {
    let put = agent.ledger().put_text(PutTextRequest { text }).await;
    Ok(put?.into_inner().sha256)
}

async fn get(agent: &Agent, sha256: &str) -> Result<usize, RemoteError> {
    let mut ledger = agent.ledger();
    let sha256 = sha256.to_owned();
    let got = ledger.get_text(GetTextRequest { sha256 }).await?;
    Ok(got.into_inner().text.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_never_end_take_their_own_agents_room_and_no_longer_than_a_call_may() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let agent = found.agent("autonomic", "a").await;
    let other = found.agent("local-it", "b").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    let beginnings = (0..=TEXTS).map(|_| {
        let some = Ok::<_, Status>(Frame::data(message(MIB, &[b'a'; 1000])));
        let body = StreamBody::new(stream::iter([some]).chain(stream::pending()));
        call(agent.channel.clone(), PUT_TEXT, Body::new(body))
    });
    let beginnings = tokio::spawn(join_all(beginnings.collect::<Vec<_>>()));
    // Neither what others bring nor what this agent brings besides has to wait for them.
    put(&other, vec![b'b'; MIB]).await.unwrap();
    agent.write(1, rename(1)).await;
    assert!(!beginnings.is_finished());

    let ends = beginnings.await.unwrap();
    let refused: Vec<_> = ends.iter().flatten().filter_map(refusal).collect();
    let [refused] = &refused[..] else {
        panic!("one is too many: {refused:?}")
    };
    let (code, kind) = (refused.code.as_str(), refused.grpc);
    assert_eq!((code, kind), ("AL-8731", Code::ResourceExhausted));
    let broken_off = ends.iter().filter(|end| end.is_err()).count();
    assert_eq!(broken_off, TEXTS, "{ends:?}");
    put(&agent, vec![b'a'; MIB]).await.unwrap();
    // A stream is no call that ends.
    agent.write(2, rename(2)).await;
    while next(&mut stream).await.leaves.is_empty() {}
}

/// A connection that takes no more than it must.
async fn narrow(found: &Found, identity: Arc<AgentIdentity>) -> Channel {
    let (connector, address) = (found.connector(identity), found.address);
    Endpoint::from_static("http://hub.invalid")
        .initial_stream_window_size(16 * 1024)
        .connect_with_connector(service_fn(move |_| {
            let connector = connector.clone();
            async move { Ok::<_, io::Error>(TokioIo::new(tls(&connector, address).await?)) }
        }))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_nobody_reads_take_their_own_agents_room_and_no_longer_than_a_call_may() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let agent = found.agent("autonomic", "a").await;
    let other = found.agent("local-it", "b").await;
    let sha256 = put(&agent, vec![b'a'; MIB]).await.unwrap();
    let asked = GetTextRequest {
        sha256: sha256.clone(),
    };
    let asked = message(asked.encoded_len(), &asked.encode_to_vec());
    let channel = narrow(&found, agent.identity.clone()).await;
    let asks = (0..=TEXTS).map(|_| {
        let body = Body::new(http_body_util::Full::new(asked.clone()));
        call(channel.clone(), GET_TEXT, body)
    });
    let answers = join_all(asks).await.into_iter().map(Result::unwrap);
    let (refused, unread): (Vec<_>, Vec<_>) = answers.partition(|a| refusal(a).is_some());
    let codes: Vec<_> = refused.iter().filter_map(refusal).map(|e| e.code).collect();
    assert_eq!(codes, ["AL-8731"]);
    assert_eq!(unread.len(), TEXTS);
    // Who reads is served meanwhile, and this agent once the hub waits no longer.
    assert_eq!(get(&other, &sha256).await.unwrap(), MIB);
    agent.write(1, rename(1)).await;
    until("there is room again", || async {
        get(&agent, &sha256).await.ok()
    })
    .await;
    for answer in unread {
        let came = answer.into_body().collect().await;
        assert!(came.is_err(), "what was held is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_strangers_makes_room_for_who_means_it() {
    let mut config = config();
    config.limits.connections = 20;
    let found = Found::with(&["autonomic"], config).await;
    let there = found.agent("autonomic", "a").await;
    // Once it was answered, the hub knows whose connection it is.
    there.write(1, rename(1)).await;
    let silent = |n: u8| async move {
        let socket = TcpSocket::new_v4().unwrap();
        let from = ([127, 0, 0, 2 + n % 3], 0);
        socket.bind(from.into()).unwrap();
        socket.connect(found.address).await
    };
    let crowd = join_all((0..60).map(silent)).await;
    let crowd: Vec<TcpStream> = crowd.into_iter().map(Result::unwrap).collect();
    // Sooner than the hub loses its patience with who says nothing.
    let late = found.agent("autonomic", "b").await;
    late.write(2, rename(2)).await;
    there.write(3, rename(3)).await;
    let figures = allot_hub::metrics::text(&found.hub);
    let crowded = "handshakes_refused_total{code=\"crowded\"}";
    assert!(figures.contains(crowded), "{figures}");
    drop(crowd);
}
