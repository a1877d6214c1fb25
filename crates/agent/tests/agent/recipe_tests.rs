//! `recipe test` on the simulated swarm.

use std::time::Duration;

use allot_agent::{
    app::{NewApp, PhaseVerdict, Report, TestRequest, TestVerdict, Testing, Told, is_throw_away},
    engine::{
        Engine as _,
        sim::{Fault, Request},
    },
};
use allot_recipe::tree::MemoryTree;

use crate::plot::{Plot, somebody};

/// What every plot knows.
const FIRST: &str = "1.0.0+1";
const OLD: &str = "1.0.1+1";
const NEW: &str = "1.1.0+1";

const SAMPLE: &str = "\
TYPE=demo
DOMAIN=demo.example.com
SECRET_TOKEN_VERSION=v1 # length=20
SECRET_BROUGHT_VERSION=v1 # generate=false
";

/// A web app whose containers answer commands as `sim` says, with a volume, secrets and a config.
fn recipe(sim: &[&str]) -> MemoryTree {
    let env: String = sim.iter().map(|line| format!("      - {line}\n")).collect();
    let compose = format!(
        r#"version: "3.8"
services:
  app:
    image: "app:1"
    environment:
      - A=b
{env}    networks: [backend]
    secrets: [token, brought]
    configs: [{{source: page, target: /page.html}}]
    volumes: ["data:/data"]
    deploy:
      update_config: {{failure_action: rollback, monitor: 1s}}
      labels:
        - "coop-cloud.${{STACK_NAME}}.timeout=60"
networks:
  backend:
volumes:
  data:
secrets:
  token: {{external: true, name: "${{STACK_NAME}}_token_${{SECRET_TOKEN_VERSION}}"}}
  brought: {{external: true, name: "${{STACK_NAME}}_brought_${{SECRET_BROUGHT_VERSION}}"}}
configs:
  page: {{file: page.html, name: "${{STACK_NAME}}_page_v1"}}
"#
    );
    MemoryTree::new()
        .with("compose.yml", compose)
        .with(".env.sample", SAMPLE)
        .with("page.html", "hello")
        .with("tests/data-put.sh", "echo put")
        .with("tests/data-check.sh", "echo check")
        .with("tests/answers.sh", "echo answers")
}

fn plot(old: MemoryTree, new: MemoryTree) -> Plot {
    let plot = Plot::new();
    plot.recipes.publish(OLD, old);
    plot.recipes.publish(NEW, new);
    plot
}

fn request() -> TestRequest {
    TestRequest {
        recipe: "demo".to_owned(),
        ..TestRequest::default()
    }
}

async fn begin(plot: &Plot) -> Testing {
    plot.agent.test_recipe(request(), somebody()).await.unwrap()
}

/// Listens to the end.
async fn report(mut testing: Testing) -> (Report, String, Vec<String>) {
    let mut lines = Vec::new();
    while let Some(told) = testing.told.recv().await {
        match told {
            Told::Report { sha256, report, .. } => return (*report, sha256, lines),
            Told::Line(line) => lines.push(line),
            _ => {}
        }
    }
    panic!("a test ended without a report");
}

async fn tested(plot: &Plot) -> Report {
    report(begin(plot).await).await.0
}

fn shown(report: &Report) -> Vec<String> {
    let phases = report.phases.iter();
    phases
        .map(|p| format!("{}: {}", p.name, p.verdict.name()))
        .collect()
}

fn phase<'a>(report: &'a Report, name: &str) -> &'a allot_agent::app::Phase {
    let found = report.phases.iter().find(|p| p.name == name);
    found.unwrap_or_else(|| panic!("{:#?}", report.phases))
}

/// Whatever a test made is gone, from the swarm and from the agent.
async fn assert_clear(plot: &Plot) {
    assert!(plot.engine.stack_services().await.unwrap().is_empty());
    let apps = plot.agent.registry.apps().unwrap();
    assert!(apps.is_empty(), "{apps:?}");
}

async fn assert_stack_gone(plot: &Plot, stack: &str) {
    let snapshot = plot.engine.snapshot(stack).await.unwrap();
    assert!(snapshot.services.is_empty() && snapshot.networks.is_empty());
    assert!(snapshot.secrets.is_empty() && snapshot.configs.is_empty());
    assert!(plot.engine.volumes(stack).await.unwrap().is_empty());
    assert_clear(plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_sound_recipe_passes_phase_by_phase_and_leaves_nothing() {
    let plot = plot(recipe(&[]), recipe(&["SIM_EXEC_STDOUT=fine"]));
    let mut testing = begin(&plot).await;
    let Some(Told::Started {
        stack,
        candidate,
        previous,
        ..
    }) = testing.told.recv().await
    else {
        panic!("it begins with what it is about");
    };
    assert!(is_throw_away(&stack), "{stack}");
    assert_eq!(
        (
            candidate.version.as_str(),
            previous.unwrap().version.as_str()
        ),
        (NEW, OLD)
    );
    let (report, sha256, _) = report(testing).await;
    assert_eq!(
        shown(&report),
        [
            "lint: noted",
            "deploy: passed",
            "probe: skipped",
            "check tests/answers.sh: passed",
            "undeploy: passed",
            "nothing left: passed",
            "deploy the release before: passed",
            "put data in: tests/data-put.sh: passed",
            "upgrade: passed",
            "find the data: tests/data-check.sh: passed",
            "probe after the upgrade: skipped",
            "check tests/answers.sh after the upgrade: passed",
            "deploy the release before again: passed",
            "find the data again: tests/data-check.sh: passed",
            "undeploy after the upgrade: passed",
            "nothing left after the upgrade: passed",
        ],
        "{report:#?}"
    );
    assert_eq!(report.verdict, TestVerdict::Passed);
    assert_eq!(phase(&report, "check tests/answers.sh").log, ["fine"]);
    assert_eq!(report.facts.engine, "sim");
    assert_stack_gone(&plot, &stack).await;
    // What was told is what is kept.
    let (kept, bytes) = plot.agent.test_report(&sha256).await.unwrap();
    assert_eq!(kept, report);
    assert_eq!(allot_store::BlobId::of(&bytes).to_string(), sha256);
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_that_loses_data_fails_the_test() {
    let loses = ["SIM_EXEC_ONLY=data-check", "SIM_EXEC_EXIT=4"];
    let plot = plot(recipe(&[]), recipe(&loses));
    let report = tested(&plot).await;
    assert_eq!(report.verdict, TestVerdict::Failed);
    let found = phase(&report, "find the data: tests/data-check.sh");
    assert_eq!(found.verdict, PhaseVerdict::Failed);
    assert_eq!(
        found.text,
        "the data was not found: tests/data-check.sh ended with exit code 4"
    );
    let others = report
        .phases
        .iter()
        .filter(|p| p.verdict == PhaseVerdict::Failed);
    assert_eq!(others.count(), 1, "{:#?}", report.phases);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn data_lost_on_the_way_back_is_told_and_fails_only_where_it_must_be_kept() {
    // The old release's containers do not find the data; asked only on the way back.
    let old = || recipe(&["SIM_EXEC_ONLY=data-check", "SIM_EXEC_EXIT=1"]);
    let plot = plot(old(), recipe(&[]));
    let report = tested(&plot).await;
    let again = "find the data again: tests/data-check.sh";
    assert_eq!(phase(&report, again).verdict, PhaseVerdict::Noted);
    assert_eq!(report.verdict, TestVerdict::Passed);

    let strict = recipe(&[]).with("tests/test.toml", "rollback = \"must-keep-data\"\n");
    plot.recipes.publish(NEW, strict);
    let report = tested(&plot).await;
    assert_eq!(phase(&report, again).verdict, PhaseVerdict::Failed);
    assert_eq!(report.verdict, TestVerdict::Failed);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_does_not_run_fails_with_its_log_and_is_cleared_away() {
    let crashes = ["SIM_EXIT=1", "SIM_STDERR=no such table"];
    let plot = plot(recipe(&[]), recipe(&crashes));
    let report = tested(&plot).await;
    assert_eq!(report.verdict, TestVerdict::Failed);
    let deploy = phase(&report, "deploy");
    assert_eq!(deploy.verdict, PhaseVerdict::Failed);
    assert!(
        deploy.log.iter().any(|line| line == "app | no such table"),
        "{deploy:#?}"
    );
    assert_eq!(
        phase(&report, "check tests/answers.sh").verdict,
        PhaseVerdict::Skipped
    );
    assert_eq!(phase(&report, "nothing left").verdict, PhaseVerdict::Passed);
    assert_eq!(phase(&report, "upgrade").verdict, PhaseVerdict::Skipped);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_deploy_that_is_blocked_says_by_what() {
    let needs = recipe(&[]);
    let compose = "version: \"3.8\"\nservices:\n  app:\n    image: a:1\n    networks: [proxy]\nnetworks:\n  proxy: {external: true}\n";
    let plot = plot(recipe(&[]), needs.with("compose.yml", compose));
    let report = tested(&plot).await;
    let deploy = phase(&report, "deploy");
    assert_eq!(deploy.verdict, PhaseVerdict::Failed);
    assert!(deploy.text.contains("proxy"), "{deploy:#?}");
    assert_eq!(phase(&report, "undeploy").verdict, PhaseVerdict::Skipped);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_check_fails_the_test_and_the_upgrade_is_still_tried() {
    let fails = [
        "SIM_EXEC_ONLY=answers",
        "SIM_EXEC_EXIT=2",
        "SIM_EXEC_STDOUT=404",
    ];
    let plot = plot(recipe(&[]), recipe(&fails));
    let report = tested(&plot).await;
    let check = phase(&report, "check tests/answers.sh");
    assert_eq!(
        (check.verdict, check.log.as_slice()),
        (PhaseVerdict::Failed, ["404".to_owned()].as_slice())
    );
    assert_eq!(phase(&report, "upgrade").verdict, PhaseVerdict::Passed);
    let again = phase(&report, "check tests/answers.sh after the upgrade");
    assert_eq!(again.verdict, PhaseVerdict::Failed);
    assert_eq!(report.verdict, TestVerdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_script_without_end_is_given_up() {
    let plot = plot(
        recipe(&[]),
        recipe(&["SIM_EXEC_ONLY=answers", "SIM_EXEC_MS=999999999"]),
    );
    let report = tested(&plot).await;
    let check = phase(&report, "check tests/answers.sh");
    assert_eq!(check.verdict, PhaseVerdict::Failed);
    assert!(check.text.contains("had not ended"), "{check:#?}");
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_local_script_runs_in_a_container_of_its_own() {
    let with =
        |recipe: MemoryTree| recipe.with("tests/outside.local.sh", "# image: sim/done\necho hi");
    let plot = plot(recipe(&[]), with(recipe(&[])));
    let report = tested(&plot).await;
    let check = phase(&report, "check tests/outside.local.sh");
    assert_eq!(check.verdict, PhaseVerdict::Passed, "{check:#?}");

    let fails = recipe(&[]).with("tests/outside.local.sh", "# image: sim/crash\nfalse");
    plot.recipes.publish(NEW, fails);
    let report = tested(&plot).await;
    let check = phase(&report, "check tests/outside.local.sh");
    assert_eq!(check.verdict, PhaseVerdict::Failed);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_release_is_tested_without_an_upgrade() {
    let plot = plot(recipe(&[]), recipe(&[]));
    let first = TestRequest {
        version: FIRST.to_owned(),
        ..request()
    };
    let testing = plot.agent.test_recipe(first, somebody()).await.unwrap();
    let (report, ..) = report(testing).await;
    assert_eq!(report.previous, None);
    assert_eq!(phase(&report, "upgrade").verdict, PhaseVerdict::Skipped);
    assert_eq!(report.verdict, TestVerdict::Passed);
}

#[tokio::test(start_paused = true)]
async fn one_test_runs_at_a_time() {
    let plot = plot(recipe(&[]), recipe(&[]));
    let first = begin(&plot).await;
    let Err(second) = plot.agent.test_recipe(request(), somebody()).await else {
        panic!("a second test began");
    };
    assert_eq!(second.code(), "AL-9501");
    assert_eq!(
        plot.agent.clean_tests(false).await.unwrap_err().code(),
        "AL-9501"
    );
    assert_eq!(report(first).await.0.verdict, TestVerdict::Passed);
    assert_eq!(tested(&plot).await.verdict, TestVerdict::Passed);
}

/// Listens until a phase of this name begins.
async fn until_phase(testing: &mut Testing, name: &str) {
    while let Some(told) = testing.told.recv().await {
        if matches!(&told, Told::Phase(phase) if phase == name) {
            return;
        }
    }
    panic!("never came to {name}");
}

#[tokio::test(start_paused = true)]
async fn a_test_that_is_stopped_clears_up_and_says_so() {
    // The upgrade never gets anywhere: stopping must not wait for its time to be over.
    let plot = plot(recipe(&[]), recipe(&["SIM_START_MS=50000"]));
    for at in ["deploy", "undeploy"] {
        let mut testing = begin(&plot).await;
        until_phase(&mut testing, at).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        plot.agent.stop_test(&testing.run).unwrap();
        let (report, ..) = report(testing).await;
        assert_eq!(report.verdict, TestVerdict::Interrupted, "{at}");
        assert_eq!(phase(&report, "nothing left").verdict, PhaseVerdict::Passed);
        assert_clear(&plot).await;
    }
    assert_eq!(
        plot.agent.stop_test("0a1b2c3d").unwrap_err().code(),
        "AL-9502"
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_nothing_behind() {
    let plot = plot(recipe(&[]), recipe(&[]));
    let mut testing = begin(&plot).await;
    until_phase(&mut testing, "upgrade").await;
    drop(testing);
    // The place is free again once everything is cleared away.
    let cleared = async {
        while plot.agent.clean_tests(false).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), cleared)
        .await
        .unwrap();
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_crash_left_is_removed_by_the_next_test_and_by_cleaning() {
    let plot = plot(recipe(&[]), recipe(&[]));
    for name in ["allot-test-demo-0a1b2c3d", "blog.example.org"] {
        let new = NewApp {
            recipe: "demo".to_owned(),
            domain: name.to_owned(),
            ..NewApp::default()
        };
        plot.agent.create_app(new, somebody()).await.unwrap();
    }
    let report = tested(&plot).await;
    let clean = phase(&report, "clean");
    assert_eq!(clean.verdict, PhaseVerdict::Noted);
    assert!(
        clean.text.ends_with("allot-test-demo-0a1b2c3d"),
        "{clean:?}"
    );
    let left = plot.agent.registry.apps().unwrap();
    assert_eq!(left.len(), 1, "an operator's app stays: {left:?}");
    assert!(plot.agent.clean_tests(true).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_stays_behind_fails_the_test_and_is_gone_afterwards() {
    let plot = plot(recipe(&[]), recipe(&[]));
    let mut testing = begin(&plot).await;
    until_phase(&mut testing, "undeploy").await;
    plot.sim.fail_next(Request::Remove, 1, Fault::Failed);
    let (report, ..) = report(testing).await;
    assert_eq!(report.verdict, TestVerdict::Failed);
    assert_eq!(phase(&report, "undeploy").verdict, PhaseVerdict::Failed);
    assert_eq!(phase(&report, "nothing left").verdict, PhaseVerdict::Failed);
    assert_clear(&plot).await;
}

#[tokio::test(start_paused = true)]
async fn tests_that_cannot_be_read_are_refused_before_anything_is_touched() {
    let bad = recipe(&[]).with("tests/test.toml", "rollback = \"perhaps\"");
    let plot = plot(recipe(&[]), bad);
    let writes = plot.sim.writes();
    let Err(error) = plot.agent.test_recipe(request(), somebody()).await else {
        panic!("it began");
    };
    assert_eq!(error.code(), "AL-9503");
    assert_eq!(plot.sim.writes(), writes);
    // And the place is free again.
    assert_eq!(
        plot.agent.clean_tests(false).await.unwrap(),
        Vec::<String>::new()
    );
}
