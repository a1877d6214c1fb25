//! Roles at the real socket: other users of this machine call every method, each in a process of its own.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
};

use allot_agent::config::{Config, RolesConfig};
use allot_proto::{
    RemoteError,
    agent::{self as pb, agent_service_client::AgentServiceClient},
    methods,
};
use nix::unistd::{Gid, Group, Uid, User, setgroups, setresgid, setresuid};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    edge::call,
    sockets::{Served, connect},
};

/// What tells the child whom to be and where to call: `UID GID GROUP SOCKET`. Without it, its test does nothing.
const SOMEBODY: &str = "ALLOT_AGENT_TEST_SOMEBODY";

/// The group that may open the socket. No line of the table names it.
const DOOR: &str = "nogroup";

const HEALTH: &str = "health";
const ROLES: &str = "roles";

/// Users and groups that every Debian has.
fn table(config: &mut Config) {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    config.socket.group = Some(DOOR.to_owned());
    config.roles = Some(RolesConfig {
        viewer: list(&["daemon", "@mail"]),
        operator: list(&["bin", "@lp", "nobody-of-this-name"]),
        maintainer: list(&["sys", "@no-group-of-this-name"]),
        delegate: list(&["games"]),
        admin: list(&["man"]),
    });
}

fn user(name: &str) -> User {
    User::from_name(name).unwrap().unwrap()
}

fn group(name: &str) -> Gid {
    Group::from_name(name).unwrap().unwrap().gid
}

/// What each method answered to a user who acts for a group and may open the socket: method -> code.
async fn answers(served: &Served, name: &str, acts_for: Gid) -> BTreeMap<String, String> {
    assert!(
        Uid::effective().is_root(),
        "this test becomes other users, which takes root; it is not skipped without"
    );
    let (uid, door) = (user(name).uid, group(DOOR));
    let somebody = format!("{uid} {acts_for} {door} {}", served.socket.display());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "roles::somebody_else_calls_every_method"])
        .args(["--ignored", "--nocapture"])
        .env(SOMEBODY, somebody)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let ended = tokio::task::spawn_blocking(move || child.output().unwrap());
    let ended = ended.await.unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{name}: {told}");
    let lines = told.lines().filter_map(|line| line.strip_prefix("answer "));
    let answers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(method, code)| (method.to_owned(), code.to_owned()))
        .collect();
    assert_eq!(answers.len(), own_methods().len() + 2, "{name}: {told}");
    answers
}

fn own_methods() -> Vec<String> {
    let mut paths = methods().unwrap();
    paths.retain(|path| path.starts_with("/allot.agent."));
    paths
}

#[test]
#[ignore = "the child of the tests below"]
fn somebody_else_calls_every_method() {
    let Ok(somebody) = std::env::var(SOMEBODY) else {
        return;
    };
    let words: Vec<&str> = somebody.splitn(4, ' ').collect();
    let [uid, gid, door] = [0, 1, 2].map(|n| words[n].parse::<u32>().unwrap());
    setgroups(&[door.into()]).unwrap();
    setresgid(gid.into(), gid.into(), gid.into()).unwrap();
    setresuid(uid.into(), uid.into(), uid.into()).unwrap();
    assert!(setresuid(0.into(), 0.into(), 0.into()).is_err());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .unwrap()
        .block_on(call_everything(Path::new(words[3])));
}

async fn call_everything(socket: &Path) {
    let tell = |method: &str, code: &str| println!("answer {method}={code}");
    // The test runner begins a line of its own before the test speaks.
    println!();
    let mut health = HealthClient::new(connect(socket).await);
    let healthy = health.check(HealthCheckRequest::default()).await;
    let healthy = healthy.unwrap().into_inner().status;
    tell(HEALTH, &healthy.to_string());
    let mut agent = AgentServiceClient::new(connect(socket).await);
    let roles = match agent.get_status(pb::GetStatusRequest {}).await {
        Ok(status) => status.into_inner().roles.join("+"),
        Err(status) => RemoteError::from(status).code,
    };
    tell(ROLES, &roles);
    for path in own_methods() {
        let answer = call(socket, &path, Vec::new()).await;
        let refused = answer.err().map(|error| error.code).unwrap_or_default();
        tell(&path, &refused);
    }
}

/// Methods that were not refused for want of a role.
fn allowed(answers: &BTreeMap<String, String>) -> Vec<&str> {
    let methods = answers.iter().filter(|(path, _)| path.starts_with('/'));
    let may = methods.filter(|(_, code)| code.as_str() != "AL-6041" && code.as_str() != "AL-6040");
    may.map(|(path, _)| path.rsplit('.').next().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_user_gets_what_their_role_may_through_the_real_socket() {
    let served = Served::with(table).await;
    let door = group(DOOR);
    let viewer = answers(&served, "daemon", door).await;
    let operator = answers(&served, "bin", door).await;
    let maintainer = answers(&served, "sys", door).await;
    let delegate = answers(&served, "games", door).await;
    let admin = answers(&served, "man", door).await;

    let said = |answers: &BTreeMap<String, String>| answers[ROLES].clone();
    assert_eq!(said(&viewer), "viewer");
    assert_eq!(said(&operator), "viewer+operator");
    assert_eq!(said(&maintainer), "viewer+operator+maintainer");
    assert_eq!(said(&delegate), "viewer+delegate");
    assert_eq!(said(&admin), "viewer+operator+maintainer+admin");

    let reads = allowed(&viewer);
    assert!(reads.contains(&"AppService/ListApps"), "{reads:?}");
    for held in [&operator, &maintainer, &delegate, &admin] {
        assert!(reads.iter().all(|method| allowed(held).contains(method)));
    }
    let more = |answers: &BTreeMap<String, String>, than: &BTreeMap<String, String>| {
        let had: Vec<String> = allowed(than).into_iter().map(str::to_owned).collect();
        let now = allowed(answers).into_iter().map(str::to_owned);
        now.filter(|method| !had.contains(method))
            .collect::<Vec<_>>()
    };
    let changes = more(&operator, &viewer);
    assert!(changes.contains(&"AppService/ApplyPlan".to_owned()));
    let signs = more(&delegate, &viewer);
    assert!(signs.contains(&"ResolutionService/Vote".to_owned()));
    assert!(signs.iter().all(|m| !changes.contains(m)), "{signs:?}");
    assert_eq!(more(&admin, &maintainer), ["FederationService/Join"]);
    assert!(signs.iter().all(|m| !allowed(&admin).contains(&m.as_str())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_role_gets_health_and_nothing_else_through_the_real_socket() {
    let served = Served::with(table).await;
    let answers = answers(&served, "news", group(DOOR)).await;
    assert_eq!(answers[HEALTH], "1");
    let others = answers.iter().filter(|(method, _)| *method != HEALTH);
    for (method, code) in others {
        assert_eq!(code, "AL-6040", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_count_from_the_database_and_from_the_caller() {
    let served = Served::with(table).await;
    // Its own group in the database is `lp`, though it does not act for it here.
    let listed = answers(&served, "lp", group(DOOR)).await;
    assert_eq!(listed[ROLES], "viewer+operator");
    let acting = answers(&served, "news", group("mail")).await;
    assert_eq!(acting[ROLES], "viewer");
}

#[tokio::test]
async fn the_table_is_shown_with_what_is_wrong_in_it_and_the_agent_serves() {
    let served = Served::with(table).await;
    let mut agent = AgentServiceClient::new(connect(&served.socket).await);
    let listed = agent.list_operators(pb::ListOperatorsRequest {}).await;
    let rows = listed.unwrap().into_inner().operators;
    let shown: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {} {}", row.who, row.roles.join("+"), row.problem))
        .collect();
    assert_eq!(
        shown,
        [
            "root: viewer+operator+maintainer+admin ",
            "daemon: viewer ",
            "@mail: viewer ",
            "bin: viewer+operator ",
            "@lp: viewer+operator ",
            "nobody-of-this-name: viewer+operator this machine has no user of that name",
            "sys: viewer+operator+maintainer ",
            "@no-group-of-this-name: viewer+operator+maintainer this machine has no group of that name",
            "games: viewer+delegate ",
            "man: viewer+operator+maintainer+admin ",
        ]
    );
    let root = agent.get_status(pb::GetStatusRequest {}).await.unwrap();
    assert!(!root.into_inner().roles.contains(&"delegate".to_owned()));
}

#[test]
fn init_writes_the_table_that_it_is_told_and_none_otherwise() {
    let made = |name: &str, roles: &[&str]| {
        let dir = tempfile::TempDir::new().unwrap();
        let mut init = Command::new(env!("CARGO_BIN_EXE_allot-agent"));
        init.env_clear().arg("--dir").arg(dir.path().join(name));
        let init = init.args(["init", "--engine", "sim"]).args(roles);
        assert!(init.output().unwrap().status.success());
        Config::read(&dir.path().join(name)).unwrap().roles
    };
    assert_eq!(made("plain", &[]), None);
    let told = [
        "--operator",
        "@allot",
        "--delegate",
        "bea",
        "--operator",
        "ana",
    ];
    let roles = RolesConfig {
        operator: vec!["@allot".to_owned(), "ana".to_owned()],
        delegate: vec!["bea".to_owned()],
        ..RolesConfig::default()
    };
    assert_eq!(made("told", &told), Some(roles));
}
