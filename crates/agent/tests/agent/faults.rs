//! The engine fails at each step, goes away, and comes back: a verdict is never better than what is so.

use std::{sync::Arc, time::Duration};

use allot_agent::{
    app::{LiveOperation, Outcome, What},
    engine::sim::{Fault, Request},
};
use futures::StreamExt as _;

use crate::{
    plot::{APP, Plot, somebody, verdict},
    recipes::Draft,
};

const FAULTS: [Fault; 4] = [
    Fault::Failed,
    Fault::Timeout,
    Fault::Unreachable,
    Fault::AnswerLost,
];

/// Waits until every step was taken and the slow service pulls its image.
async fn until_it_prepares(live: &Arc<LiveOperation>) {
    let mut events = Box::pin(live.follow());
    while let Some(event) = events.next().await {
        if matches!(event.what, What::Progress(p) if p.state.starts_with("preparing")) {
            return;
        }
    }
    panic!("it ended first");
}

async fn converges_after(plot: &Plot) {
    let verdict = plot.deploy().await;
    assert!(verdict.outcome.is_success(), "{verdict:?}");
    assert!(plot.all_run().await);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_fails_is_no_success_and_the_next_deploy_mends_it() {
    let creates = [
        Request::CreateNetwork,
        Request::CreateConfig,
        Request::CreateService,
    ];
    for request in creates {
        for fault in FAULTS {
            let plot = Plot::with_app().await;
            let plan = plot.plan().await.unwrap();
            plot.sim.fail_next(request, 1, fault);
            let verdict = verdict(&plot.apply(&plan).await.unwrap());
            assert!(!verdict.outcome.is_success(), "{request:?} {fault:?}");
            assert!(verdict.code.starts_with("AL-40"), "{verdict:?}");
            assert!(!verdict.help.is_empty());
            converges_after(&plot).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_is_no_success_and_the_next_deploy_mends_it() {
    for fault in FAULTS {
        let plot = Plot::deployed().await;
        plot.set("GREETING", "good morning").await.unwrap();
        let plan = plot.plan().await.unwrap();
        plot.sim.fail_next(Request::UpdateService, 1, fault);
        let verdict = verdict(&plot.apply(&plan).await.unwrap());
        assert!(!verdict.outcome.is_success(), "{fault:?}");
        converges_after(&plot).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_fails_is_no_success_and_the_next_undeploy_ends_it() {
    for fault in FAULTS {
        let plot = Plot::deployed().await;
        plot.sim.fail_next(Request::Remove, 1, fault);
        let first = plot.undeploy().await;
        assert!(!first.outcome.is_success(), "{fault:?}: {first:?}");
        assert_eq!(plot.undeploy().await.outcome, Outcome::Removed);
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_config_that_cannot_be_removed_does_not_fail_a_deploy() {
    let plot = Plot::deployed().await;
    let draft = Draft {
        page: "bye",
        ..Draft::default()
    };
    plot.recipes.publish("1.1.0+1", draft.tree());
    let plan = plot.plan_version("1.1.0+1").await.unwrap();
    plot.sim.fail_next(Request::Remove, 1, Fault::Failed);
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(verdict.outcome, Outcome::Converged);
    assert_eq!(plot.configs().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_comes_back_in_time_is_waited_for() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        image: "sim/slow",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    let live = plot.agent.apply(APP, &plan.hash, somebody()).await.unwrap();
    until_it_prepares(&live).await;
    plot.sim.go_away();
    tokio::time::sleep(Duration::from_secs(20)).await;
    plot.sim.come_back();
    let events: Vec<_> = live.follow().collect().await;
    assert_eq!(verdict(&events).outcome, Outcome::Converged);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_stays_away_makes_the_operation_interrupted() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        image: "sim/slow",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    let live = plot.agent.apply(APP, &plan.hash, somebody()).await.unwrap();
    until_it_prepares(&live).await;
    plot.sim.go_away();
    let events: Vec<_> = live.follow().collect().await;
    let verdict = verdict(&events);
    assert_eq!(
        (verdict.outcome, verdict.code.as_str()),
        (Outcome::Interrupted, "AL-4001")
    );
    assert!(plot.agent.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_away_for_a_moment_does_not_end_an_undeploy() {
    let plot = Plot::deployed().await;
    plot.sim
        .fail_next(Request::StackTasks, 3, Fault::Unreachable);
    plot.sim
        .fail_next(Request::NetworksNamed, 2, Fault::Timeout);
    assert_eq!(plot.undeploy().await.outcome, Outcome::Removed);
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_while_planning_refuse_the_plan() {
    for request in [
        Request::Services,
        Request::NetworksNamed,
        Request::SecretsNamed,
        Request::ConfigsNamed,
    ] {
        let plot = Plot::with_app().await;
        plot.sim.fail_next(request, 1, Fault::Unreachable);
        let error = plot.plan().await.unwrap_err();
        assert_eq!(error.code(), "AL-4001", "{request:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_fails_is_a_word_in_the_plan() {
    let plot = Plot::with_app().await;
    plot.sim.fail_next(Request::ResolveImage, 2, Fault::Timeout);
    let plan = plot.plan().await.unwrap();
    let unresolved = plan
        .notices
        .iter()
        .filter(|n| n.rule == "image-not-resolved");
    assert_eq!(unresolved.count(), 2);
    let verdict = verdict(&plot.apply(&plan).await.unwrap());
    assert_eq!(verdict.outcome, Outcome::Converged);
}
