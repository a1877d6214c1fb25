//! The table held against the descriptors, and each role against the table.

use allot_proto::{RemoteError, methods};
use tonic::Code;

use super::{AGENT, ANA, BEA, CLEO, Machine, operators};
use crate::rpc::{
    Peer,
    guard::may,
    roles::{
        Access, Role, Roles, access,
        methods::{METHODS, OPEN},
    },
};

/// Somebody who was given one role.
fn holder(role: Role) -> Peer {
    let table = format!("{role} = ['ana']");
    operators(&table, &Machine::default()).peer(Some((ANA, ANA)))
}

fn refusal(peer: &Peer, path: &str) -> Option<RemoteError> {
    may(peer, path).err().map(RemoteError::from)
}

fn rows() -> impl Iterator<Item = (String, Role)> {
    METHODS.iter().flat_map(|(service, rows)| {
        let path = move |(method, role): &(&str, Role)| (format!("/{service}/{method}"), *role);
        rows.iter().map(path)
    })
}

#[test]
fn every_method_of_the_agent_has_a_row_and_every_row_a_method() {
    let mut served: Vec<String> = methods().unwrap();
    served.retain(|path| path.starts_with("/allot.agent."));
    let mut rows: Vec<String> = rows().map(|(path, _)| path).collect();
    rows.retain(|path| path.starts_with("/allot."));
    served.sort();
    rows.sort();
    assert!(rows.len() > 45, "{}", rows.len());
    assert_eq!(rows, served);
}

/// The methods of a descriptor set that another crate brings.
fn foreign(descriptors: &[u8]) -> Vec<String> {
    let set: prost_types::FileDescriptorSet = prost::Message::decode(descriptors).unwrap();
    let mut paths = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            paths.extend(
                service
                    .method
                    .iter()
                    .map(|m| format!("/{name}/{}", m.name())),
            );
        }
    }
    paths
}

#[test]
fn health_is_open_and_reflection_takes_a_viewer() {
    for path in foreign(tonic_health::pb::FILE_DESCRIPTOR_SET) {
        assert_eq!(access(&path), Some(Access::Open), "{path}");
    }
    for path in foreign(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET) {
        let access = access(&path);
        assert!(
            matches!(
                access,
                Some(Access::Held {
                    role: Role::Viewer,
                    ..
                })
            ),
            "{path}: {access:?}"
        );
    }
}

#[test]
fn each_role_includes_those_below_and_delegate_stands_apart() {
    let held = |role| Roles::of(role).to_string();
    assert_eq!(held(Role::Viewer), "viewer");
    assert_eq!(held(Role::Operator), "viewer, operator");
    assert_eq!(held(Role::Maintainer), "viewer, operator, maintainer");
    assert_eq!(held(Role::Delegate), "viewer, delegate");
    assert_eq!(held(Role::Admin), "viewer, operator, maintainer, admin");
    assert_eq!(
        Roles::all().to_string(),
        "viewer, operator, maintainer, delegate, admin"
    );
}

#[test]
fn a_role_too_low_is_refused_for_every_method_of_every_service() {
    let (mut refused, mut let_in) = (0, 0);
    for held in Role::ALL {
        let peer = holder(held);
        for (path, needed) in rows() {
            let included = match needed {
                Role::Viewer => true,
                Role::Operator => !matches!(held, Role::Viewer | Role::Delegate),
                Role::Maintainer => matches!(held, Role::Maintainer | Role::Admin),
                Role::Delegate | Role::Admin => held == needed,
            };
            let refusal = refusal(&peer, &path);
            assert_eq!(refusal.is_none(), included, "{held} at {path}");
            let Some(error) = refusal else {
                let_in += 1;
                continue;
            };
            assert_eq!(
                (error.grpc, error.code.as_str()),
                (Code::PermissionDenied, "AL-6041"),
                "{held} at {path}"
            );
            let ending = format!("takes {needed}");
            assert!(error.message.ends_with(&ending), "{}", error.message);
            assert!(error.help.unwrap().contains(needed.name()), "{path}");
            refused += 1;
        }
    }
    assert_eq!(refused + let_in, 5 * rows().count());
    assert!(refused > 80, "{refused}");
}

#[test]
fn who_has_no_role_gets_health_and_nothing_else() {
    let table = operators("operator = ['ana']", &Machine::default());
    let strangers = [
        table.peer(Some((CLEO, CLEO))),
        table.peer(Some((4242, 4242))),
        table.peer(None),
    ];
    for peer in strangers {
        for method in OPEN.1 {
            assert!(refusal(&peer, &format!("/{}/{method}", OPEN.0)).is_none());
        }
        let unknown = "/allot.agent.v1.AppService/Explode".to_owned();
        for path in rows().map(|(path, _)| path).chain([unknown]) {
            let error = refusal(&peer, &path).unwrap();
            assert_eq!(
                (error.grpc, error.code.as_str()),
                (Code::PermissionDenied, "AL-6040"),
                "{path}"
            );
            assert!(error.message.contains("has no role here"), "{error}");
            assert!(error.help.unwrap().contains("usermod"));
        }
    }
}

#[test]
fn a_method_without_a_row_is_refused_to_everybody() {
    let peer = operators("", &Machine::default()).peer(Some((0, 0)));
    assert_eq!(peer.roles, Roles::all());
    let paths = [
        "/allot.agent.v1.AppService/Explode",
        "/allot.agent.v1.AppService/listapps",
        "/allot.agent.v1.AppService/ListApps/",
        "//allot.agent.v1.AppService/ListApps",
        "/allot.agent.v1.AppService/",
        "/allot.hub.v1.AdminService/Evict",
        "/grpc.health.v1.Health/Explode",
        "/",
        "",
    ];
    for path in paths {
        let error = refusal(&peer, path).unwrap();
        assert_eq!(error.grpc, Code::Unimplemented, "{path}");
    }
}

#[test]
fn only_a_delegate_can_make_the_agent_sign() {
    let signing = [
        "FederationService/MakeApplication",
        "FederationService/Vouch",
        "FederationService/MakeWithdrawal",
        "FederationService/BringWithdrawal",
        "FederationService/SetProfile",
        "FederationService/SetContact",
        "FederationService/Leave",
        "FederationService/RotateKey",
        "FederationService/AcceptHub",
        "ResolutionService/Draft",
        "ResolutionService/Revise",
        "ResolutionService/Propose",
        "ResolutionService/Vote",
        "ResolutionService/Escalate",
        "ResolutionService/Withdraw",
        "ResolutionService/Close",
        "ResolutionService/Import",
    ];
    let table = operators(
        "delegate = ['bea']\nadmin = ['ana', 'root']",
        &Machine::default(),
    );
    for method in signing {
        let path = format!("/allot.agent.v1.{method}");
        assert!(refusal(&table.peer(Some((BEA, BEA))), &path).is_none());
        for uid in [0, AGENT, ANA] {
            let error = refusal(&table.peer(Some((uid, uid))), &path).unwrap();
            assert_eq!(error.code, "AL-6041", "uid {uid} at {path}");
            assert!(error.help.unwrap().contains("only a delegate"));
        }
    }
}
