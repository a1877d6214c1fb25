//! Env revisions.

use allot_agent::app::EnvEdit;

use crate::plot::{APP, Plot, somebody};

fn text(text: &str) -> EnvEdit {
    EnvEdit {
        text: Some(text.to_owned()),
        ..EnvEdit::default()
    }
}

#[tokio::test(start_paused = true)]
async fn every_change_is_a_revision_and_old_ones_stay_readable() {
    let plot = Plot::with_app().await;
    assert_eq!(plot.set("GREETING", "one").await.unwrap(), 2);
    assert_eq!(plot.set("GREETING", "two").await.unwrap(), 3);
    let (_, first) = plot.agent.env(APP, 1).unwrap();
    assert!(first.text.contains("GREETING=hello"));
    let (_, _, variables) = plot.agent.read_env(APP, 0).unwrap();
    assert!(variables.contains(&("GREETING".to_owned(), "two".to_owned())));
    assert_eq!(plot.agent.env(APP, 9).unwrap_err().code(), "AL-5015");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_changes_nothing_makes_no_revision() {
    let plot = Plot::with_app().await;
    assert_eq!(plot.set("GREETING", "hello").await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_against_an_older_revision_is_refused() {
    let plot = Plot::with_app().await;
    plot.set("GREETING", "one").await.unwrap();
    let old = plot.agent.edit_env(APP, 1, text("A=b"), somebody()).await;
    assert_eq!(old.unwrap_err().code(), "AL-5013");
    assert_eq!(plot.agent.registry.app(APP).unwrap().env_revision, 2);
}

#[tokio::test(start_paused = true)]
async fn two_edits_at_once_cannot_both_win() {
    let plot = Plot::with_app().await;
    let edit = |to: &str| {
        plot.agent
            .edit_env(APP, 1, text(&format!("TYPE=demo\nA={to}\n")), somebody())
    };
    let (one, two) = tokio::join!(edit("1"), edit("2"));
    assert!(one.is_ok() != two.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_env_is_refused_and_nothing_changes() {
    let plot = Plot::with_app().await;
    for (bad, code) in [
        (format!("A={}", "x".repeat(30_000)), "AL-5014"),
        ("TYPE=other\n".to_owned(), "AL-5025"),
        ("TYPE=demo\nSTACK_NAME=elsewhere\n".to_owned(), "AL-5025"),
        ("A=\"open\n".to_owned(), "AL-1"),
    ] {
        let refused = plot.agent.edit_env(APP, 0, text(&bad), somebody()).await;
        let error = refused.unwrap_err();
        assert!(error.code().starts_with(code), "{error}");
        assert!(error.help().is_some());
    }
    assert_eq!(plot.agent.registry.app(APP).unwrap().env_revision, 1);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_the_index_cannot_hold_never_reaches_the_journal() {
    let plot = Plot::with_app().await;
    // Within the limit as text, beyond it once it is JSON with every quote escaped.
    let long = format!(
        "TYPE=demo\n{}",
        "A='\"\"\"\"\"\"\"\"\"\"\"\"'\n".repeat(1_400)
    );
    assert!(long.len() < 24 * 1024);
    let records = plot.agent.registry.store().health().journal.records;
    plot.agent
        .edit_env(APP, 0, text(&long), somebody())
        .await
        .unwrap_err();
    assert_eq!(
        plot.agent.registry.store().health().journal.records,
        records
    );
    let plot = plot.restart().await;
    assert_eq!(plot.agent.registry.app(APP).unwrap().env_revision, 1);
}

#[tokio::test(start_paused = true)]
async fn the_env_is_held_against_the_sample() {
    let plot = Plot::with_app().await;
    let edit = EnvEdit {
        set: vec![("EXTRA".to_owned(), "1".to_owned())],
        unset: vec!["GREETING".to_owned()],
        ..EnvEdit::default()
    };
    plot.agent.edit_env(APP, 0, edit, somebody()).await.unwrap();
    let checks = plot.agent.check_env(APP, false).await.unwrap();
    let of = |name: &str| checks.iter().find(|c| c.name == name).unwrap();
    assert!(!of("GREETING").present && of("GREETING").sample == "hello");
    assert!(of("EXTRA").present && !of("EXTRA").in_sample);
}
