//! The guard, as the gate asks it.

use std::sync::Arc;

use allot_proto::{Guard as _, RemoteError};
use tonic::transport::server::UdsConnectInfo;

use super::{Machine, operators};
use crate::{
    config::Config,
    rpc::{
        Peer, RoleGuard,
        roles::{Operators, Role, Roles},
    },
};

/// A call's head, from a real socket's other end: this process.
async fn head(path: &str) -> http::request::Parts {
    let (here, _there) = tokio::net::UnixStream::pair().unwrap();
    let info = UdsConnectInfo {
        peer_addr: None,
        peer_cred: Some(here.peer_cred().unwrap()),
    };
    let request = http::Request::builder().uri(path).extension(info).body(());
    request.unwrap().into_parts().0
}

#[tokio::test]
async fn the_guard_tells_the_handlers_who_calls() {
    let own = nix::unistd::geteuid().as_raw();
    let text = "server = 'a'\n[socket]\npath = '/run/a'\n[engine]\nkind = 'sim'\n[roles]\n";
    let config: Config = toml::from_str(text).unwrap();
    let guard = RoleGuard(Arc::new(Operators::of(&config)));

    let mut call = head("/allot.agent.v1.AppService/ApplyPlan").await;
    guard.admit(&mut call).unwrap();
    let mut request = tonic::Request::new(());
    *request.extensions_mut() = call.extensions;
    let peer = Peer::of(&request);
    assert_eq!((peer.uid, peer.roles), (Some(own), Roles::of(Role::Admin)));
    assert!(peer.actor().to_string().contains(&own.to_string()));

    let mut call = head("/allot.agent.v1.ResolutionService/Vote").await;
    let refused = RemoteError::from(*guard.admit(&mut call).unwrap_err());
    assert_eq!(refused.code, "AL-6041");
    assert!(call.extensions.get::<Peer>().is_none());
}

#[test]
fn a_call_that_no_gate_saw_is_nobodys() {
    let mut call = http::Request::new(()).into_parts().0;
    call.uri = "/allot.agent.v1.AppService/ListApps".parse().unwrap();
    let guard = RoleGuard(Arc::new(operators("", &Machine::default())));
    let refused = RemoteError::from(*guard.admit(&mut call).unwrap_err());
    assert_eq!(refused.code, "AL-6040");
    let peer = Peer::of(&tonic::Request::new(()));
    assert_eq!((peer.uid, peer.roles), (None, Roles::NONE));
}
