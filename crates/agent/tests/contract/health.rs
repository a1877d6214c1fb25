//! Promises about health checks.

use allot_agent::engine::TaskState;
use serde_json::json;

use super::plot::{Plot, Shape};

/// A check every second that passes once `/tmp/ok` is there.
fn checked(shape: Shape, more: &serde_json::Value) -> Shape {
    let mut check = json!({
        "Test": ["CMD-SHELL", "echo checking; test -e /tmp/ok"],
        "Interval": 1_000_000_000_i64, "Timeout": 2_000_000_000_i64, "Retries": 2,
    });
    for (key, value) in more.as_object().unwrap() {
        check[key] = value.clone();
    }
    shape.with("/TaskTemplate/ContainerSpec/HealthCheck", check)
}

pub async fn a_health_check_holds_a_task_back_until_it_passes(plot: &Plot) {
    let script = "(sleep 2; touch /tmp/ok) & sleep 1000 & wait";
    let sim = ["SIM_HEALTHY_AFTER_MS=2000"];
    let shape = checked(plot.service("a", script, &sim), &json!({"Retries": 20}));
    let id = plot.create(&shape).await;
    let starting = plot
        .until_task(&id, "a starting task with a container", |task| {
            task.state == TaskState::Starting && task.container_id.is_some()
        })
        .await;
    let container = starting.container_id.unwrap();
    plot.until("a failed check", || async {
        let report = plot.engine.container_health(&container).await.unwrap()?;
        (report.status == "starting" && report.failing_streak > 0).then_some(())
    })
    .await;
    let running = plot.until_running(&id).await;
    assert_eq!(running.id, starting.id);
    let report = plot.engine.container_health(&container).await.unwrap();
    let report = report.unwrap();
    assert_eq!(
        (report.status.as_str(), report.failing_streak),
        ("healthy", 0)
    );
    assert_eq!(report.last_exit_code, Some(0));
    assert!(!report.last_output.is_empty());
}

pub async fn an_unhealthy_task_is_ended_and_says_why(plot: &Plot) {
    let sim = ["SIM_HEALTHY_AFTER_MS=never", "SIM_HEALTH_OUTPUT=checking"];
    let script = "trap 'exit 143' TERM; sleep 1000 & wait";
    let shape = checked(plot.service("a", script, &sim), &json!({}));
    let id = plot.create(&shape).await;
    let report = plot
        .until("a report of a failed check", || async {
            let tasks = plot.tasks(&id).await;
            let container = tasks.iter().find_map(|task| task.container_id.clone())?;
            let report = plot.engine.container_health(&container).await.unwrap()?;
            (report.failing_streak > 0).then_some(report)
        })
        .await;
    assert_eq!(report.last_exit_code, Some(1));
    assert_eq!(report.last_output, "checking");
    let failed = plot
        .until_task(&id, "a failed task", |task| task.state == TaskState::Failed)
        .await;
    assert_eq!(
        failed.error,
        "task: non-zero exit (143): dockerexec: unhealthy container"
    );
    assert_eq!(failed.exit_code, Some(143));
}

/// A trap for verdicts: swarm calls the task complete, and only its restart tells that it did not do well.
pub async fn an_unhealthy_task_that_ends_politely_counts_as_complete(plot: &Plot) {
    let sim = ["SIM_HEALTHY_AFTER_MS=never", "SIM_STOP_EXIT=0"];
    let shape = checked(plot.service("a", "sleep 1000 & wait", &sim), &json!({}));
    let id = plot.create(&shape).await;
    let ended = plot
        .until_task(&id, "an ended task", |task| task.state > TaskState::Running)
        .await;
    assert_eq!(
        (ended.state, ended.exit_code),
        (TaskState::Complete, Some(0))
    );
    assert!(ended.error.is_empty());
    plot.until_task(&id, "its successor", |task| task.id != ended.id)
        .await;
}

pub async fn a_start_period_forgives_failures(plot: &Plot) {
    let script = "(sleep 5; touch /tmp/ok) & sleep 1000 & wait";
    let sim = ["SIM_HEALTHY_AFTER_MS=5000"];
    let patient = json!({"Retries": 1, "StartPeriod": 30_000_000_000_i64});
    let shape = checked(plot.service("a", script, &sim), &patient);
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    assert_eq!(plot.tasks(&id).await.len(), 1);
}
