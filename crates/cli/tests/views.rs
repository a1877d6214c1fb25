//! Goldens of everything that a person sees.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use allot_cli::{
    error::CliError,
    render::{apps, error::ErrorView, events::PlainLines, plan, status, style::Style, verdict},
};
use allot_proto::{
    RemoteError,
    agent::{
        CheckEnvResponse, CreateAppResponse, EnvCheck, GeneratedSecret, HistoryEntry,
        ListTasksResponse, ListVersionsResponse, Outcome, Plan, RecipePin, RecipeVersion, Secret,
        Service, Task, Variable,
    },
};
use insta::assert_snapshot;
use support::fixtures;

const PLAIN: Style = Style {
    color: false,
    terminal: false,
};
const COLOUR: Style = Style {
    color: true,
    terminal: true,
};

#[test]
fn plan_of_an_upgrade() {
    assert_snapshot!(plan::plan(PLAIN, &fixtures::deploy_plan()));
}

#[test]
fn plan_of_an_upgrade_in_colour() {
    assert_snapshot!(plan::plan(COLOUR, &fixtures::deploy_plan()).replace('\u{1b}', "ESC"));
}

#[test]
fn plan_that_is_blocked() {
    assert_snapshot!(plan::plan(PLAIN, &fixtures::blocked_plan()));
}

#[test]
fn plan_without_changes_on_the_simulated_engine() {
    assert_snapshot!(plan::plan(PLAIN, &fixtures::unchanged_plan()));
}

#[test]
fn plan_of_a_first_deploy_that_is_not_watched() {
    let first = Plan {
        recipe: Some(RecipePin {
            current_version: String::new(),
            current_commit: String::new(),
            ..fixtures::deploy_plan().recipe.unwrap()
        }),
        detach: true,
        ..fixtures::unchanged_plan()
    };
    assert_snapshot!(plan::plan(PLAIN, &first));
}

#[test]
fn plan_of_an_undeploy() {
    assert_snapshot!(plan::plan(PLAIN, &fixtures::undeploy_plan()));
}

#[test]
fn plan_of_a_removal() {
    assert_snapshot!(plan::plan(PLAIN, &fixtures::remove_plan()));
}

#[test]
fn progress_says_each_thing_once() {
    let mut lines = PlainLines::default();
    let text: String = fixtures::progress_events()
        .iter()
        .filter_map(|event| lines.line(event))
        .collect();
    assert_snapshot!(text);
}

#[test]
fn verdicts_have_their_words() {
    let text: String = [
        Outcome::Converged,
        Outcome::Completed,
        Outcome::RolledBack,
        Outcome::Failed,
        Outcome::TimedOut,
        Outcome::Unchanged,
        Outcome::Detached,
        Outcome::Removed,
        Outcome::Interrupted,
        Outcome::Unspecified,
    ]
    .into_iter()
    .map(|outcome| {
        let line = verdict::line(
            PLAIN,
            &fixtures::verdict(outcome, "what it means", 1234),
            false,
        );
        format!("{} {line}", verdict::exit(outcome) as u8)
    })
    .collect();
    assert_snapshot!(text);
}

#[test]
fn recap_of_a_failure() {
    let verdict = fixtures::failed_verdict(Outcome::Failed);
    let text = [
        verdict::failure(PLAIN, &fixtures::failure()),
        verdict::services(PLAIN, &verdict),
        verdict::line(PLAIN, &verdict, true),
    ];
    assert_snapshot!(text.concat());
}

#[test]
fn list_of_apps() {
    assert_snapshot!(apps::apps(PLAIN, &fixtures::rows(), false));
}

#[test]
fn list_of_apps_with_status() {
    assert_snapshot!(apps::apps(PLAIN, &fixtures::rows(), true));
}

#[test]
fn list_of_apps_in_the_shape_of_abra() {
    insta::assert_json_snapshot!(apps::abra_list(&fixtures::rows()));
}

#[test]
fn variables_of_an_env() {
    let variables = [
        ("DOMAIN", "blog.example.org"),
        ("EMPTY", ""),
        ("TEXT", "a\nb"),
    ];
    let variables: Vec<Variable> = variables
        .into_iter()
        .map(|(name, value)| Variable {
            name: name.into(),
            value: value.into(),
        })
        .collect();
    assert_snapshot!(apps::variables(PLAIN, &variables));
}

#[test]
fn check_of_an_env() {
    let row = |name: &str, present, in_sample, sample: &str| EnvCheck {
        name: name.into(),
        present,
        in_sample,
        sample: sample.into(),
    };
    let check = CheckEnvResponse {
        app: fixtures::APP.into(),
        variables: vec![
            row("DOMAIN", true, true, "wordpress.example.com"),
            row("WP_DEBUG", false, true, "0"),
            row("MINE", true, false, ""),
        ],
    };
    assert_snapshot!(apps::env_check(PLAIN, &check));
}

fn tasks() -> ListTasksResponse {
    let task = |service: &str, state: &str, error: &str| Task {
        id: "3jk2l1m0n9".into(),
        service: service.into(),
        slot: 1,
        node: "srv1".into(),
        image: format!("{service}:1"),
        state: state.into(),
        desired_state: "running".into(),
        error: error.into(),
        created_at: "2026-11-23T10:00:00Z".into(),
        state_at: "2026-11-23T10:00:05Z".into(),
        ports: "80->8080/tcp".into(),
    };
    ListTasksResponse {
        tasks: vec![
            task("app", "running", ""),
            task("db", "failed", "task: non-zero exit (1)"),
        ],
        version: "1.0.0+6.4".into(),
        ..Default::default()
    }
}

#[test]
fn tasks_of_an_app() {
    assert_snapshot!(apps::tasks(PLAIN, &tasks()));
}

#[test]
fn tasks_of_an_app_as_json() {
    insta::assert_json_snapshot!(apps::task_views(&tasks()));
}

#[test]
fn services_of_an_app() {
    let service = Service {
        name: "app".into(),
        full_name: "blog_example_org_app".into(),
        image: "wordpress:6.4".into(),
        mode: "replicated".into(),
        running: 1,
        wanted: 2,
        update_state: "updating".into(),
    };
    assert_snapshot!(apps::services(PLAIN, &[service]));
}

#[test]
fn history_of_an_app() {
    let entry = |kind: &str, version: &str, outcome: &str, text: &str| HistoryEntry {
        operation: fixtures::OPERATION.into(),
        kind: kind.into(),
        actor: "op".into(),
        started_at: "2026-11-23T10:00:00.123Z".into(),
        version: version.into(),
        commit: if version.is_empty() {
            ""
        } else {
            "bbbbbbbb2222"
        }
        .into(),
        env_revision: 3,
        outcome: outcome.into(),
        text: text.into(),
        ..Default::default()
    };
    let entries = [
        entry("deploy", "2.0.0+6.5", "rolled_back", "app did not start"),
        entry("env", "", "done", ""),
        entry("deploy", "1.0.0+6.4", "converged", ""),
    ];
    assert_snapshot!(apps::history(PLAIN, &entries));
}

#[test]
fn secrets_of_an_app() {
    let secret = |name: &str, created, generated| Secret {
        name: name.into(),
        version: "v1".into(),
        full_name: format!("blog_example_org_{name}_v1"),
        created,
        created_at: String::new(),
        generated,
    };
    let list = [
        secret("db_password", true, true),
        secret("ssl_cert", false, false),
    ];
    assert_snapshot!(apps::secrets(PLAIN, &list));
}

#[test]
fn secrets_just_generated() {
    let secret = |name: &str, created, reason: &str, value: Option<&str>| GeneratedSecret {
        name: name.into(),
        version: "v1".into(),
        full_name: format!("blog_example_org_{name}_v1"),
        created,
        reason: reason.into(),
        value: value.map(Into::into),
    };
    let hidden = [
        secret("db_password", true, "", None),
        secret("ssl_cert", false, "not to be generated", None),
    ];
    let shown = [
        secret("db_password", true, "", Some("correct-horse")),
        secret("key", false, "it exists", None),
    ];
    assert_snapshot!(format!(
        "{}\n{}",
        status::generated(PLAIN, &hidden),
        status::generated(PLAIN, &shown)
    ));
}

#[test]
fn app_just_created() {
    let made = CreateAppResponse {
        app: Some(fixtures::app()),
        version: "1.0.0+6.4".into(),
        secrets: vec!["db_password".into(), "ssl_cert".into()],
        warnings: vec![],
    };
    assert_snapshot!(status::created(PLAIN, &made));
}

#[test]
fn status_of_an_agent() {
    assert_snapshot!(status::agent(PLAIN, &fixtures::status()));
}

#[test]
fn status_of_an_agent_without_its_engine() {
    let mut status = fixtures::status();
    let engine = status.engine.as_mut().unwrap();
    engine.kind = "sim".into();
    engine.ready = false;
    engine.version = String::new();
    engine.problem = "this node is not a swarm manager".into();
    engine.help = "run `docker swarm init`".into();
    status.running.clear();
    assert_snapshot!(status::agent(PLAIN, &status));
}

#[test]
fn versions_of_a_recipe() {
    let list = ListVersionsResponse {
        versions: vec![
            RecipeVersion {
                version: "2.0.0+6.5".into(),
                commit: "bbbbbbbb2222".into(),
                annotated: true,
                tagged_at: "2026-11-01T12:00:00Z".into(),
                ..Default::default()
            },
            RecipeVersion {
                version: "1.0.0+6.4".into(),
                commit: "aaaaaaaa1111".into(),
                ..Default::default()
            },
        ],
        ..Default::default()
    };
    assert_snapshot!(status::versions(PLAIN, &list));
}

#[test]
fn errors_say_what_why_and_what_to_do() {
    let remote = CliError::Remote(RemoteError {
        code: "AL-1001".into(),
        message: "cannot read version `2`".into(),
        causes: vec![
            "two parts are missing".into(),
            "two parts are missing".into(),
        ],
        help: Some("try 2.0.0+6.5".into()),
        grpc: tonic::Code::InvalidArgument,
    });
    let errors = [
        remote,
        CliError::Blocked {
            blockers: fixtures::blocked_plan().blockers,
        },
        CliError::Lost {
            app: fixtures::APP.into(),
            operation: Some(fixtures::OPERATION.into()),
            source: None,
        },
        CliError::NeedsConfirmation {
            what: "the deploy of blog.example.org".into(),
        },
        CliError::SecretInArguments,
        CliError::Declined,
    ];
    let text: Vec<String> = errors
        .iter()
        .flat_map(ErrorView::of)
        .map(|view| view.text(PLAIN))
        .collect();
    assert_snapshot!(text.join("\n"));
}
