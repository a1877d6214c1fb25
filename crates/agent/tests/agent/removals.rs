//! Taking a stack off the swarm, and an app out of the world.

use allot_agent::{app::Outcome, engine::Engine as _};

use crate::plot::{APP, Plot, STACK, steps, verdict};

#[tokio::test(start_paused = true)]
async fn undeploy_ends_when_all_is_gone_and_keeps_data_and_secrets() {
    let plot = Plot::deployed().await;
    let verdict = plot.undeploy().await;
    assert_eq!(verdict.outcome, Outcome::Removed);
    assert!(plot.engine.stack_tasks(STACK).await.unwrap().is_empty());
    let left = plot.engine.snapshot(STACK).await.unwrap();
    assert!(left.services.is_empty() && left.networks.is_empty() && left.configs.is_empty());
    assert_eq!(plot.engine.volumes(STACK).await.unwrap().len(), 1);
    let names = [format!("{STACK}_token_v1")];
    assert_eq!(plot.engine.secrets_named(&names).await.unwrap().len(), 1);
    // And back, at once.
    assert_eq!(plot.deploy().await.outcome, Outcome::Converged);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_deployed_cannot_be_undeployed() {
    let plot = Plot::with_app().await;
    let refused = plot.agent.plan_undeploy(APP).await.unwrap_err();
    assert_eq!(refused.code(), "AL-5004");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_runs_cannot_be_removed() {
    let plot = Plot::deployed().await;
    let refused = plot.agent.plan_remove(APP, false).await.unwrap_err();
    assert_eq!(refused.code(), "AL-5005");
}

#[tokio::test(start_paused = true)]
async fn remove_takes_secrets_volumes_and_the_app_and_leaves_the_history() {
    let plot = Plot::deployed().await;
    plot.undeploy().await;
    let plan = plot.agent.plan_remove(APP, false).await.unwrap();
    let events = plot.apply(&plan).await.unwrap();
    assert_eq!(verdict(&events).outcome, Outcome::Removed);
    assert_eq!(steps(&events).len(), 2);
    assert_eq!(plot.agent.registry.app(APP).unwrap_err().code(), "AL-5001");
    assert!(plot.engine.volumes(STACK).await.unwrap().is_empty());
    assert_eq!(plot.agent.history(APP, 10).unwrap().len(), 3);
    plot.create().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn remove_can_leave_the_data() {
    let plot = Plot::deployed().await;
    plot.undeploy().await;
    let plan = plot.agent.plan_remove(APP, true).await.unwrap();
    plot.apply(&plan).await.unwrap();
    assert_eq!(plot.engine.volumes(STACK).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_planned_before_a_removal_is_refused() {
    let plot = Plot::deployed().await;
    plot.undeploy().await;
    let deploy = plot.plan().await.unwrap();
    let plan = plot.agent.plan_remove(APP, false).await.unwrap();
    plot.apply(&plan).await.unwrap();
    assert_eq!(plot.apply(&deploy).await.unwrap_err().code(), "AL-5001");
}
