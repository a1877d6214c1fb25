//! Who holds which role.

use std::sync::atomic::Ordering;

use super::{AGENT, ALLOT, ANA, BEA, CLEO, Machine, operators, roles};
use crate::{
    config::Config,
    limits::{MAX_CALLERS, ROLES_FRESH},
    rpc::roles::{Operators, Role, Roles},
};

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
