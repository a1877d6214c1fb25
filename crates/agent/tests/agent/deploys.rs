//! Deploys that go well, or as the engine says.

use allot_agent::app::{DeployOptions, Happened, Outcome, What};

use crate::{
    plot::{APP, Plot, STACK, steps, verdict},
    recipes::Draft,
};

#[tokio::test(start_paused = true)]
async fn a_first_deploy_makes_everything_and_converges() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    let events = plot.apply(&plan).await.unwrap();
    let verdict = verdict(&events);
    assert_eq!(verdict.outcome, Outcome::Converged);
    assert_eq!(verdict.text, "all 2 services run and held");
    let mut done = steps(&events);
    assert_eq!(done.len(), plan.step_count());
    done.sort();
    assert_eq!(
        done,
        [
            format!("create config {STACK}_page"),
            format!("create network {STACK}_backend"),
            format!("create service {STACK}_app"),
            format!("create service {STACK}_db"),
        ]
    );
    assert!(plot.all_run().await);
    let sequences: Vec<u64> = events.iter().map(|e| e.sequence).collect();
    assert_eq!(sequences, (0..events.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn services_come_after_what_they_need() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    let done = steps(&plot.apply(&plan).await.unwrap());
    let first_service = done.iter().position(|s| s.contains(" service ")).unwrap();
    assert!(
        done[first_service..]
            .iter()
            .all(|s| s.contains(" service "))
    );
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_deploy_only_reads() {
    let plot = Plot::deployed().await;
    let writes = plot.sim.writes();
    let began = tokio::time::Instant::now();
    let verdict = plot.deploy().await;
    assert_eq!(verdict.outcome, Outcome::Unchanged);
    assert_eq!(plot.sim.writes(), writes);
    assert!(began.elapsed().as_secs() < 2);
}

#[tokio::test(start_paused = true)]
async fn a_config_with_new_content_gets_a_name_of_its_own_and_the_old_one_goes() {
    let plot = Plot::deployed().await;
    assert_eq!(plot.configs().await, [format!("{STACK}_page")]);
    for (version, page) in [("1.1.0+1", "bye"), ("1.2.0+1", "again")] {
        let draft = Draft {
            page,
            ..Draft::default()
        };
        plot.recipes.publish(version, draft.tree());
        let plan = plot.plan_version(version).await.unwrap();
        let events = plot.apply(&plan).await.unwrap();
        assert_eq!(verdict(&events).outcome, Outcome::Converged);
        let left = plot.configs().await;
        assert_eq!(left.len(), 1, "{left:?}");
        // The plain name is taken again as soon as it is free.
        let addressed = left[0].starts_with(&format!("{STACK}_page_"));
        assert_eq!(addressed, version == "1.1.0+1");
    }
}

#[tokio::test(start_paused = true)]
async fn the_version_that_runs_is_written_into_the_env_once_it_runs() {
    let plot = Plot::deployed().await;
    let bad = Draft {
        image: "sim/crash",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", bad.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    assert!(
        !verdict(&plot.apply(&plan).await.unwrap())
            .outcome
            .is_success()
    );
    assert_eq!(plot.agent.registry.app(APP).unwrap().env_version, "1.0.0+1");

    plot.recipes.publish("3.0.0+3", Draft::default().tree());
    let plan = plot.plan_version("3.0.0+3").await.unwrap();
    plot.apply(&plan).await.unwrap();
    let (app, env) = plot.agent.env(APP, 0).unwrap();
    assert_eq!(app.env_version, "3.0.0+3");
    assert!(env.text.contains("TYPE=demo:3.0.0+3"), "{}", env.text);
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_fails_and_tells_what_the_task_said() {
    let plot = Plot::with_app().await;
    plot.set("GREETING", "x").await.unwrap();
    let draft = Draft {
        image: "sim/crash",
        extra: "    deploy: {restart_policy: {delay: 100ms}}\n",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    let events = plot.apply(&plan).await.unwrap();
    let verdict = verdict(&events);
    assert_eq!(
        (verdict.outcome, verdict.code.as_str()),
        (Outcome::Failed, "AL-5020")
    );
    assert!(verdict.elapsed_ms < 60_000);
    let failure = events.iter().find_map(|e| match &e.what {
        What::Failure(failure) => Some(failure.clone()),
        _ => None,
    });
    let failure = failure.unwrap();
    assert_eq!(
        (failure.service.as_str(), failure.exit_code),
        ("app", Some(1))
    );
}

#[tokio::test(start_paused = true)]
async fn a_rollback_by_the_engine_is_told_as_one() {
    let plot = Plot::deployed().await;
    let draft = Draft {
        image: "sim/crash",
        extra: "    deploy: {update_config: {failure_action: rollback}}\n",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(
        (verdict.outcome, verdict.code.as_str()),
        (Outcome::RolledBack, "AL-5022")
    );
}

#[tokio::test(start_paused = true)]
async fn the_label_says_how_long_a_deploy_may_take() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        image: "sim/unhealthy",
        extra: "    deploy: {labels: [\"coop-cloud.${STACK_NAME}.timeout=2\"]}\n",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    assert_eq!(plan.timeout_seconds, 2);
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(
        (verdict.outcome, verdict.code.as_str()),
        (Outcome::TimedOut, "AL-5021")
    );
}

#[tokio::test(start_paused = true)]
async fn a_detached_deploy_ends_with_the_engines_word() {
    let plot = Plot::with_app().await;
    let options = DeployOptions {
        detach: true,
        ..DeployOptions::default()
    };
    let plan = plot.plan_with(options).await.unwrap();
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(verdict.outcome, Outcome::Detached);
}

#[tokio::test(start_paused = true)]
async fn a_detached_deploy_that_changes_nothing_looks_at_no_task() {
    let plot = Plot::deployed().await;
    let options = DeployOptions {
        detach: true,
        ..DeployOptions::default()
    };
    let plan = plot.plan_with(options).await.unwrap();
    let writes = plot.sim.writes();
    let events = plot.apply(&plan).await.unwrap();
    let verdict = verdict(&events);
    assert_eq!(verdict.outcome, Outcome::Unchanged);
    assert!(verdict.text.contains("nobody looked whether they run"));
    assert!(!events.iter().any(|e| matches!(e.what, What::Progress(_))));
    assert_eq!(plot.sim.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn services_that_the_recipe_dropped_go_only_when_asked() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        extra: "  old:\n    image: old:1\n",
        ..Draft::default()
    };
    plot.recipes.publish("1.1.0+1", draft.tree());
    let plan = plot.plan_version("1.1.0+1").await.unwrap();
    plot.apply(&plan).await.unwrap();
    plot.recipes.publish("1.2.0+1", Draft::default().tree());
    plot.set("TYPE", "demo:1.2.0+1").await.unwrap();
    let plan = plot.plan().await.unwrap();
    assert!(
        plan.notices
            .iter()
            .any(|n| n.rule == "service-not-in-recipe")
    );
    let prune = DeployOptions {
        prune: true,
        ..DeployOptions::default()
    };
    let plan = plot.plan_with(prune).await.unwrap();
    let events = plot.apply(&plan).await.unwrap();
    assert!(steps(&events).contains(&format!("remove service {STACK}_old")));
    assert!(verdict(&events).outcome.is_success());
}

#[tokio::test(start_paused = true)]
async fn a_forced_deploy_starts_tasks_anew() {
    let plot = Plot::deployed().await;
    let force = DeployOptions {
        force: true,
        ..DeployOptions::default()
    };
    let plan = plot.plan_with(force).await.unwrap();
    assert_eq!(plan.step_count(), 2);
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(verdict.outcome, Outcome::Converged);
}

#[tokio::test(start_paused = true)]
async fn one_operation_at_a_time_for_an_app() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    let by = crate::plot::somebody();
    let live = plot.agent.apply(APP, &plan.hash, by.clone()).await.unwrap();
    let busy = plot.agent.apply(APP, &plan.hash, by).await.err().unwrap();
    assert_eq!(busy.code(), "AL-5006");
    assert!(busy.help().unwrap().contains(&live.operation.id));
    let events: Vec<_> = futures::StreamExt::collect(live.follow()).await;
    assert!(verdict(&events).outcome.is_success());
    assert!(plot.agent.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_converged_stack_is_kept_as_a_generation() {
    let plot = Plot::deployed().await;
    plot.deploy().await;
    let generations = plot.agent.registry.generations(APP).unwrap();
    assert_eq!(generations.len(), 1, "an unchanged deploy makes none");
    let kept = &generations[0];
    assert_eq!((kept.version.as_str(), kept.env_revision), ("1.0.0+1", 1));
    let blob = kept.specs.parse().unwrap();
    let specs = plot.agent.registry.store().blobs.get(blob).unwrap();
    assert!(String::from_utf8_lossy(&specs).contains(&format!("{STACK}_app")));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_ended_can_be_looked_at_again() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    let told = plot.apply(&plan).await.unwrap();
    let Some(Happened::Operation(operation)) = plot
        .agent
        .history(APP, 10)
        .unwrap()
        .into_iter()
        .find(|h| matches!(h, Happened::Operation(_)))
    else {
        panic!("no operation in the history");
    };
    assert_eq!(operation.steps, operation.steps_done);
    let live = plot.agent.live_operation(&operation.id).unwrap();
    let again: Vec<_> = futures::StreamExt::collect(live.follow()).await;
    assert_eq!(again, told);
    let plot = plot.restart().await;
    assert!(plot.agent.live_operation(&operation.id).is_none());
    let story = plot.agent.story(&operation.id).unwrap();
    assert_eq!(verdict(&story), verdict(&told));
}
