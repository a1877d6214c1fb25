//! Every method that a hub has, called by whom it is not for. The methods come from the descriptors, so that a new one is
//! tried too.

use std::sync::Arc;

use allot_identity::invite::Invite;
use allot_ledger::{
    Body,
    entry::{Choice, Content, Kind, Size, Text},
};
use allot_proto::RemoteError;
use allot_testkit::{connect, nobody};
use allot_tests::Crowd;
use http::uri::PathAndQuery;
use jiff::{SignedDuration, Timestamp};
use rustls::ClientConfig;
use tonic::{Code, Request, transport::Channel};
use tonic_prost::ProstCodec;

/// What else is served beside the methods of our own.
const OTHERS: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/allot.hub.v1.LedgerService/NoSuchMethod",
];

/// For members with a vote.
const VOTERS: [&str; 4] = ["AddCosignature", "PutText", "PutContact", "ListContacts"];

fn methods() -> Vec<String> {
    let all = allot_proto::methods().unwrap();
    let hub = all
        .into_iter()
        .filter(|path| path.starts_with("/allot.hub."));
    let hub: Vec<_> = hub.chain(OTHERS.map(str::to_owned)).collect();
    assert!(hub.len() > 17, "{hub:?}");
    hub
}

/// Calls a method with an empty message, which every message type can be.
async fn call(channel: &Channel, path: &str) -> Result<(), RemoteError> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    let ready = client.ready().await;
    ready.map_err(|error| tonic::Status::unknown(error.to_string()))?;
    let path: PathAndQuery = path.parse().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    client.unary(Request::new(()), path, codec).await?;
    Ok(())
}

fn call_all(
    crowd: &Crowd,
    config: &Arc<ClientConfig>,
    paths: &[String],
) -> Vec<(String, RemoteError)> {
    let address = crowd.hub.address();
    crowd.runtime.block_on(async {
        let channel = connect(&address, Arc::clone(config)).await.unwrap();
        let mut heard = Vec::new();
        for path in paths {
            let refused = call(&channel, path).await.expect_err(path);
            heard.push((path.clone(), refused));
        }
        heard
    })
}

#[test]
fn refuses_every_method_to_who_has_no_certificate() {
    let crowd = Crowd::of(1);
    let invite = Invite::read(&crowd.seats[0].invite).unwrap();
    let mut refusals = 0;
    for (path, refused) in call_all(&crowd, &nobody(&invite), &methods()) {
        if path == "/allot.hub.v1.EnrolmentService/Enrol" {
            // The one call that is for anybody: it is looked at, and holds nothing.
            assert_eq!(refused.code, "AL-8001", "{refused:?}");
            continue;
        }
        assert_eq!(
            (refused.code.as_str(), refused.grpc),
            ("AL-8201", Code::PermissionDenied),
            "{path}: {refused:?}"
        );
        refusals += 1;
    }
    println!("federation: {refusals} methods refused to who has no certificate");
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
}

#[test]
fn refuses_what_is_for_admins_to_agents() {
    let crowd = Crowd::of(1);
    let admins = methods()
        .into_iter()
        .filter(|path| path.contains("AdminService") || path.contains("NoSuchMethod"));
    let admins: Vec<_> = admins.collect();
    assert!(admins.len() > 8);
    for (path, refused) in call_all(&crowd, &crowd.seats[0].config, &admins) {
        assert_eq!(
            (refused.code.as_str(), refused.grpc),
            ("AL-8709", Code::PermissionDenied),
            "{path}: {refused:?}"
        );
    }
    assert_eq!(crowd.log_size(), 1, "nothing came of it");
    let list = crowd.hub.ok(&["invite", "--list", "--output", "json"]);
    assert!(!list.contains("\"open\""), "{list}");
}

/// All members decide to suspend the first one.
fn suspend(crowd: &Crowd) {
    let content = Content {
        title: "Suspend member-0".to_owned(),
        size: Size::Large,
        kind: Kind::Suspend {
            collective: "member-0".parse().unwrap(),
        },
        text: Text::of("For a while.").unwrap(),
    };
    let deadline = Timestamp::now() + SignedDuration::from_hours(24);
    let propose = Body::Propose {
        draft: None,
        content: Box::new(content),
        deadline,
    };
    crowd.say(1, 1, propose).unwrap();
    let vote = |choice| Body::Vote {
        resolution: 1,
        choice,
        reason: None,
    };
    crowd.say(0, 1, vote(Choice::Abstain)).unwrap();
    crowd.say(1, 2, vote(Choice::For)).unwrap();
    crowd.say(2, 1, vote(Choice::For)).unwrap();
    crowd.say(1, 3, Body::Close { resolution: 1 }).unwrap();
}

#[test]
fn refuses_what_is_for_members_with_a_vote_to_a_suspended_one() {
    let crowd = Crowd::of(3);
    suspend(&crowd);
    let voters = VOTERS.map(|method| format!("/allot.hub.v1.LedgerService/{method}"));
    for (path, refused) in call_all(&crowd, &crowd.seats[0].config, &voters) {
        assert_eq!(
            (refused.code.as_str(), refused.grpc),
            ("AL-8708", Code::PermissionDenied),
            "{path}: {refused:?}"
        );
    }
    // What it writes is refused by the rules, but for its name, its key and its leaving (M1).
    let draft = Body::Draft(Box::new(Content {
        title: "A thing".to_owned(),
        size: Size::Small,
        kind: Kind::Text,
        text: Text::of("Done.").unwrap(),
    }));
    assert_eq!(crowd.say(0, 2, draft).unwrap_err().code, "AL-8407");
    assert!(crowd.write(0, 2).is_ok());
    // It is still let in, to see what becomes of it.
    assert_eq!(crowd.log().len() as u64, crowd.log_size());
}
