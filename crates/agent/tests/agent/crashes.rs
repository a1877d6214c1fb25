//! The agent dies in the middle, or its disk does.

use allot_agent::app::{Happened, Outcome};

use crate::plot::{APP, Plot, somebody};

fn last_outcome(plot: &Plot) -> Outcome {
    let history = plot.agent.history(APP, 100).unwrap();
    let operation = history.into_iter().find_map(|h| match h {
        Happened::Operation(operation) => Some(operation),
        Happened::Env(_) => None,
    });
    operation.unwrap().ended.unwrap().verdict.outcome
}

#[test]
fn an_operation_that_a_crash_cut_off_is_called_interrupted() {
    // A runtime that is dropped drops every task where it stands, as the end of a process does.
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let first = runtime();
    let (dir, id) = first.block_on(async {
        let plot = Plot::with_app().await;
        let plan = plot.plan().await.unwrap();
        let live = plot.agent.apply(APP, &plan.hash, somebody()).await.unwrap();
        (plot.dir, live.operation.id.clone())
    });
    drop(first);
    runtime().block_on(async {
        let plot = Plot::on(dir);
        assert_eq!(plot.agent.end_what_was_interrupted().await.unwrap(), 1);
        assert_eq!(last_outcome(&plot), Outcome::Interrupted);
        let ended = plot.agent.registry.operation(&id).unwrap().ended.unwrap();
        assert_eq!(ended.verdict.code, "AL-5023");
        assert!(ended.verdict.help.contains("allot app plan"));
        assert_eq!(plot.agent.end_what_was_interrupted().await.unwrap(), 0);
        // The app is free again.
        plot.generate().await;
        assert_eq!(plot.deploy().await.outcome, Outcome::Converged);
    });
}

#[tokio::test(start_paused = true)]
async fn everything_is_there_again_after_a_restart() {
    let plot = Plot::deployed().await;
    plot.set("GREETING", "good morning").await.unwrap();
    let before = format!("{:?}", plot.agent.history(APP, 100).unwrap());
    let env = plot.agent.env(APP, 0).unwrap();
    let plot = plot.restart().await;
    assert_eq!(
        format!("{:?}", plot.agent.history(APP, 100).unwrap()),
        before
    );
    assert_eq!(plot.agent.env(APP, 0).unwrap(), env);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_take_a_record_with_it() {
    let plot = Plot::with_app().await;
    for round in 0..8 {
        let value = format!("round {round}");
        // Polled once, then dropped: what was handed to the journal is folded all the same.
        let mut edit = Box::pin(plot.set("GREETING", &value));
        let _ = futures::poll!(edit.as_mut());
        drop(edit);
    }
    let revision = plot.set("GREETING", "the end").await.unwrap();
    let plot = plot.restart().await;
    let (app, env) = plot.agent.env(APP, 0).unwrap();
    assert_eq!(app.env_revision, revision);
    assert!(env.text.contains("GREETING=the end") || env.text.contains("the end"));
    let revisions = plot.agent.registry.env_revisions(&app).unwrap();
    assert_eq!(revisions.len() as u64, revision);
}
