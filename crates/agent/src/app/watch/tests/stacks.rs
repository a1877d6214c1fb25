//! Services that wait for one another, and the word for them all.

use super::super::{Standing, verdict};
use super::world::*;
use crate::app::model::Outcome;
use crate::engine::{ObservedTask, TaskState};

fn of(service: &str, task: ObservedTask) -> ObservedTask {
    ObservedTask {
        service_id: service.to_owned(),
        id: format!("{service}-{}", task.id),
        ..task
    }
}

fn two() -> Plot {
    Plot::of_many(vec![
        watched("web", &replicated(1)),
        watched("db", &replicated(1)),
    ])
}

#[test]
fn a_service_that_needs_another_one_may_fail_until_that_is_up() {
    let mut plot = two();
    let crashes: Vec<_> = ["a", "b", "c", "d"]
        .map(|id| of("web", failed(id, 1)))
        .into();
    let again = of("web", task("e", TaskState::Ready));
    let starting = of("db", task("1", TaskState::Starting));
    plot.during(
        20,
        &[crashes.clone(), vec![again.clone(), starting]].concat(),
    );
    assert_eq!(*plot.standing_of("web"), Standing::Waiting);

    let up = of("db", task("1", TaskState::Running));
    let tasks = [crashes.clone(), vec![again, up.clone()]].concat();
    plot.during(6, &tasks);
    assert_eq!(*plot.standing_of("db"), Standing::Settled);
    assert_eq!(*plot.standing_of("web"), Standing::Waiting);

    let tasks = [crashes, vec![up, of("web", task("e", TaskState::Running))]].concat();
    plot.during(60, &tasks);
    assert_eq!(*plot.standing_of("web"), Standing::Settled);
    assert_eq!(verdict(&plot.watch, 0).outcome, Outcome::Converged);
}

#[test]
fn a_service_that_still_fails_long_after_the_others_arrived_fails() {
    let mut plot = two();
    let up = of("db", task("1", TaskState::Running));
    plot.during(7, std::slice::from_ref(&up));
    let crashes: Vec<_> = ["a", "b", "c"].map(|id| of("web", failed(id, 1))).into();
    let again = of("web", task("d", TaskState::Ready));
    let tasks = [crashes, vec![again, up]].concat();
    // The database runs, but may not answer yet.
    plot.during(30, &tasks);
    assert_eq!(*plot.standing_of("web"), Standing::Waiting);
    plot.during(11, &tasks);
    let verdict = verdict(&plot.watch, 0);
    assert_eq!(
        (verdict.outcome, verdict.code.as_str()),
        (Outcome::Failed, "AL-5020")
    );
    assert_eq!(verdict.text, "will not run: web");
}

#[test]
fn the_worst_service_decides_and_every_one_is_told() {
    let mut plot = two();
    plot.lose("db");
    plot.during(7, &[of("web", task("1", TaskState::Running))]);
    assert!(plot.watch.is_over());
    let verdict = verdict(&plot.watch, 0);
    assert_eq!(verdict.outcome, Outcome::Failed);
    let outcomes: Vec<_> = verdict.services.iter().map(|s| s.outcome).collect();
    assert_eq!(outcomes, [Outcome::Converged, Outcome::Failed]);
}

#[test]
fn a_stack_that_is_not_over_is_never_called_converged() {
    let plot = two();
    assert_eq!(verdict(&plot.watch, 0).outcome, Outcome::Interrupted);
}

#[test]
fn a_look_is_due_when_the_hold_is_over() {
    let mut plot = two();
    plot.after(seconds(0), &[of("web", task("1", TaskState::Running))]);
    assert!(plot.watch.soonest() <= seconds(5));
}
