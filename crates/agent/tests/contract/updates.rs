//! Promises about updates, their failures and rollbacks.

use allot_agent::engine::{ObservedService, TaskState, UpdateState};
use serde_json::json;

use super::plot::{Plot, Shape};

/// An update that watches its tasks for two seconds.
fn watched(shape: Shape, action: &str) -> Shape {
    shape
        .with(
            "/UpdateConfig",
            json!({"Parallelism": 1, "Monitor": 2_000_000_000_i64, "FailureAction": action, "Order": "stop-first"}),
        )
        .with(
            "/RollbackConfig",
            json!({"Parallelism": 1, "Monitor": 1_000_000_000_i64, "FailureAction": "pause", "Order": "stop-first"}),
        )
}

async fn until_state(plot: &Plot, id: &str, state: UpdateState) -> ObservedService {
    plot.until(&format!("{state:?}"), || async {
        let service = plot.look(id).await;
        let reached = service
            .update
            .as_ref()
            .is_some_and(|update| update.state == state);
        reached.then_some(service)
    })
    .await
}

pub async fn an_update_replaces_tasks_and_completes(plot: &Plot) {
    let shape = watched(plot.idle("a"), "pause").with("/Mode/Replicated/Replicas", json!(2));
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    let before = plot.look(&id).await;
    let changed = shape.with("/TaskTemplate/ContainerSpec/Env", json!(["NEW=1"]));
    plot.update(&id, &changed).await;
    let after = until_state(plot, &id, UpdateState::Completed).await;
    let update = after.update.unwrap();
    assert_eq!(update.message, "update completed");
    assert!(update.started_at.is_some() && update.completed_at.is_some());
    assert_ne!(before.template_digest, after.template_digest);
    assert!(after.version > before.version);
    let tasks = plot.tasks(&id).await;
    let live: Vec<_> = tasks
        .iter()
        .filter(|task| task.desired <= TaskState::Running)
        .collect();
    assert_eq!(live.len(), 2);
    assert!(
        live.iter().all(|task| task.state == TaskState::Running
            && task.template_digest == after.template_digest)
    );
}

pub async fn starting_first_keeps_the_old_task_until_the_new_one_runs(plot: &Plot) {
    let script = "(sleep 2; touch /tmp/ok) & sleep 1000 & wait";
    let shape = plot
        .service("a", script, &["SIM_HEALTHY_AFTER_MS=2000"])
        .with("/UpdateConfig/Order", json!("start-first"))
        .with("/UpdateConfig/Monitor", json!(1_000_000_000));
    let id = plot.create(&shape).await;
    let old = plot.until_running(&id).await;
    let slow = shape.with(
        "/TaskTemplate/ContainerSpec/HealthCheck",
        json!({"Test": ["CMD-SHELL", "test -e /tmp/ok"], "Interval": 500_000_000, "Retries": 20}),
    );
    plot.update(&id, &slow).await;
    plot.until_task(&id, "the new task starting", |task| {
        task.state == TaskState::Starting && task.id != old.id
    })
    .await;
    let tasks = plot.tasks(&id).await;
    let kept = tasks.iter().find(|task| task.id == old.id).unwrap();
    assert_eq!(
        (kept.state, kept.desired),
        (TaskState::Running, TaskState::Running)
    );
    until_state(plot, &id, UpdateState::Completed).await;
    plot.until_task(&id, "the old task gone", |task| {
        task.id == old.id && task.state > TaskState::Running
    })
    .await;
}

fn broken(plot: &Plot, action: &str) -> Shape {
    watched(plot.service("a", "exit 7", &["SIM_EXIT=7"]), action)
}

pub async fn a_failing_update_pauses(plot: &Plot) {
    let id = plot.create(&watched(plot.idle("a"), "pause")).await;
    plot.until_running(&id).await;
    plot.update(&id, &broken(plot, "pause")).await;
    let paused = until_state(plot, &id, UpdateState::Paused).await;
    let message = paused.update.unwrap().message;
    let words = "update paused due to failure or early termination of task ";
    assert!(message.starts_with(words), "{message}");
    let tasks = plot.tasks(&id).await;
    let blamed = tasks
        .iter()
        .find(|task| message.ends_with(&task.id))
        .unwrap();
    assert_eq!(blamed.exit_code, Some(7));
    assert_eq!(blamed.template_digest, paused.template_digest);
}

pub async fn a_failing_update_rolls_back(plot: &Plot) {
    let id = plot.create(&watched(plot.idle("a"), "rollback")).await;
    plot.until_running(&id).await;
    let before = plot.look(&id).await.template_digest;
    plot.update(&id, &broken(plot, "rollback")).await;
    let back = until_state(plot, &id, UpdateState::RollbackCompleted).await;
    assert_eq!(back.template_digest, before);
    assert_eq!(back.update.unwrap().message, "rollback completed");
    plot.until_running(&id).await;
}

pub async fn a_failing_update_goes_on_when_so_asked(plot: &Plot) {
    let id = plot.create(&watched(plot.idle("a"), "continue")).await;
    plot.until_running(&id).await;
    plot.update(&id, &broken(plot, "continue")).await;
    let done = until_state(plot, &id, UpdateState::Completed).await;
    let tasks = plot.tasks(&id).await;
    assert!(
        tasks
            .iter()
            .any(|task| task.exit_code == Some(7) && task.template_digest == done.template_digest)
    );
}

pub async fn an_update_to_a_missing_image_pauses(plot: &Plot) {
    let shape = watched(plot.idle("a"), "pause");
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    let missing = shape.with("/TaskTemplate/ContainerSpec/Image", json!("sim/missing:2"));
    plot.update(&id, &missing).await;
    until_state(plot, &id, UpdateState::Paused).await;
    plot.until_task(&id, "a rejected task", |task| {
        task.state == TaskState::Rejected && task.error == "No such image: sim/missing:2"
    })
    .await;
}

pub async fn a_change_of_labels_only_leaves_tasks_alone(plot: &Plot) {
    let id = plot.create(&plot.idle("a")).await;
    let task = plot.until_running(&id).await;
    let before = plot.look(&id).await;
    plot.update(&id, &plot.idle("a").with("/Labels/more", json!("1")))
        .await;
    let after = plot.look(&id).await;
    assert_eq!(before.template_digest, after.template_digest);
    assert!(after.version > before.version);
    let labels = after.spec.labels.unwrap();
    assert_eq!(labels.get("more").map(String::as_str), Some("1"));
    assert_eq!(plot.until_running(&id).await.id, task.id);
    assert_eq!(plot.look(&id).await.update, None);
}
