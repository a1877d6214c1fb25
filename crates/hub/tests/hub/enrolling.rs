//! How agents get in.

use std::time::Duration;

use allot_identity::{AgentKey, Peer};
use allot_proto::{
    RemoteError,
    hub::{Certificate, RenewRequest},
};
use futures::{future::join_all, stream};
use http::uri::PathAndQuery;
use jiff::SignedDuration;
use tokio::{sync::oneshot, time::timeout};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::found::{Found, config, end, next, rename, slug, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_joins_renews_and_goes_on() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let mut stream = agent.follow(0).await.unwrap();
    assert_eq!(next(&mut stream).await.leaves.len(), 1);
    let key = AgentKey::create().unwrap();
    let csr = key.request().unwrap();
    let renewed = agent.enrolment().renew(RenewRequest { csr }).await.unwrap();
    let renewed = renewed.into_inner();
    let peer = Peer::of(&renewed.chain[0]).unwrap();
    assert_eq!(peer.to_string(), "autonomic/swarm-1");
    assert_eq!(peer.not_after().to_string(), renewed.not_after);
    agent.identity.swap(&renewed.chain, &key).unwrap();
    // The new connection follows before the old stream is given up.
    let fresh = crate::found::Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    let mut other = fresh.follow(1).await.unwrap();
    assert!(next(&mut other).await.leaves.is_empty());
    fresh.write(1, rename(1)).await;
    while next(&mut other).await.leaves.is_empty() {}
    drop(other);
    assert_eq!(found.hub.status().await.agents.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_shown_by_twenty_at_once_lets_one_in() {
    let found = Found::new(&["autonomic"]).await;
    let secret = found.invite("autonomic").await;
    let names: Vec<_> = (0..20).map(|n| format!("swarm-{n}")).collect();
    let tries = names
        .iter()
        .map(|name| found.join("autonomic", name, &secret));
    let done = join_all(tries).await;
    let (inside, outside): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!(inside.len(), 1);
    for refused in outside {
        let error = refused.err().unwrap();
        assert_eq!(
            (error.code.as_str(), error.grpc),
            ("AL-8311", Code::PermissionDenied)
        );
    }
    // Also over a restart.
    let found = found.restart().await;
    let error = found
        .join("autonomic", "late", &secret)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code, "AL-8311");
    let used: Vec<_> = found.hub.invites().await;
    assert_eq!((used.len(), used[0].state), (1, "used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_an_others_and_a_revoked_invite_are_told_alike() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let mut told = Vec::new();
    told.push(found.join("autonomic", "a", &[7; 32]).await.err().unwrap());
    told.push(found.join("autonomic", "a", &[7; 31]).await.err().unwrap());
    told.push(found.join("nobody", "a", &[7; 32]).await.err().unwrap());
    let others = found.invite("local-it").await;
    told.push(found.join("autonomic", "a", &others).await.err().unwrap());
    let own = found.invite("autonomic").await;
    let id = found.hub.invites().await;
    let id = &id
        .iter()
        .find(|i| i.collective == slug("autonomic"))
        .unwrap()
        .id;
    found
        .hub
        .revoke_invite(id, "a test".to_owned())
        .await
        .unwrap();
    told.push(found.join("autonomic", "a", &own).await.err().unwrap());
    for error in &told {
        assert_eq!(
            (&error.code, &error.message, error.grpc),
            (&told[0].code, &told[0].message, Code::PermissionDenied)
        );
    }
    assert_eq!(told[0].code, "AL-8310");
    assert!(
        found.join("local-it", "a", &others).await.is_ok(),
        "it was not spent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_limited() {
    let mut config = config();
    config.limits.enrolments_per_hour = 5;
    let found = Found::with(&["autonomic"], config).await;
    let good = found.invite("autonomic").await;
    let mut codes = Vec::new();
    for n in 0..8 {
        codes.push(found.join("autonomic", "a", &[n; 32]).await.err().unwrap());
    }
    let (looked_at, limited): (Vec<_>, Vec<_>) = codes.iter().partition(|e| e.code == "AL-8310");
    assert_eq!((looked_at.len(), limited.len()), (5, 3));
    assert!(
        limited
            .iter()
            .all(|e| (e.code.as_str(), e.grpc) == ("AL-8313", Code::ResourceExhausted))
    );
    // Who guesses also keeps others of the same address out, for a while, and gets nothing by it.
    let error = found.join("autonomic", "a", &good).await.err().unwrap();
    assert_eq!(error.code, "AL-8313");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_not_spent_on_a_bad_request() {
    let found = Found::new(&["autonomic"]).await;
    let secret = found.invite("autonomic").await;
    let asked = allot_proto::hub::EnrolRequest {
        collective: "autonomic".to_owned(),
        agent: "swarm-1".to_owned(),
        secret: secret.to_vec(),
        csr: b"no request".to_vec(),
    };
    let mut nobody = allot_proto::hub::enrolment_service_client::EnrolmentServiceClient::new(
        found.nobody().await,
    );
    let error = RemoteError::from(nobody.enrol(asked).await.unwrap_err());
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8211", Code::InvalidArgument)
    );
    assert!(found.join("autonomic", "swarm-1", &secret).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invite_lets_nobody_in() {
    let found = Found::new(&["autonomic"]).await;
    let secret = found.invite("autonomic").await;
    found.clock.pass(SignedDuration::from_hours(24 * 6));
    let late = found.invite("autonomic").await;
    found.clock.pass(SignedDuration::from_hours(25));
    // A week has passed, so the hub has a new certificate.
    until("the hub renews its own", || async {
        let ends = found.hub.status().await.certificate_ends;
        (ends > found.hub.now()).then_some(())
    })
    .await;
    let error = found.join("autonomic", "a", &secret).await.err().unwrap();
    assert_eq!(error.code, "AL-8312");
    assert!(found.join("autonomic", "a", &late).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_agents_stream_closes_within_two_seconds_and_it_may_come_back() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let other = found.agent("autonomic", "swarm-2").await;
    let mut stream = agent.follow(0).await.unwrap();
    let mut neighbour = other.follow(0).await.unwrap();
    next(&mut stream).await;
    found
        .hub
        .bar("autonomic", "swarm-1", "its disk was stolen", false)
        .await
        .unwrap();
    let closed = timeout(Duration::from_secs(2), end(&mut stream))
        .await
        .unwrap();
    let error = RemoteError::from(closed);
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8207", Code::PermissionDenied)
    );
    assert!(agent.append(agent.sign(1, rename(1))).await.is_err());
    // Nor does it get a new connection: the handshake is refused.
    let again = found.connect(agent.identity.clone()).await;
    let follow = async {
        let channel = again?;
        let mut ledger = allot_proto::hub::ledger_service_client::LedgerServiceClient::new(channel);
        ledger
            .follow(allot_proto::hub::FollowRequest { from: 0 })
            .await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    assert!(follow.await.is_err());
    // Its neighbour hears of it.
    let heard = async {
        loop {
            let kinds = next(&mut neighbour).await.leaves;
            let kind = |l: &Vec<u8>| crate::found::leaf(l).envelope.entry().unwrap().body.kind();
            if kinds.iter().any(|l| kind(l) == "evict") {
                return;
            }
        }
    };
    timeout(Duration::from_secs(5), heard).await.unwrap();
    let back = found.agent("autonomic", "swarm-1").await;
    let mut stream = back.follow(0).await.unwrap();
    assert!(!next(&mut stream).await.leaves.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_agent_gets_no_certificate_for_a_call_that_it_began_before() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let ((began, has_begun), (send, message)) = (oneshot::channel(), oneshot::channel());
    let body = stream::once(async move {
        let _ = began.send(());
        message.await.unwrap()
    });
    let mut grpc = tonic::client::Grpc::new(agent.channel.clone());
    let call = tokio::spawn(async move {
        grpc.ready().await.unwrap();
        let path = PathAndQuery::from_static("/allot.hub.v1.EnrolmentService/Renew");
        let codec = ProstCodec::<RenewRequest, Certificate>::default();
        grpc.client_streaming(Request::new(body), path, codec).await
    });
    has_begun.await.unwrap();
    // What comes later on the same connection is answered, so the hub has seen that call and let it in.
    agent.write(1, rename(1)).await;
    let evicted = found
        .hub
        .bar("autonomic", "swarm-1", "its disk was stolen", false);
    evicted.await.unwrap();
    let csr = AgentKey::create().unwrap().request().unwrap();
    send.send(RenewRequest { csr }).unwrap();
    let answer = timeout(Duration::from_secs(10), call).await.unwrap();
    let refused = RemoteError::from(answer.unwrap().unwrap_err());
    assert_eq!(
        (refused.code.as_str(), refused.grpc),
        ("AL-8207", Code::PermissionDenied)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_agent_cannot_come_back() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let mut stream = agent.follow(0).await.unwrap();
    found
        .hub
        .bar("autonomic", "swarm-1", "it lied", true)
        .await
        .unwrap();
    assert_eq!(RemoteError::from(end(&mut stream).await).code, "AL-8207");
    let secret = found.invite("autonomic").await;
    let error = found
        .join("autonomic", "swarm-1", &secret)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8207", Code::PermissionDenied)
    );
    let found = found.restart().await;
    let error = found
        .join("autonomic", "swarm-1", &secret)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code, "AL-8207", "also over a restart");
    // The invite was not spent on it.
    assert!(found.join("autonomic", "swarm-2", &secret).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_certificate() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    found.clock.pass(SignedDuration::from_hours(25));
    let error = RemoteError::from(end(&mut stream).await);
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8205", Code::PermissionDenied)
    );
}
