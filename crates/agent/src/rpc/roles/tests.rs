//! The table held against the descriptors, and what each role may, without a socket.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use allot_proto::{Guard as _, RemoteError, methods};
use nix::errno::Errno;
use tonic::{Code, transport::server::UdsConnectInfo};

use super::{
    Access, Operators, Role, Roles, User, UserDatabase, access,
    methods::{METHODS, OPEN},
};
use crate::{
    config::{Config, RolesConfig},
    limits::{MAX_CALLERS, ROLES_FRESH},
    rpc::{Peer, RoleGuard, guard::may},
};

const AGENT: u32 = 900;
const ANA: u32 = 1000;
const BEA: u32 = 1001;
const CLEO: u32 = 1002;
const STAFF: u32 = 50;
const ALLOT: u32 = 51;

/// A machine with three people and two groups; Ana is staff.
#[derive(Clone, Default)]
struct Machine {
    allot: Arc<Mutex<Vec<u32>>>,
    asked: Arc<AtomicUsize>,
}

impl UserDatabase for Machine {
    fn user(&self, uid: u32) -> Option<User> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (name, mut groups) = match uid {
            0 => ("root", vec![0]),
            AGENT => ("allot-agent", vec![AGENT]),
            ANA => ("ana", vec![ANA, STAFF]),
            BEA => ("bea", vec![BEA]),
            CLEO => ("cleo", vec![CLEO]),
            _ => return None,
        };
        if self.allot.lock().unwrap().contains(&uid) {
            groups.push(ALLOT);
        }
        let name = name.to_owned();
        Some(User { name, groups })
    }

    fn uid(&self, name: &str) -> Result<Option<u32>, Errno> {
        match name {
            "broken" => Err(Errno::EIO),
            _ => Ok([(0, "root"), (ANA, "ana"), (BEA, "bea"), (CLEO, "cleo")]
                .into_iter()
                .find_map(|(uid, known)| (known == name).then_some(uid))),
        }
    }

    fn gid(&self, name: &str) -> Result<Option<u32>, Errno> {
        Ok(match name {
            "staff" => Some(STAFF),
            "allot" => Some(ALLOT),
            _ => None,
        })
    }

    fn group(&self, _: u32) -> Option<String> {
        Some("allot".to_owned())
    }
}

/// An agent whose configuration has these lines under `[roles]`; no table at all without lines.
fn operators(lines: &str, machine: &Machine) -> Operators {
    let text = "server = 'a'\n[socket]\npath = '/run/a'\n[engine]\nkind = 'sim'\n";
    let mut config: Config = toml::from_str(text).unwrap();
    config.roles = (!lines.is_empty()).then(|| toml::from_str::<RolesConfig>(lines).unwrap());
    Operators::new(&config, AGENT, Box::new(machine.clone()))
}

fn roles(operators: &Operators, uid: u32) -> String {
    operators.peer(Some((uid, uid))).roles.to_string()
}

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

#[test]
fn without_a_table_root_and_the_agent_hold_every_role_and_others_operate() {
    let none = operators("", &Machine::default());
    assert_eq!(none.peer(Some((0, 0))).roles, Roles::all());
    assert_eq!(none.peer(Some((AGENT, AGENT))).roles, Roles::all());
    assert_eq!(roles(&none, ANA), "viewer, operator");
    assert_eq!(roles(&none, 4242), "viewer, operator");
    assert_eq!(none.peer(None).roles, Roles::NONE);
}

#[test]
fn with_a_table_it_says_who_and_root_is_no_delegate_by_itself() {
    let admin = "viewer, operator, maintainer, admin";
    let table = operators(
        "viewer = ['@staff']\nmaintainer = ['bea']\ndelegate = ['bea']",
        &Machine::default(),
    );
    assert_eq!(roles(&table, 0), admin);
    assert_eq!(roles(&table, AGENT), admin);
    assert_eq!(roles(&table, ANA), "viewer");
    assert_eq!(roles(&table, BEA), "viewer, operator, maintainer, delegate");
    assert_eq!(roles(&table, CLEO), "");
    let listed = operators("delegate = ['root']", &Machine::default());
    assert_eq!(listed.peer(Some((0, 0))).roles, Roles::all());
    assert_eq!(roles(&listed, AGENT), admin);
}

#[test]
fn an_empty_table_is_a_table() {
    let text =
        "server = 'a'\n[socket]\npath = '/run/a'\n[engine]\nkind = 'sim'\n[roles]\nviewer = []\n";
    let config: Config = toml::from_str(text).unwrap();
    let table = Operators::new(&config, AGENT, Box::new(Machine::default()));
    assert_eq!(roles(&table, ANA), "");
    assert!(!table.peer(Some((0, 0))).roles.hold(Role::Delegate));
}

#[test]
fn the_group_that_a_caller_acts_for_counts_too() {
    let table = operators("operator = ['@allot']", &Machine::default());
    assert_eq!(table.peer(Some((CLEO, CLEO))).roles, Roles::NONE);
    assert!(table.peer(Some((CLEO, ALLOT))).roles.hold(Role::Operator));
    let nameless = table.peer(Some((4242, ALLOT)));
    assert!(nameless.roles.hold(Role::Operator));
    assert_eq!(nameless.actor().to_string(), "uid 4242");
}

#[test]
fn a_name_that_means_nobody_is_told_and_grants_nothing() {
    // Neither may match by its number, nor as the empty name.
    let table = operators(
        "admin = ['dora', '@nobodies', '@', '', '1002', 'broken', '@ana', 'staff']",
        &Machine::default(),
    );
    for uid in [ANA, BEA, CLEO, 4242] {
        assert_eq!(roles(&table, uid), "", "{uid}");
    }
    let rows = table.rows();
    let problem = |who: &str| {
        let row = rows.iter().find(|row| row.who == who).unwrap();
        row.problem.clone()
    };
    assert_eq!(problem("dora"), "this machine has no user of that name");
    assert_eq!(
        problem("@nobodies"),
        "this machine has no group of that name"
    );
    assert!(problem("broken").contains("EIO"), "{}", problem("broken"));
    let wrong = rows.iter().filter(|row| !row.problem.is_empty());
    assert_eq!(wrong.count(), 8);
    assert_eq!(problem("root"), "");
}

#[test]
fn the_list_of_operators_is_what_the_table_says() {
    let said = |operators: &Operators| -> Vec<String> {
        let rows = operators.rows();
        assert!(rows.iter().all(|row| row.problem.is_empty()), "{rows:?}");
        let line = rows.iter().map(|row| format!("{}: {}", row.who, row.roles));
        line.collect()
    };
    let table = "viewer = ['@staff', 'bea']\ndelegate = ['bea', 'root']\noperator = ['ana']";
    assert_eq!(
        said(&operators(table, &Machine::default())),
        [
            "root: viewer, operator, maintainer, delegate, admin",
            "allot-agent: viewer, operator, maintainer, admin",
            "@staff: viewer",
            "bea: viewer, delegate",
            "ana: viewer, operator",
        ]
    );
    assert_eq!(
        said(&operators("", &Machine::default())),
        [
            "root: viewer, operator, maintainer, delegate, admin",
            "allot-agent: viewer, operator, maintainer, delegate, admin",
            "@allot: viewer, operator",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_given_or_taken_counts_soon_and_without_a_restart() {
    let machine = Machine::default();
    let table = operators("operator = ['@allot']", &machine);
    assert_eq!(roles(&table, CLEO), "");
    machine.allot.lock().unwrap().push(CLEO);
    assert_eq!(roles(&table, CLEO), "", "remembered");
    tokio::time::advance(ROLES_FRESH).await;
    assert_eq!(roles(&table, CLEO), "viewer, operator");
    machine.allot.lock().unwrap().clear();
    tokio::time::advance(ROLES_FRESH).await;
    assert_eq!(roles(&table, CLEO), "");
}

#[tokio::test(start_paused = true)]
async fn the_machine_is_asked_once_for_many_calls_and_few_callers_are_remembered() {
    let machine = Machine::default();
    let table = operators("operator = ['ana']", &machine);
    for _ in 0..1000 {
        assert_eq!(roles(&table, ANA), "viewer, operator");
    }
    assert_eq!(machine.asked.load(Ordering::Relaxed), 1);
    for uid in 10_000..12_000 {
        assert_eq!(roles(&table, uid), "");
        assert!(table.remembered() <= MAX_CALLERS);
    }
    assert_eq!(roles(&table, ANA), "viewer, operator");
}

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
