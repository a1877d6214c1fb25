//! Messages that look like real ones.

use allot_proto::agent::{
    Action, App, AppRow, Blocker, EngineStatus, EnvNotice, FailureDetail, FieldChange,
    GetStatusResponse, ObjectChange, OperationEvent, OperationStarted, Outcome, Plan, PlanKind,
    RecipePin, ReleaseNote, RunningOperation, ServiceChange, ServiceProgress, ServiceVerdict,
    StepEvent, StoreStatus, Verdict, Warning, operation_event::Event,
};

pub const APP: &str = "blog.example.org";
pub const OPERATION: &str = "0198f3c2-7a60-7cc1-b5f2-6d1e2f3a4b5c";

pub fn app() -> App {
    App {
        name: APP.into(),
        stack: "blog_example_org".into(),
        server: "srv1.example.org".into(),
        recipe: "wordpress".into(),
        source: "https://git.example.org/recipes/wordpress.git".into(),
        env_version: "1.0.0+6.4".into(),
        env_revision: 3,
        created_at: "2026-11-20T09:00:00Z".into(),
        created_by: "op".into(),
    }
}

pub fn rows() -> Vec<AppRow> {
    let second = App {
        name: "wiki.example.org".into(),
        recipe: "mediawiki".into(),
        env_version: String::new(),
        ..app()
    };
    vec![
        AppRow {
            app: Some(app()),
            status: "deployed".into(),
            version: "1.0.0+6.4".into(),
            upgrades: vec!["2.0.0+6.5".into(), "1.1.0+6.4".into()],
            ..Default::default()
        },
        AppRow {
            app: Some(second),
            status: "deployed".into(),
            version: "3.0.0+1.41".into(),
            chaos: true,
            chaos_version: "eb96de94+U".into(),
            ..Default::default()
        },
        AppRow {
            app: Some(App {
                name: "new.example.org".into(),
                ..app()
            }),
            status: "undeployed".into(),
            ..Default::default()
        },
    ]
}

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FieldChange {
    FieldChange {
        path: path.into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    }
}

fn service(
    name: &str,
    action: Action,
    images: (&str, &str),
    changes: Vec<FieldChange>,
) -> ServiceChange {
    ServiceChange {
        name: name.into(),
        action: action.into(),
        image_before: images.0.into(),
        image_after: images.1.into(),
        changes,
    }
}

fn object(kind: &str, name: &str, action: Action, detail: &str) -> ObjectChange {
    ObjectChange {
        kind: kind.into(),
        name: format!("blog_example_org_{name}"),
        action: action.into(),
        detail: detail.into(),
    }
}

/// An upgrade that touches a bit of everything.
pub fn deploy_plan() -> Plan {
    Plan {
        hash: "3f2a91bc5d6e7f80".into(),
        kind: PlanKind::Deploy.into(),
        app: APP.into(),
        stack: "blog_example_org".into(),
        server: "srv1.example.org".into(),
        engine: "docker".into(),
        recipe: Some(RecipePin {
            name: "wordpress".into(),
            source: "https://git.example.org/recipes/wordpress.git".into(),
            current_version: "1.0.0+6.4".into(),
            current_commit: "aaaaaaaa1111111111111111111111111111aaaa".into(),
            new_version: "2.0.0+6.5".into(),
            new_commit: "bbbbbbbb2222222222222222222222222222bbbb".into(),
        }),
        compose_files: vec!["compose.yml".into(), "compose.mariadb.yml".into()],
        env_revision: 3,
        services: vec![
            service(
                "app",
                Action::Update,
                ("wordpress:6.4", "wordpress:6.5"),
                vec![
                    change(
                        "TaskTemplate.ContainerSpec.Env.WP_DEBUG",
                        None,
                        Some("\"0\""),
                    ),
                    change(
                        "TaskTemplate.ContainerSpec.Image",
                        Some("\"wordpress:6.4\""),
                        Some("\"wordpress:6.5\""),
                    ),
                    change(
                        "TaskTemplate.ContainerSpec.Env.OLD\u{1b}[2J",
                        Some("\"1\""),
                        None,
                    ),
                ],
            ),
            service("cache", Action::Create, ("", "redis:7"), vec![]),
            service("cron", Action::Remove, ("cron:1", ""), vec![]),
            service(
                "db",
                Action::Unchanged,
                ("mariadb:11", "mariadb:11"),
                vec![],
            ),
        ],
        objects: vec![
            object("network", "cache", Action::Create, ""),
            object("network", "internal", Action::Unchanged, ""),
            object("secret", "db_password_v1", Action::Unchanged, ""),
            object(
                "secret",
                "cache_password_v1",
                Action::Missing,
                "generate it",
            ),
            object(
                "config",
                "entry_v1-5d41402a",
                Action::Create,
                "entry_v1 exists with other content",
            ),
            object("volume", "cache", Action::Create, ""),
        ],
        env_missing: vec![EnvNotice {
            name: "WP_DEBUG".into(),
            sample: "0".into(),
        }],
        release_notes: vec![ReleaseNote {
            version: "2.0.0+6.5".into(),
            text: "The cache is new.\n\nSet CACHE_SIZE before upgrading.\n".into(),
        }],
        warnings: vec![
            Warning {
                rule: "no-healthcheck".into(),
                place: "compose.yml:12".into(),
                text: "the service cache has no health check".into(),
            },
            Warning {
                rule: "no-registry".into(),
                place: String::new(),
                text: "no registry answered; tags are deployed as they stand".into(),
            },
        ],
        blockers: vec![],
        has_changes: true,
        timeout_seconds: 300,
        detach: false,
    }
}

pub fn blocked_plan() -> Plan {
    Plan {
        blockers: vec![
            Blocker {
                code: "AL-5012".into(),
                text: "the secret cache_password_v1 does not exist".into(),
                help: "run `allot app secret generate blog.example.org cache_password`".into(),
            },
            Blocker {
                code: "AL-4007".into(),
                text: "the external network proxy does not exist".into(),
                help: "run `docker network create -d overlay proxy`".into(),
            },
        ],
        ..deploy_plan()
    }
}

pub fn unchanged_plan() -> Plan {
    Plan {
        hash: "00112233445566".into(),
        recipe: Some(RecipePin {
            name: "wordpress".into(),
            current_version: "1.0.0+6.4".into(),
            current_commit: "aaaaaaaa1111".into(),
            new_version: "1.0.0+6.4".into(),
            new_commit: "aaaaaaaa1111".into(),
            ..Default::default()
        }),
        engine: "sim".into(),
        services: vec![service(
            "app",
            Action::Unchanged,
            ("wordpress:6.4", "wordpress:6.4"),
            vec![],
        )],
        objects: vec![],
        env_missing: vec![],
        release_notes: vec![],
        warnings: vec![],
        has_changes: false,
        ..deploy_plan()
    }
}

pub fn undeploy_plan() -> Plan {
    Plan {
        hash: "99887766554433".into(),
        kind: PlanKind::Undeploy.into(),
        app: APP.into(),
        stack: "blog_example_org".into(),
        server: "srv1.example.org".into(),
        engine: "docker".into(),
        services: vec![
            service("app", Action::Remove, ("wordpress:6.4", ""), vec![]),
            service("db", Action::Remove, ("mariadb:11", ""), vec![]),
        ],
        objects: vec![
            object("network", "internal", Action::Remove, ""),
            object("config", "entry_v1", Action::Remove, ""),
            object("volume", "data", Action::Unchanged, "kept"),
            object("secret", "db_password_v1", Action::Unchanged, "kept"),
        ],
        has_changes: true,
        timeout_seconds: 120,
        ..Default::default()
    }
}

pub fn remove_plan() -> Plan {
    Plan {
        hash: "55443322110099".into(),
        kind: PlanKind::Remove.into(),
        services: vec![],
        objects: vec![
            object("secret", "db_password_v1", Action::Remove, ""),
            object("volume", "data", Action::Remove, "412 MB"),
            ObjectChange {
                kind: "app".into(),
                name: APP.into(),
                action: Action::Remove.into(),
                detail: "its env and 3 revisions".into(),
            },
        ],
        ..undeploy_plan()
    }
}

fn at(ms: u64) -> String {
    format!("2026-11-23T10:00:{:02}.{:03}Z", ms / 1000, ms % 1000)
}

pub fn event(sequence: u64, ms: u64, event: Event) -> OperationEvent {
    OperationEvent {
        sequence,
        at: at(ms),
        event: Some(event),
    }
}

pub fn started() -> OperationEvent {
    event(
        0,
        0,
        Event::Started(OperationStarted {
            operation: OPERATION.into(),
            app: APP.into(),
            kind: PlanKind::Deploy.into(),
            actor: "op".into(),
            timeout_seconds: 300,
            version: "2.0.0+6.5".into(),
        }),
    )
}

fn progress(service: &str, running: u32, state: &str, error: &str, failures: u32) -> Event {
    Event::Progress(ServiceProgress {
        service: service.into(),
        wanted: 2,
        running,
        state: state.into(),
        update_state: "updating".into(),
        last_error: error.into(),
        failures,
        settled: running == 2,
    })
}

fn step(kind: &str, name: &str, action: Action) -> Event {
    Event::Step(StepEvent {
        kind: kind.into(),
        name: name.into(),
        action: action.into(),
        detail: String::new(),
    })
}

/// A deploy up to, not with, its verdict.
pub fn progress_events() -> Vec<OperationEvent> {
    vec![
        started(),
        event(
            1,
            40,
            step("network", "blog_example_org_cache", Action::Create),
        ),
        event(2, 60, step("service", "app", Action::Update)),
        event(3, 61, step("service", "db", Action::Unchanged)),
        event(4, 900, progress("app", 0, "pulling image", "", 0)),
        event(5, 1900, progress("app", 0, "pulling image", "", 0)),
        event(
            6,
            4200,
            progress("app", 1, "starting (health check)", "", 0),
        ),
        event(
            7,
            9800,
            progress("app", 1, "starting", "task: non-zero exit (1)", 1),
        ),
        event(8, 12_300, progress("app", 2, "running", "", 1)),
    ]
}

pub fn verdict(outcome: Outcome, text: &str, ms: u64) -> Verdict {
    Verdict {
        outcome: outcome.into(),
        text: text.into(),
        elapsed_ms: ms,
        ..Default::default()
    }
}

pub fn failed_verdict(outcome: Outcome) -> Verdict {
    Verdict {
        services: vec![
            ServiceVerdict {
                service: "app".into(),
                outcome: outcome.into(),
                text: "its task ended 3 times".into(),
            },
            ServiceVerdict {
                service: "db".into(),
                outcome: Outcome::Converged.into(),
                text: String::new(),
            },
        ],
        code: "AL-5021".into(),
        help: "read the whole log with `allot app logs blog.example.org app`".into(),
        ..verdict(outcome, "1 of 2 services does not run", 20_400)
    }
}

pub fn failure() -> FailureDetail {
    FailureDetail {
        service: "app".into(),
        task: "3jk2l1m0n9".into(),
        error: "task: non-zero exit (1)".into(),
        exit_code: Some(1),
        log: vec![
            "starting".into(),
            "fatal: \u{1b}[31mno database\u{1b}[0m".into(),
        ],
        health_output: "curl: (7) connection refused\n".into(),
    }
}

/// A whole deploy that ends with `verdict`.
pub fn events(outcome: Outcome) -> Vec<OperationEvent> {
    let mut events = progress_events();
    let verdict = match outcome {
        Outcome::Failed | Outcome::TimedOut | Outcome::RolledBack | Outcome::Interrupted => {
            events.push(event(9, 20_300, Event::Failure(failure())));
            failed_verdict(outcome)
        }
        good => verdict(good, "all 2 services run the new spec", 12_400),
    };
    events.push(event(10, 20_400, Event::Verdict(verdict)));
    events
}

pub fn status() -> GetStatusResponse {
    GetStatusResponse {
        version: "0.1.0".into(),
        server: "srv1.example.org".into(),
        started_at: "2026-11-23T08:00:00Z".into(),
        engine: Some(EngineStatus {
            kind: "docker".into(),
            endpoint: "unix:///var/run/docker.sock".into(),
            ready: true,
            version: "28.2.2".into(),
            api_version: "1.50".into(),
            nodes: 1,
            ..Default::default()
        }),
        store: Some(StoreStatus {
            path: "/var/lib/allot".into(),
            records: 42,
            bytes: 8192,
            notes: vec!["the index was rebuilt from the journal".into()],
        }),
        apps: 2,
        running: vec![RunningOperation {
            id: OPERATION.into(),
            app: APP.into(),
            kind: "deploy".into(),
            actor: "op".into(),
            started_at: "2026-11-23T10:00:00Z".into(),
        }],
        actor: "op (uid 1000)".into(),
        roles: vec!["viewer".into(), "operator".into()],
    }
}
