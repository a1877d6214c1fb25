//! Agents that were let in once and may not call any more.

use std::time::{Duration, Instant};

use allot_ledger::Body;
use allot_proto::{
    RemoteError,
    hub::enrolment_service_client::EnrolmentServiceClient,
    hub::{FollowRequest, ListContactsRequest, RenewRequest, Stretch},
};
use allot_testkit::{Seat, connect};
use allot_tests::Crowd;
use rustls::AlertDescription as Alert;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::knock::{Heard, knock};

/// How soon a stream ends of whom the hub lets in no more.
const SOON: Duration = Duration::from_secs(2);

/// A stream that has begun.
async fn following(seat: &Seat) -> Streaming<Stretch> {
    let mut hub = seat.connect().await.unwrap();
    let mut stream = hub
        .follow(FollowRequest { from: 0 })
        .await
        .unwrap()
        .into_inner();
    stream.message().await.unwrap().expect("the first entries");
    stream
}

/// How a stream ends, and when.
async fn end_of(mut stream: Streaming<Stretch>) -> (RemoteError, Instant) {
    let ended = timeout(SOON * 3, async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("a stream without a reason for its end"),
                Err(status) => return (RemoteError::from(status), Instant::now()),
            }
        }
    });
    ended.await.expect("the stream ends")
}

/// Tells the hub to do something, and holds the streams of `seat` to the promise.
fn ended_by(crowd: &Crowd, seat: &Seat, code: &str, command: impl FnOnce(&Crowd)) {
    let runtime = &crowd.runtime;
    let mut before = runtime.block_on(seat.connect()).unwrap();
    let streams = runtime.block_on(async { [following(seat).await, following(seat).await] });
    let ends = streams.map(|stream| runtime.spawn(end_of(stream)));
    let begun = Instant::now();
    command(crowd);
    let done = Instant::now();
    for end in ends {
        let (error, at) = runtime.block_on(end).unwrap();
        assert_eq!(
            (error.code.as_str(), error.grpc),
            (code, Code::PermissionDenied)
        );
        let late = at.saturating_duration_since(done);
        println!(
            "federation: a stream ended {late:?} after the command, {:?} after its start",
            at - begun
        );
        assert!(late < SOON, "{late:?}");
    }
    // On the connection that there was, if it still stands: no call goes through.
    let call = before.list_contacts(ListContactsRequest {});
    let refused = RemoteError::from(runtime.block_on(call).unwrap_err());
    assert!(
        refused.code == code || refused.code.is_empty(),
        "{refused:?}"
    );
}

fn at_the_door(crowd: &Crowd, seat: &Seat) -> Heard {
    let config = seat.config.clone();
    crowd.runtime.block_on(knock(&seat.address, config))
}

#[test]
fn refuses_an_evicted_agent_and_ends_its_streams() {
    let crowd = Crowd::of(2);
    let seat = &crowd.seats[0];
    let evict = [
        "evict",
        "member-0",
        "swarm-1",
        "--reason",
        "its disk was stolen",
        "--yes",
    ];
    ended_by(&crowd, seat, "AL-8207", |crowd| drop(crowd.hub.ok(&evict)));
    assert_eq!(
        at_the_door(&crowd, seat),
        Heard::Alert(Alert::CertificateRevoked)
    );
    assert_eq!(crowd.write(1, 1).unwrap(), 2, "others are served");

    // It comes back with a new invite, and its old certificate stays refused.
    let invite = crowd.hub.invite("member-0");
    let back = crowd
        .runtime
        .block_on(seat.member.enrol(&invite, "swarm-1"))
        .unwrap();
    let written = crowd.runtime.block_on(async {
        let mut hub = back.connect().await?;
        back.append(&mut hub, 1, allot_tests::rename(1)).await
    });
    assert_eq!(written.unwrap().index, 3);
    assert_eq!(
        at_the_door(&crowd, seat),
        Heard::Alert(Alert::CertificateRevoked)
    );
}

#[test]
fn refuses_a_banned_agent_for_good() {
    let mut crowd = Crowd::of(1);
    let ban = [
        "ban",
        "member-0",
        "swarm-1",
        "--reason",
        "it attacked others",
        "--yes",
    ];
    ended_by(&crowd, &crowd.seats[0], "AL-8207", |crowd| {
        drop(crowd.hub.ok(&ban))
    });
    let invite = crowd.hub.invite("member-0");
    let member = crowd.seats[0].member.clone();
    let refused = crowd
        .runtime
        .block_on(member.enrol(&invite, "swarm-1"))
        .err()
        .unwrap();
    assert_eq!(refused.code, "AL-8207");
    // Also by a hub that was started anew; and the invite is still good for another agent of the collective.
    crowd.hub.kill();
    crowd.hub.serve();
    assert_eq!(
        at_the_door(&crowd, &crowd.seats[0]),
        Heard::Alert(Alert::CertificateRevoked)
    );
    let another = crowd.runtime.block_on(member.enrol(&invite, "swarm-2"));
    assert_eq!(at_the_door(&crowd, &another.unwrap()), Heard::Greeting);
}

#[test]
fn refuses_agents_of_a_collective_that_left() {
    let crowd = Crowd::of(2);
    let seat = &crowd.seats[0];
    ended_by(&crowd, seat, "AL-8206", |crowd| {
        assert_eq!(crowd.say(0, 1, Body::Leave).unwrap().index, 1);
    });
    assert_eq!(at_the_door(&crowd, seat), Heard::Alert(Alert::AccessDenied));
    let (code, _, error) = crowd.hub.run(&["invite", "member-0"]);
    assert_eq!(code, Some(5), "{error}");
    assert!(error.contains("AL-8408"), "{error}");
    assert_eq!(crowd.write(1, 1).unwrap(), 2, "others are served");
}

#[test]
fn refuses_to_renew_for_another_agent() {
    let crowd = Crowd::of(2);
    // A request that asks for another's name in its subject and extensions gets its own name, or nothing.
    let asked = {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let mut params = rcgen::CertificateParams::default();
        let hub = "spiffe://coopcloud-test/hub";
        params.subject_alt_names = vec![crate::forge::uri(hub)];
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "member-1/swarm-1");
        params.serialize_request(&key).unwrap().der().to_vec()
    };
    let seat = &crowd.seats[0];
    let given = crowd.runtime.block_on(async {
        let channel = connect(&seat.address, seat.config.clone()).await.unwrap();
        let renewed = EnrolmentServiceClient::new(channel)
            .renew(RenewRequest { csr: asked })
            .await;
        renewed.map_err(RemoteError::from)
    });
    match given {
        Ok(given) => {
            let peer = allot_identity::Peer::of(&given.into_inner().chain[0]).unwrap();
            assert_eq!(peer.to_string(), "member-0/swarm-1");
        }
        Err(refused) => assert_eq!(refused.code, "AL-8211"),
    }
}
