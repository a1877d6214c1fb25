//! Who may call what, walked over the whole descriptor set.

use std::path::PathBuf;

use allot_proto::{RemoteError, hub::admin_service_client::AdminServiceClient};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use tower::service_fn;

use crate::found::Found;

/// Calls a method with an empty message, and says how that ended. Whoever gets through is refused for another reason.
async fn call(channel: &Channel, path: &str) -> Status {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = path.parse().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let answer = grpc.server_streaming(Request::new(()), path, codec).await;
    match answer {
        Ok(answer) => match answer.into_inner().message().await {
            Ok(_) => Status::ok(""),
            Err(status) => status,
        },
        Err(status) => status,
    }
}

fn ours() -> Vec<String> {
    let methods = allot_proto::methods().unwrap().into_iter();
    let ours: Vec<_> = methods.filter(|m| m.starts_with("/allot.hub.")).collect();
    assert!(ours.len() >= 17, "{ours:?}");
    ours
}

pub async fn socket(found: &Found) -> Channel {
    let path: PathBuf = found.hub.config().socket_path(found.hub.home());
    Endpoint::from_static("http://hub.invalid")
        .connect_with_connector(service_fn(move |_| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        }))
        .await
        .unwrap()
}

pub async fn admin(found: &Found) -> AdminServiceClient<Channel> {
    AdminServiceClient::new(socket(found).await)
}

/// What the gate has refused has one of these.
fn refused(status: Status) -> Option<String> {
    let error = RemoteError::from(status);
    let gate = ["AL-8201", "AL-8708", "AL-8709"].contains(&error.code.as_str());
    (gate && error.grpc == Code::PermissionDenied).then_some(error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_there_is_an_invite_to_spend_and_nothing_else() {
    let found = Found::new(&["autonomic"]).await;
    let nobody = found.nobody().await;
    let others = [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/allot.hub.v1.LedgerService/Rewrite",
        "/allot.agent.v1.AppService/ListApps",
    ];
    for method in ours().iter().map(String::as_str).chain(others) {
        let code = refused(call(&nobody, method).await);
        let expected = (!method.ends_with("/Enrol")).then(|| "AL-8201".to_owned());
        assert_eq!(code, expected, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_gets_everything_but_the_admins_methods() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    for method in ours() {
        let code = refused(call(&agent.channel, &method).await);
        let admins = method.contains(".AdminService/");
        assert_eq!(code, admins.then(|| "AL-8709".to_owned()), "{method}");
    }
    let health = call(&agent.channel, "/grpc.health.v1.Health/Check").await;
    assert_eq!(health.code(), Code::Ok, "{health}");
    let unknown = call(&agent.channel, "/allot.hub.v1.LedgerService/Rewrite").await;
    assert_eq!(
        refused(unknown).as_deref(),
        Some("AL-8709"),
        "no row, nobody's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_members_agent_reads_and_may_leave_but_has_no_say() {
    use crate::found::{propose, slug, text_of, until, vote};
    use allot_ledger::{
        Body,
        entry::{Choice, Kind, Size},
    };
    let found = Found::new(&["autonomic", "local-it", "sutty"]).await;
    let (one, two) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    let rested = found.agent("sutty", "c").await;
    let suspend = Kind::Suspend {
        collective: slug("sutty"),
    };
    let deadline = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    one.write(1, propose(text_of(Size::Large, suspend), deadline))
        .await;
    one.write(2, vote(1, Choice::For)).await;
    two.write(1, vote(1, Choice::For)).await;
    found.clock.pass(jiff::SignedDuration::from_hours(3));
    until("the member is suspended", || async {
        (!found.hub.rights.is_voter(&slug("sutty"))).then_some(())
    })
    .await;
    for method in ours() {
        let code = refused(call(&rested.channel, &method).await);
        let members = ["AddCosignature", "PutText", "PutContact", "ListContacts"];
        let expected = match method.rsplit('/').next().unwrap() {
            name if members.contains(&name) => Some("AL-8708".to_owned()),
            _ if method.contains(".AdminService/") => Some("AL-8709".to_owned()),
            _ => None,
        };
        assert_eq!(code, expected, "{method}");
    }
    rested.write(1, Body::Leave).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unix_socket_has_the_admins_methods_and_no_others() {
    let found = Found::new(&["autonomic"]).await;
    let channel = socket(&found).await;
    for method in ours() {
        let status = call(&channel, &method).await;
        let admins = method.contains(".AdminService/");
        assert_eq!(
            status.code() == Code::Unimplemented,
            !admins,
            "{method}: {status}"
        );
        assert_eq!(refused(status), None, "{method}");
    }
    let health = call(&channel, "/grpc.health.v1.Health/Check").await;
    assert_eq!(health.code(), Code::Ok, "{health}");
}
