//! Updates and rollbacks, as far as the engine drives them.

use serde_json::json;

use super::super::Standing;
use super::world::*;
use crate::engine::{ObservedTask, TaskState, UpdateState};

#[test]
fn an_update_under_way_is_waited_for_even_when_all_tasks_run() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    let running = [task("a", TaskState::Running)];
    assert_eq!(*plot.during(40, &running), Standing::Waiting);
    // The engine has monitored it; nobody needs to do that again.
    plot.engine_says(UpdateState::Completed);
    assert_eq!(*plot.after(seconds(1), &running), Standing::Settled);
}

#[test]
fn a_completed_update_of_before_is_not_taken_for_this_one() {
    let stale = update(UpdateState::Completed);
    let watch = watched("web", &replicated(1)).with_past(Some(stale), []);
    let mut plot = Plot::of_many(vec![watch]);
    plot.engine_says(UpdateState::Completed);
    let running = [task("a", TaskState::Running)];
    assert_eq!(*plot.after(seconds(0), &running), Standing::Waiting);
    assert_eq!(*plot.after(seconds(5), &running), Standing::Settled);
}

#[test]
fn a_rollback_of_before_is_not_taken_for_this_one() {
    let stale = update(UpdateState::RollbackCompleted);
    let watch = watched("web", &replicated(1)).with_past(Some(stale), []);
    let mut plot = Plot::of_many(vec![watch]);
    plot.engine_says(UpdateState::RollbackCompleted);
    assert_eq!(
        *plot.after(seconds(1), &[task("a", TaskState::Preparing)]),
        Standing::Waiting
    );
}

#[test]
fn old_tasks_that_run_on_are_not_the_new_ones() {
    let mut plot = Plot::of(replicated(1));
    let old = [of_old_spec(task("a", TaskState::Running))];
    assert_eq!(*plot.during(30, &old), Standing::Waiting);
    assert_eq!(plot.watch.services[0].running, 0);
}

#[test]
fn an_old_task_that_is_still_wanted_keeps_the_new_one_from_settling() {
    let mut plot = Plot::of(replicated(1));
    let both = [
        of_old_spec(task("a", TaskState::Running)),
        task("b", TaskState::Running),
    ];
    assert_eq!(*plot.during(30, &both), Standing::Waiting);
}

#[test]
fn a_paused_update_fails_at_once_with_the_tasks_error() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    plot.after(seconds(1), &[failed("a", 1)]);
    plot.engine_says(UpdateState::Paused);
    assert_eq!(
        why(plot.after(seconds(1), &[failed("a", 1)])),
        "the engine paused the update: task: non-zero exit (1)"
    );
}

#[test]
fn a_rollback_is_waited_for_and_is_no_success() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    plot.after(seconds(1), &[failed("a", 1)]);
    plot.service("web").template_digest = OLD.to_owned();
    plot.engine_says(UpdateState::RollbackStarted);
    let old = [failed("a", 1), of_old_spec(task("b", TaskState::Running))];
    assert_eq!(*plot.during(30, &old), Standing::Waiting);
    plot.engine_says(UpdateState::RollbackCompleted);
    let standing = plot.after(seconds(1), &old).clone();
    assert!(matches!(standing, Standing::RolledBack(_)));
    assert_eq!(
        why(&standing),
        "the engine put the old spec back: task: non-zero exit (1)"
    );
}

#[test]
fn a_rollback_is_over_when_the_old_tasks_run_again() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    plot.after(seconds(1), &[failed("a", 1)]);
    plot.service("web").template_digest = OLD.to_owned();
    plot.engine_says(UpdateState::RollbackCompleted);
    let old = |state| [failed("a", 1), of_old_spec(task("b", state))];
    let standing = plot.during(20, &old(TaskState::Assigned));
    assert_eq!(*standing, Standing::Waiting);
    let standing = plot.after(seconds(1), &old(TaskState::Running));
    assert!(matches!(standing, Standing::RolledBack(_)));
}

#[test]
fn a_rollback_to_what_does_not_run_either_fails() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    plot.after(seconds(1), &[failed("a", 1)]);
    plot.service("web").template_digest = OLD.to_owned();
    plot.engine_says(UpdateState::RollbackCompleted);
    let tasks = [failed("a", 1), of_old_spec(task("b", TaskState::Assigned))];
    assert!(why(plot.during(32, &tasks)).contains("does not run either"));
}

#[test]
fn a_rollback_that_fails_too_fails() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::RollbackPaused);
    assert!(why(plot.after(seconds(1), &[])).starts_with("the engine's rollback failed too"));
}

#[test]
fn an_update_that_the_engine_judges_is_left_to_the_engine() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    let tasks = [failed("a", 1), failed("b", 1), failed("c", 1)];
    assert_eq!(*plot.during(10, &tasks), Standing::Waiting);
}

#[test]
fn an_update_that_goes_on_whatever_happens_is_judged_by_us() {
    let text = json!({"UpdateConfig": {"FailureAction": "continue"}});
    let mut plot = Plot::of(spec(text));
    plot.engine_says(UpdateState::Updating);
    let tasks = [failed("a", 1), failed("b", 1), failed("c", 1)];
    assert!(why(plot.after(seconds(1), &tasks)).contains("failed 3 times"));
}

#[test]
fn an_update_that_hangs_times_out() {
    let mut plot = Plot::of(replicated(1));
    plot.engine_says(UpdateState::Updating);
    assert!(matches!(
        plot.during(62, &[unplaceable("a")]),
        Standing::TimedOut(_)
    ));
}

#[test]
fn failures_of_the_old_spec_do_not_count() {
    let mut plot = Plot::of(replicated(1));
    let old: Vec<ObservedTask> = ["a", "b", "c", "d"]
        .map(|id| of_old_spec(failed(id, 1)))
        .into();
    let tasks = [old, vec![task("e", TaskState::Running)]].concat();
    plot.after(seconds(0), &tasks);
    assert_eq!(*plot.after(seconds(5), &tasks), Standing::Settled);
    assert!(plot.watch.services[0].failed_tasks.is_empty());
}
