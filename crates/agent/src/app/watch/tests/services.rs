//! One service that was created, without an update of the engine's.

use serde_json::json;

use super::super::Standing;
use super::world::*;
use crate::engine::{ObservedTask, TaskState};

#[test]
fn a_service_settles_after_it_held() {
    let mut plot = Plot::of(replicated(1));
    let running = [task("a", TaskState::Running)];
    assert_eq!(*plot.after(seconds(1), &running), Standing::Waiting);
    assert_eq!(*plot.after(seconds(4), &running), Standing::Waiting);
    assert_eq!(*plot.after(seconds(1), &running), Standing::Settled);
}

#[test]
fn the_hold_is_as_long_as_the_recipe_says() {
    let mut plot = Plot::of(spec(
        json!({"UpdateConfig": {"Monitor": 20_000_000_000_i64}}),
    ));
    let running = [task("a", TaskState::Running)];
    plot.after(seconds(0), &running);
    assert_eq!(*plot.after(seconds(19), &running), Standing::Waiting);
    assert_eq!(*plot.after(seconds(1), &running), Standing::Settled);
}

#[test]
fn half_of_the_tasks_is_not_arrived() {
    let mut plot = Plot::of(replicated(2));
    let tasks = [
        task("a", TaskState::Running),
        in_slot(2, task("b", TaskState::Starting)),
    ];
    assert_eq!(*plot.during(30, &tasks), Standing::Waiting);
}

#[test]
fn a_task_that_dies_while_held_begins_the_hold_anew() {
    let mut plot = Plot::of(replicated(1));
    plot.after(seconds(0), &[task("a", TaskState::Running)]);
    plot.after(seconds(4), &[failed("a", 1), task("b", TaskState::Running)]);
    let tasks = [failed("a", 1), task("b", TaskState::Running)];
    // The first life lasted 4 s; one that lasted 4 s more is no proof yet.
    assert_eq!(*plot.during(8, &tasks), Standing::Waiting);
    assert_eq!(*plot.after(seconds(1), &tasks), Standing::Settled);
}

#[test]
fn a_service_that_dies_every_ten_seconds_never_settles() {
    let mut plot = Plot::of(replicated(1));
    let mut tasks: Vec<ObservedTask> = Vec::new();
    // The first life is longer than the hold: nobody can know better, so the second one is watched from a death on.
    tasks.push(failed("a", 1));
    for life in 0..2 {
        let id = format!("t{life}");
        tasks.push(task(&id, TaskState::Running));
        assert_eq!(*plot.during(4, &tasks), Standing::Waiting, "life {life}");
        tasks.pop();
        tasks.push(failed(&id, 1));
    }
    assert!(why(plot.after(seconds(1), &tasks)).contains("failed 3 times"));
}

#[test]
fn a_crash_loop_fails_with_the_tasks_last_error() {
    let mut plot = Plot::of(replicated(1));
    let two = [failed("a", 1), failed("b", 1), task("c", TaskState::Ready)];
    assert_eq!(*plot.after(seconds(2), &two), Standing::Waiting);
    let three = [failed("a", 1), failed("b", 1), failed("c", 1)];
    let standing = plot.after(seconds(1), &three);
    assert_eq!(
        why(standing),
        "its tasks failed 3 times: task: non-zero exit (1)"
    );
}

#[test]
fn a_task_that_fails_once_in_each_slot_is_no_loop() {
    let mut plot = Plot::of(replicated(5));
    let mut tasks: Vec<_> = (1..=5).map(|n| failed(&format!("f{n}"), n)).collect();
    assert_eq!(*plot.after(seconds(1), &tasks), Standing::Waiting);
    tasks.extend((1..=5).map(|n| in_slot(n, task(&format!("r{n}"), TaskState::Running))));
    assert_eq!(*plot.during(20, &tasks), Standing::Settled);
}

#[test]
fn failures_from_before_are_ignored() {
    let past = vec![failed("a", 1), failed("b", 1), failed("c", 1)];
    let watch = watched("web", &replicated(1)).with_past(None, past.iter().map(|t| t.id.clone()));
    let mut plot = Plot::of_many(vec![watch]);
    let tasks = [past, vec![task("d", TaskState::Running)]].concat();
    plot.after(seconds(0), &tasks);
    assert_eq!(*plot.after(seconds(5), &tasks), Standing::Settled);
}

#[test]
fn pulling_an_image_takes_no_time_that_counts() {
    let mut plot = Plot::of(replicated(1));
    assert_eq!(
        *plot.during(600, &[task("a", TaskState::Preparing)]),
        Standing::Waiting
    );
    plot.after(seconds(0), &[task("a", TaskState::Running)]);
    assert_eq!(
        *plot.after(seconds(5), &[task("a", TaskState::Running)]),
        Standing::Settled
    );
}

#[test]
fn a_pull_that_never_ends_times_out_after_an_hour_more() {
    let mut plot = Plot::of(replicated(1));
    let pulling = [task("a", TaskState::Preparing)];
    assert_eq!(*plot.during(3600 + 59, &pulling), Standing::Waiting);
    assert!(why(plot.during(2, &pulling)).contains("preparing"));
}

#[test]
fn a_start_period_takes_no_time_that_counts() {
    let check = json!({"Test": ["CMD", "true"], "StartPeriod": 300_000_000_000_i64});
    let text = json!({"TaskTemplate": {"ContainerSpec": {"HealthCheck": check}}});
    let mut plot = Plot::of(spec(text));
    let starting = [task("a", TaskState::Starting)];
    assert_eq!(*plot.during(350, &starting), Standing::Waiting);
    assert!(why(plot.during(20, &starting)).starts_with("not there after 60 s"));
}

#[test]
fn what_does_not_arrive_times_out_and_says_where_it_stands() {
    let mut plot = Plot::of(replicated(1));
    let starting = [task("a", TaskState::Starting)];
    assert_eq!(*plot.during(60, &starting), Standing::Waiting);
    let standing = plot.during(1, &starting).clone();
    assert!(matches!(standing, Standing::TimedOut(_)));
    assert_eq!(why(&standing), "not there after 60 s (starting)");
}

#[test]
fn a_slot_that_the_engine_gave_up_fails() {
    let mut plot = Plot::of(replicated(1));
    let ended = [failed("a", 1)];
    assert_eq!(*plot.after(seconds(0), &ended), Standing::Waiting);
    assert_eq!(*plot.after(seconds(2), &ended), Standing::Waiting);
    assert_eq!(
        why(plot.after(seconds(1), &ended)),
        "the engine does not start it again: task: non-zero exit (1)"
    );
}

#[test]
fn a_slot_that_is_filled_again_in_time_was_not_given_up() {
    let mut plot = Plot::of(replicated(1));
    plot.after(seconds(0), &[failed("a", 1)]);
    plot.after(seconds(2), &[failed("a", 1), task("b", TaskState::Ready)]);
    assert_eq!(
        *plot.after(seconds(2), &[failed("a", 1)]),
        Standing::Waiting
    );
}

#[test]
fn a_one_shot_that_may_end_has_completed() {
    let policy = json!({"TaskTemplate": {"RestartPolicy": {"Condition": "on-failure"}}});
    let mut plot = Plot::of(spec(policy));
    let ended = [ObservedTask {
        desired: TaskState::Shutdown,
        ..task("a", TaskState::Complete)
    }];
    plot.after(seconds(0), &ended);
    assert_eq!(*plot.after(seconds(3), &ended), Standing::Completed);
}

#[test]
fn an_unhealthy_task_that_exits_with_zero_has_not_completed() {
    let mut plot = Plot::of(spec(json!({"TaskTemplate": {
        "RestartPolicy": {"Condition": "on-failure"},
        "ContainerSpec": {"HealthCheck": {"Test": ["CMD", "false"]}}}})));
    let stopped_as_unhealthy = ObservedTask {
        desired: TaskState::Shutdown,
        exit_code: Some(0),
        ..task("a", TaskState::Complete)
    };
    plot.after(seconds(1), &[task("a", TaskState::Starting)]);
    let standing = plot.during(10, &[stopped_as_unhealthy]);
    assert!(
        matches!(standing, Standing::Failed(why) if why.contains("it is there to stay")),
        "{standing:?}"
    );
}

#[test]
fn a_service_that_ends_at_once_and_is_started_again_for_ever_is_a_loop() {
    let mut plot = Plot::of(replicated(1));
    let ended: Vec<ObservedTask> = ["a", "b", "c"]
        .map(|id| ObservedTask {
            desired: TaskState::Shutdown,
            exit_code: Some(0),
            ..task(id, TaskState::Complete)
        })
        .to_vec();
    for seen in 1..=3 {
        let mut tasks = ended[..seen].to_vec();
        tasks.push(task("next", TaskState::Ready));
        plot.after(seconds(5), &tasks);
    }
    let standing = &plot.watch.services[0].standing;
    assert!(matches!(standing, Standing::Failed(_)), "{standing:?}");
}

#[test]
fn a_service_that_may_not_end_has_not_completed() {
    let mut plot = Plot::of(replicated(1));
    let ended = [ObservedTask {
        desired: TaskState::Shutdown,
        ..task("a", TaskState::Complete)
    }];
    plot.after(seconds(0), &ended);
    assert!(why(plot.after(seconds(3), &ended)).contains("does not start it again"));
}

#[test]
fn a_service_scaled_to_nothing_has_arrived_when_nothing_runs() {
    let mut plot = Plot::of(replicated(0));
    plot.after(seconds(0), &[]);
    assert_eq!(plot.watch.services[0].state, "running, being watched");
    assert_eq!(*plot.after(seconds(5), &[]), Standing::Settled);
}

#[test]
fn a_service_scaled_down_waits_for_the_tasks_that_go() {
    let mut plot = Plot::of(replicated(0));
    let running = [task("a", TaskState::Running)];
    assert_eq!(*plot.during(10, &running), Standing::Waiting);
}

#[test]
fn a_global_service_settles_with_all_its_nodes() {
    let mut plot = Plot::of(spec(json!({"Mode": {"Global": {}}})));
    let on = |node: &str, state| ObservedTask {
        slot: 0,
        node_id: node.to_owned(),
        ..task(node, state)
    };
    let half = [on("n1", TaskState::Running), on("n2", TaskState::Preparing)];
    assert_eq!(*plot.during(20, &half), Standing::Waiting);
    let whole = [on("n1", TaskState::Running), on("n2", TaskState::Running)];
    plot.after(seconds(0), &whole);
    assert_eq!(*plot.after(seconds(5), &whole), Standing::Settled);
}

#[test]
fn a_global_service_that_no_node_takes_fails() {
    let mut plot = Plot::of(spec(json!({"Mode": {"Global": {}}})));
    assert_eq!(*plot.during(14, &[]), Standing::Waiting);
    assert!(why(plot.during(3, &[])).starts_with("no node can take it"));
}

#[test]
fn a_job_has_completed_when_all_its_tasks_of_this_run_have() {
    let text = json!({"Mode": {"ReplicatedJob": {"TotalCompletions": 2, "MaxConcurrent": 1}}});
    let mut plot = Plot::of(spec(text));
    plot.service("web").job_iteration = Some(2);
    let of_run = |run, slot, id: &str| ObservedTask {
        job_iteration: Some(run),
        desired: TaskState::Complete,
        slot,
        ..task(id, TaskState::Complete)
    };
    let tasks = [of_run(1, 1, "a"), of_run(1, 2, "b"), of_run(2, 1, "c")];
    assert_eq!(*plot.after(seconds(1), &tasks), Standing::Waiting);
    let tasks = [of_run(2, 1, "c"), of_run(2, 2, "d")];
    assert_eq!(*plot.after(seconds(1), &tasks), Standing::Completed);
}

#[test]
fn a_job_of_no_runs_has_completed() {
    let text = json!({"Mode": {"ReplicatedJob": {"TotalCompletions": 0, "MaxConcurrent": 0}}});
    let mut plot = Plot::of(spec(text));
    assert_eq!(*plot.after(seconds(1), &[]), Standing::Completed);
}

#[test]
fn a_job_that_is_not_tried_again_fails() {
    let text = json!({"Mode": {"ReplicatedJob": {"TotalCompletions": 1}}});
    let mut plot = Plot::of(spec(text));
    plot.after(seconds(0), &[failed("a", 1)]);
    assert!(why(plot.after(seconds(3), &[failed("a", 1)])).contains("non-zero exit"));
}

#[test]
fn a_constraint_that_no_node_meets_fails() {
    let mut plot = Plot::of(replicated(1));
    assert_eq!(*plot.during(15, &[unplaceable("a")]), Standing::Waiting);
    assert_eq!(
        why(plot.during(1, &[unplaceable("a")])),
        "no node can take it: no suitable node"
    );
}

#[test]
fn a_port_that_the_old_task_still_holds_is_waited_for() {
    let mut plot = Plot::of(replicated(1));
    let going = ObservedTask {
        desired: TaskState::Shutdown,
        ..of_old_spec(task("a", TaskState::Running))
    };
    let tasks = [going, unplaceable("b")];
    assert_eq!(*plot.during(40, &tasks), Standing::Waiting);
    // Once it has gone, waiting for a place counts.
    assert!(why(plot.during(17, &[unplaceable("b")])).starts_with("no node can take it"));
}

#[test]
fn a_service_that_somebody_removed_fails() {
    let mut plot = Plot::of(replicated(1));
    plot.after(seconds(1), &[task("a", TaskState::Running)]);
    plot.lose("web");
    assert_eq!(
        why(plot.after(seconds(1), &[])),
        "the service was removed by somebody else"
    );
}

#[test]
fn a_service_that_somebody_changed_is_not_called_ours() {
    let mut plot = Plot::of(replicated(1));
    plot.after(seconds(1), &[task("a", TaskState::Running)]);
    plot.service("web").template_digest = "theirs".to_owned();
    let theirs = [ObservedTask {
        template_digest: "theirs".to_owned(),
        ..task("b", TaskState::Running)
    }];
    assert!(why(plot.during(10, &theirs)).contains("somebody else"));
}
