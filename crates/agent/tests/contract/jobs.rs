//! Promises about jobs: services whose tasks are meant to end.

use allot_agent::engine::{ObjectKind, TaskState};
use serde_json::json;

use super::plot::{Plot, Shape};

pub async fn a_job_completes_and_runs_again_when_updated(plot: &Plot) {
    let mode = json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 2}});
    let job = plot
        .service("a", "exit 0", &["SIM_EXIT=0"])
        .with("/TaskTemplate/RestartPolicy/Condition", json!("on-failure"))
        .with("/Mode", mode);
    let id = plot.create(&job).await;
    assert_eq!(plot.look(&id).await.job_iteration, Some(0));
    completed(plot, &id, 0).await;

    plot.update(
        &id,
        &job.clone().with("/TaskTemplate/ForceUpdate", json!(1)),
    )
    .await;
    assert_eq!(plot.look(&id).await.job_iteration, Some(1));
    completed(plot, &id, 1).await;
    assert_eq!(plot.look(&id).await.update, None);
}

/// Waits for two complete tasks of one run.
async fn completed(plot: &Plot, id: &str, iteration: u64) {
    plot.until("two complete tasks of the run", || async {
        let tasks = plot.tasks(id).await;
        let complete = tasks.iter().filter(|task| {
            task.state == TaskState::Complete
                && task.desired == TaskState::Complete
                && task.job_iteration == Some(iteration)
                && task.exit_code == Some(0)
        });
        let mut slots: Vec<u64> = complete.map(|task| task.slot).collect();
        slots.sort_unstable();
        (slots == [0, 1]).then_some(())
    })
    .await;
}

pub async fn a_failing_job_tries_again(plot: &Plot) {
    let job = plot
        .service("a", "exit 5", &["SIM_EXIT=5"])
        .with(
            "/Mode",
            json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}),
        )
        .with("/TaskTemplate/RestartPolicy/Condition", json!("on-failure"))
        .with("/TaskTemplate/RestartPolicy/Delay", json!(100_000_000));
    let id = plot.create(&job).await;
    plot.until("two failures", || async {
        let tasks = plot.tasks(&id).await;
        let failed = tasks.iter().filter(|task| task.exit_code == Some(5));
        (failed.count() >= 2).then_some(())
    })
    .await;
}

/// A job of one task that has completed.
async fn completed_job(plot: &Plot) -> (Shape, String) {
    let job = plot
        .service("a", "exit 0", &["SIM_EXIT=0"])
        .with(
            "/Mode",
            json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}),
        )
        .with("/TaskTemplate/RestartPolicy/Condition", json!("on-failure"));
    let id = plot.create(&job).await;
    plot.until_task(&id, "a complete task", |task| {
        task.state == TaskState::Complete
    })
    .await;
    (job, id)
}

pub async fn removing_a_job_leaves_no_tasks(plot: &Plot) {
    let (_, id) = completed_job(plot).await;
    plot.engine.remove(ObjectKind::Service, &id).await.unwrap();
    plot.until("no tasks", || async {
        let tasks = plot.engine.stack_tasks(&plot.stack).await.unwrap();
        (tasks.is_empty() && plot.tasks(&id).await.is_empty()).then_some(())
    })
    .await;
}

/// Any update of a job begins a new run, also one that leaves its tasks' spec as it is.
pub async fn a_change_of_a_jobs_labels_runs_it_again(plot: &Plot) {
    let (job, id) = completed_job(plot).await;
    plot.update(&id, &job.with("/Labels/more", json!("1")))
        .await;
    assert_eq!(plot.look(&id).await.job_iteration, Some(1));
    plot.until_task(&id, "a task of the second run", |task| {
        task.job_iteration == Some(1) && task.state == TaskState::Complete
    })
    .await;
}
