//! Promises about tasks: what they go through and what they say.

use allot_agent::engine::{EngineError, ObjectKind, TaskState};
use serde_json::json;

use super::plot::{IMAGE, Plot};

pub async fn a_service_comes_up_and_its_tasks_match_its_spec(plot: &Plot) {
    let network = plot.engine.create_network(&plot.network_spec("n")).await;
    let shape = plot.idle("a").with(
        "/TaskTemplate/Networks",
        json!([{"Target": network.unwrap(), "Aliases": ["a"]}]),
    );
    let id = plot.create(&shape).await;
    let task = plot.until_running(&id).await;
    assert_eq!((task.slot, task.image.as_str()), (1, IMAGE));
    assert!(task.error.is_empty() && task.exit_code.is_none());
    assert!(!task.node_id.is_empty() && task.container_id.is_some());
    assert_eq!(task.service_id, id);
    assert!(plot.look(&id).await.update.is_none());
}

pub async fn removing_a_service_lets_its_network_go(plot: &Plot) {
    let engine = &plot.engine;
    let network = engine
        .create_network(&plot.network_spec("n"))
        .await
        .unwrap();
    let shape = plot
        .idle("a")
        .with("/TaskTemplate/Networks", json!([{"Target": network}]));
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    let error = engine
        .remove(ObjectKind::Network, &network)
        .await
        .unwrap_err();
    assert!(matches!(error, EngineError::InUse { .. }), "{error}");
    engine.remove(ObjectKind::Service, &id).await.unwrap();
    plot.until("no tasks", || async {
        plot.tasks(&id).await.is_empty().then_some(())
    })
    .await;
    plot.until("the network's end", || async {
        engine.remove(ObjectKind::Network, &network).await.ok()
    })
    .await;
}

pub async fn a_crash_loop_is_visible(plot: &Plot) {
    let shape = plot.service("a", "exit 3", &["SIM_EXIT=3"]);
    let id = plot.create(&shape).await;
    // The node reports the failure first; the orchestrator gives the task up a moment later.
    let failed = plot
        .until_task(&id, "a failed task that is given up", |task| {
            task.state == TaskState::Failed && task.desired > TaskState::Running
        })
        .await;
    assert_eq!(failed.exit_code, Some(3));
    assert_eq!(failed.error, "task: non-zero exit (3)");
    assert!(failed.container_id.is_some());
    assert_eq!(failed.template_digest, plot.look(&id).await.template_digest);
    plot.until("a second failure in the same slot", || async {
        let tasks = plot.tasks(&id).await;
        let failed = tasks.iter().filter(|task| task.state == TaskState::Failed);
        (failed.filter(|task| task.slot == 1).count() >= 2).then_some(())
    })
    .await;
}

pub async fn a_missing_image_is_rejected(plot: &Plot) {
    let shape = plot
        .idle("a")
        .with("/TaskTemplate/ContainerSpec/Image", json!("sim/missing:1"));
    let id = plot.create(&shape).await;
    let rejected = plot
        .until_task(&id, "a rejected task", |task| {
            task.state == TaskState::Rejected
        })
        .await;
    assert_eq!(rejected.error, "No such image: sim/missing:1");
    assert_eq!(rejected.image, "sim/missing:1");
    assert_eq!((rejected.exit_code, rejected.container_id), (None, None));
}

pub async fn a_wrong_command_fails_to_start(plot: &Plot) {
    let shape = plot
        .service("a", "", &["SIM_BAD_COMMAND=1"])
        .with("/TaskTemplate/ContainerSpec/Command", json!(["/nope"]));
    let id = plot.create(&shape).await;
    let failed = plot
        .until_task(&id, "a failed task", |task| task.state == TaskState::Failed)
        .await;
    assert!(
        failed.error.starts_with("starting container failed:"),
        "{}",
        failed.error
    );
    assert!(
        failed.error.contains("no such file or directory"),
        "{}",
        failed.error
    );
    assert_eq!(failed.exit_code, Some(127));
}

pub async fn an_unsatisfiable_constraint_leaves_a_task_pending(plot: &Plot) {
    let shape = plot.idle("a").with(
        "/TaskTemplate/Placement/Constraints",
        json!(["node.labels.nope==yes"]),
    );
    let id = plot.create(&shape).await;
    let pending = plot
        .until_task(&id, "a reason", |task| !task.error.is_empty())
        .await;
    assert_eq!(pending.state, TaskState::Pending);
    assert!(pending.node_id.is_empty() && pending.container_id.is_none());
    assert!(
        pending
            .error
            .starts_with("no suitable node (scheduling constraints not satisfied on "),
        "{}",
        pending.error
    );
}

pub async fn a_host_port_is_given_once(plot: &Plot) {
    let port = json!([{
        "Protocol": "tcp", "TargetPort": 80, "PublishedPort": 18973, "PublishMode": "host",
    }]);
    let first = plot.idle("a").with("/EndpointSpec/Ports", port.clone());
    let second = plot.idle("b").with("/EndpointSpec/Ports", port);
    let first = plot.create(&first).await;
    plot.until_running(&first).await;
    let second = plot.create(&second).await;
    let pending = plot
        .until_task(&second, "a reason", |task| !task.error.is_empty())
        .await;
    assert!(
        pending
            .error
            .starts_with("no suitable node (host-mode port already in use on "),
        "{}",
        pending.error
    );
    plot.engine
        .remove(ObjectKind::Service, &first)
        .await
        .unwrap();
    plot.until_running(&second).await;
}

pub async fn a_service_scaled_to_nothing_has_no_tasks(plot: &Plot) {
    let none = plot.idle("a").with("/Mode/Replicated/Replicas", json!(0));
    let id = plot.create(&plot.idle("a")).await;
    plot.until_running(&id).await;
    plot.update(&id, &none).await;
    plot.until("no live task", || async {
        let tasks = plot.tasks(&id).await;
        tasks
            .iter()
            .all(|task| task.state > TaskState::Running)
            .then_some(())
    })
    .await;
    // A change of scale is no rolling update.
    assert_eq!(plot.look(&id).await.update, None);
    plot.update(&id, &plot.idle("a")).await;
    plot.until_running(&id).await;
}

pub async fn a_task_that_ended_well_stays_ended_when_so_asked(plot: &Plot) {
    let shape = plot
        .service("a", "exit 0", &["SIM_EXIT=0"])
        .with("/TaskTemplate/RestartPolicy/Condition", json!("on-failure"));
    let id = plot.create(&shape).await;
    let done = plot
        .until_task(&id, "a complete task", |task| {
            task.state == TaskState::Complete
        })
        .await;
    assert_eq!(
        (done.exit_code, done.message.as_str()),
        (Some(0), "finished")
    );
    plot.until_task(&id, "its rest", |task| task.desired > TaskState::Running)
        .await;
    assert_eq!(plot.tasks(&id).await.len(), 1);
}

pub async fn restarts_end_after_so_many_attempts(plot: &Plot) {
    let shape = plot
        .service("a", "exit 4", &["SIM_EXIT=4"])
        .with("/TaskTemplate/RestartPolicy/MaxAttempts", json!(2))
        .with("/TaskTemplate/RestartPolicy/Delay", json!(100_000_000));
    let id = plot.create(&shape).await;
    plot.until("three failures and no more tasks", || async {
        let tasks = plot.tasks(&id).await;
        let all_failed = tasks.iter().all(|task| task.state == TaskState::Failed);
        (tasks.len() == 3 && all_failed).then_some(())
    })
    .await;
}

pub async fn a_global_service_runs_once_on_a_node(plot: &Plot) {
    let shape = plot.idle("a").with("/Mode", json!({"Global": {}}));
    let id = plot.create(&shape).await;
    let task = plot.until_running(&id).await;
    assert_eq!(task.slot, 0);
    assert!(plot.look(&id).await.spec.mode.unwrap().global.is_some());
}

pub async fn volumes_are_made_with_the_first_task_and_stay(plot: &Plot) {
    let mount = json!([{
        "Type": "volume", "Source": plot.name("v"), "Target": "/v",
        "VolumeOptions": {"Labels": plot.labels()},
    }]);
    let shape = plot
        .idle("a")
        .with("/TaskTemplate/ContainerSpec/Mounts", mount);
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    let volumes = plot.engine.volumes(&plot.stack).await.unwrap();
    assert_eq!(volumes[0].name, plot.name("v"));
    assert_eq!(volumes[0].driver, "local");
    let error = plot
        .engine
        .remove(ObjectKind::Volume, &plot.name("v"))
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error, EngineError::InUse { .. }), "{error}");
    plot.engine.remove(ObjectKind::Service, &id).await.unwrap();
    plot.until("no tasks", || async {
        plot.tasks(&id).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(plot.engine.volumes(&plot.stack).await.unwrap().len(), 1);
}
