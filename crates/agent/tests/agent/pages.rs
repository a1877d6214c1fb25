//! The examples in `docs/errors` are what the agent says, word by word.

use std::path::{Path, PathBuf};

use allot_agent::{
    app::{AppError, Blocker},
    config::ConfigError,
};
use allot_daemon::socket::SocketError;

const OPERATION: &str = "0199c2ad-5a30-7cc1-a0d2-3f4a6f1f0b11";

fn text(text: &str) -> String {
    text.to_owned()
}

fn app() -> String {
    text("wiki.example.org")
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| text(name)).collect()
}

fn about_apps() -> Vec<AppError> {
    vec![
        AppError::NoSuchApp {
            name: text("wiki.exampel.org"),
            known: names(&["cloud.example.org", "wiki.example.org"]),
        },
        AppError::AppExists { name: app() },
        AppError::StackTaken {
            name: text("wiki.example-org"),
            stack: text("wiki_example_org"),
            by: app(),
        },
        AppError::NotDeployed { app: app() },
        AppError::StillDeployed {
            app: app(),
            services: 2,
        },
        AppError::EnvConflict {
            app: app(),
            base: 3,
            newest: 4,
        },
        AppError::EnvTooLarge {
            app: app(),
            size: 30_002,
            limit: 24 * 1024,
        },
        AppError::NoSuchRevision {
            app: app(),
            revision: 9,
            newest: 4,
        },
        AppError::NoSuchService {
            app: app(),
            service: text("ap"),
            known: names(&["app", "db"]),
        },
        AppError::NoSuchSecret {
            app: app(),
            name: text("db_pasword"),
            known: names(&["db_password", "admin_password"]),
        },
        AppError::SecretExists {
            name: text("db_password"),
            full_name: text("wiki_example_org_db_password_v1"),
        },
        AppError::SecretSize {
            name: text("db_password"),
            size: 0,
            limit: 500 * 1024,
        },
        AppError::TooManyApps { limit: 10_000 },
    ]
}

fn about_operations() -> Vec<AppError> {
    vec![
        AppError::Busy {
            app: app(),
            kind: "deploy",
            operation: text(OPERATION),
            actor: text("anna (1000)"),
            since: "2026-01-31T12:00:00Z".parse().unwrap(),
        },
        AppError::NoSuchPlan {
            hash: text("9f86d081884c7d65"),
        },
        AppError::PlanStale { app: app() },
        AppError::Blocked {
            app: app(),
            blockers: vec![Blocker {
                code: "AL-5012",
                text: text("the external config shared_conf does not exist on this swarm"),
                help: text("make it with `docker config create shared_conf FILE`"),
            }],
        },
        AppError::NoSuchOperation {
            id: text(OPERATION),
        },
        AppError::BadRequest {
            what: text("`yesterday` is neither a moment nor a duration"),
            help: text("write it like `2026-01-31T12:00:00Z` or `10m`"),
        },
        AppError::TooOld {
            server: text("0.1.0"),
            wanted: text("0.2.0"),
        },
        AppError::Decode {
            seq: 4711,
            source: serde_json::from_str::<()>("x").unwrap_err(),
        },
        AppError::Worker {
            what: text("the deploy of wiki.example.org panicked"),
        },
        AppError::StillStopping {
            app: app(),
            left: 1,
        },
    ]
}

fn page(code: &str) -> String {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    std::fs::read_to_string(pages.join(format!("{code}.md"))).unwrap()
}

fn shows(code: &str, error: &dyn std::error::Error, help: Option<String>) {
    let page = page(code);
    for line in [
        format!("error[{code}]: {error}\n"),
        format!("help: {}\n", help.unwrap()),
    ] {
        assert!(page.contains(&line), "{code}: {line}");
    }
}

#[test]
fn every_page_shows_what_the_agent_says() {
    for error in about_apps().iter().chain(&about_operations()) {
        shows(error.code(), error, error.help());
    }
    let socket = PathBuf::from("/run/allot/agent.sock");
    let taken = SocketError::Taken { path: socket };
    shows(taken.code(), &taken, taken.help());
    let group = SocketError::NoGroup {
        name: text("allot"),
    };
    shows(group.code(), &group, group.help());
    let exists = ConfigError::Exists {
        dir: PathBuf::from("/var/lib/allot-agent"),
    };
    shows(exists.code(), &exists, exists.help());
}
