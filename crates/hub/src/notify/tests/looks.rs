//! Each thing is told once, and nothing is missed.

use allot_ledger::{
    Body,
    entry::{Choice, Content, Imported, ImportedState, Kind, Size, Text},
};

use super::{
    Reader,
    fed::{Fed, admit, content, hours},
};

const TWO_WEEKS: i64 = 14 * 24;

#[tokio::test]
async fn who_begins_to_listen_does_not_hear_the_history() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    fed.proposes("autonomic", "Old", Kind::Text, hours(24))
        .await;
    fed.pass(hours(30)).await;
    fed.proposes("autonomic", "Under way", Kind::Text, hours(TWO_WEEKS))
        .await;
    let mut reader = Reader::of(&fed).await;
    assert!(reader.look(&fed).await.is_empty());
    fed.proposes("autonomic", "New", Kind::Text, hours(TWO_WEEKS))
        .await;
    assert_eq!(reader.names(&fed).await, ["opened-3"]);
}

#[tokio::test]
async fn each_thing_is_told_once() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A thing", Kind::Text, hours(TWO_WEEKS))
        .await;
    assert_eq!(reader.names(&fed).await, ["opened-1"]);
    assert!(reader.look(&fed).await.is_empty());
    fed.pass(hours(TWO_WEEKS - 72)).await;
    assert_eq!(
        reader.names(&fed).await,
        ["reminder-1-72h", "digest-2026-11-12"]
    );
    assert!(reader.look(&fed).await.is_empty());
    fed.pass(hours(48)).await;
    assert_eq!(
        reader.names(&fed).await,
        ["reminder-1-24h", "digest-2026-11-14"]
    );
    fed.pass(hours(24)).await;
    assert_eq!(reader.names(&fed).await, ["closed-1"]);
    assert!(reader.look(&fed).await.is_empty());
    // It ended at the very moment of the look, so that it is in the next digest.
    fed.pass(hours(24)).await;
    assert_eq!(reader.names(&fed).await, ["digest-2026-11-16"]);
    fed.pass(hours(24)).await;
    assert!(reader.look(&fed).await.is_empty());
}

#[tokio::test]
async fn what_happened_while_nobody_looked_is_told_and_what_is_old_is_not() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "Long gone", Kind::Text, hours(24))
        .await;
    fed.pass(hours(10 * 24)).await;
    fed.proposes("autonomic", "Just missed", Kind::Text, hours(24))
        .await;
    fed.proposes("autonomic", "Just open", Kind::Text, hours(TWO_WEEKS))
        .await;
    fed.pass(hours(30)).await;
    let told = reader.names(&fed).await;
    assert_eq!(told, ["closed-2", "opened-3", "digest-2026-11-12"]);
}

#[tokio::test]
async fn drafts_and_what_was_before_the_log_are_not_told() {
    let fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    let resolutions = vec![Imported {
        number: 40,
        title: "Before the log".to_owned(),
        size: Some(Size::Large),
        state: ImportedState::Passed,
        date: String::new(),
        deadline: String::new(),
        passed_on: String::new(),
        text: Text::Inline("Was.".to_owned()),
    }];
    fed.does("autonomic", Body::Import { resolutions }).await;
    let draft = |title| Body::Draft(content(title, Kind::Text, "Not yet."));
    fed.does("autonomic", draft("Taken back")).await;
    fed.does("autonomic", draft("Opened later")).await;
    assert!(reader.look(&fed).await.is_empty());
    let reason = "no".to_owned();
    let resolution = 41;
    fed.does("autonomic", Body::Withdraw { resolution, reason })
        .await;
    let propose = Body::Propose {
        draft: Some(42),
        content: content("Opened later", Kind::Text, "Now."),
        deadline: fed.now + hours(TWO_WEEKS),
    };
    fed.does("autonomic", propose).await;
    assert_eq!(reader.names(&fed).await, ["opened-42"]);
}

#[tokio::test]
async fn a_small_decision_is_told_as_written_down() {
    let fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    let content = Content {
        size: Size::Small,
        ..*content("Updated the docs", Kind::Text, "Done.")
    };
    let propose = Body::Propose {
        draft: None,
        content: Box::new(content),
        deadline: fed.now + hours(TWO_WEEKS),
    };
    fed.does("autonomic", propose).await;
    let told = reader.look(&fed).await;
    let plain = super::message(&told[0]).plain;
    assert_eq!(
        plain,
        "Resolution 001 was written down: Updated the docs\nSmall, by autonomic."
    );
}

#[tokio::test]
async fn of_several_reminders_only_the_last_is_told() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A thing", Kind::Text, hours(TWO_WEEKS))
        .await;
    reader.look(&fed).await;
    fed.pass(hours(TWO_WEEKS - 10)).await;
    let told = reader.names(&fed).await;
    assert_eq!(told, ["reminder-1-24h", "digest-2026-11-14"]);
    assert!(reader.look(&fed).await.is_empty());
}

#[tokio::test]
async fn a_vote_shorter_than_a_reminder_is_only_announced() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A hurry", Kind::Text, hours(40))
        .await;
    assert_eq!(reader.names(&fed).await, ["opened-1"]);
    fed.pass(hours(1)).await;
    assert!(reader.look(&fed).await.is_empty());
    fed.pass(hours(15)).await;
    assert_eq!(reader.names(&fed).await, ["reminder-1-24h"]);
}

#[tokio::test]
async fn nobody_is_reminded_once_everybody_has_voted() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.pass(hours(1)).await;
    let number = fed
        .proposes("autonomic", "A thing", Kind::Text, hours(100))
        .await;
    reader.look(&fed).await;
    for who in ["autonomic", "local-it"] {
        fed.votes(who, number, Choice::Abstain, None).await;
    }
    fed.pass(hours(90)).await;
    let told = reader.names(&fed).await;
    assert_eq!(told, ["digest-2026-11-04"]);
}

#[tokio::test]
async fn who_is_no_member_any_more_is_not_waited_for() {
    let mut fed = Fed::of(&["autonomic", "local-it", "sutty"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.pass(hours(1)).await;
    let number = fed
        .proposes("autonomic", "A thing", Kind::Text, hours(100))
        .await;
    fed.votes("autonomic", number, Choice::For, None).await;
    fed.votes("local-it", number, Choice::For, None).await;
    fed.does("sutty", Body::Leave).await;
    reader.look(&fed).await;
    fed.pass(hours(90)).await;
    let told = reader.look(&fed).await;
    assert_eq!(told.len(), 1);
    let plain = super::message(&told[0]).plain;
    assert!(
        plain.contains("sutty left") && !plain.contains("Waiting"),
        "{plain}"
    );
}

#[tokio::test]
async fn digests_that_were_missed_are_one() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    fed.applies("mirnet").await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes(
        "autonomic",
        "Let mirnet in",
        admit("mirnet"),
        hours(TWO_WEEKS),
    )
    .await;
    reader.look(&fed).await;
    for _ in 0..5 {
        fed.pass(hours(24)).await;
    }
    assert_eq!(reader.names(&fed).await, ["digest-2026-11-06"]);
    assert!(reader.look(&fed).await.is_empty());
}

#[tokio::test]
async fn a_day_without_anything_has_no_digest() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    for _ in 0..3 {
        fed.pass(hours(24)).await;
        assert!(reader.look(&fed).await.is_empty());
    }
}

#[tokio::test]
async fn what_happens_at_the_moment_of_a_digest_is_in_one_of_two() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.pass(hours(24)).await;
    fed.applies("mirnet").await;
    let first = reader.names(&fed).await;
    fed.applies("amras").await;
    fed.pass(hours(24)).await;
    let second = reader.look(&fed).await;
    assert!(first.is_empty(), "{first:?}");
    let plain = super::message(&second[0]).plain;
    assert!(plain.contains("- amras\n- mirnet"), "{plain}");
}

#[tokio::test]
async fn who_came_and_who_went_is_in_the_digest() {
    let mut fed = Fed::of(&["autonomic", "local-it", "sutty"]).await;
    fed.applies("mirnet").await;
    let mut reader = Reader::of(&fed).await;
    let exclude = Kind::Exclude {
        collective: "sutty".parse().unwrap(),
    };
    for kind in [admit("mirnet"), exclude] {
        let number = fed.proposes("autonomic", "A thing", kind, hours(2)).await;
        for who in ["autonomic", "local-it"] {
            fed.votes(who, number, Choice::For, None).await;
        }
    }
    fed.pass(hours(24)).await;
    let told = reader.look(&fed).await;
    let plain = super::message(told.last().unwrap()).plain;
    let members = "Members\n- mirnet was admitted\n- sutty was excluded";
    assert!(plain.contains(members), "{plain}");
}
