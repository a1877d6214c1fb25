//! What people and programs read, as goldens.

use allot_ledger::{
    Body,
    entry::{Choice, Kind},
};
use insta::assert_snapshot;

use super::{
    super::{notice::Notice, text::one_line},
    Reader,
    fed::{Fed, admit, hours},
    message,
};

/// Everything that goes out of a notice.
fn all(notice: &Notice) -> String {
    let message = message(notice);
    let json: serde_json::Value = serde_json::from_str(&message.json).unwrap();
    assert_eq!(json["text"], message.plain);
    let json = serde_json::to_string_pretty(&json).unwrap();
    format!("{}\n\n{}\n\n{json}", message.plain, message.html)
}

async fn four() -> Fed {
    Fed::of(&["autonomic", "local-it", "merri-bek", "sutty"]).await
}

/// The only one that is told.
async fn one(reader: &mut Reader, fed: &Fed) -> Notice {
    let mut told = reader.look(fed).await;
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

#[tokio::test]
async fn a_vote_that_begins() {
    let fed = four().await;
    fed.applies("mirnet").await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes(
        "autonomic",
        "Let <mirnet> & co. in",
        admit("mirnet"),
        hours(14 * 24),
    )
    .await;
    assert_snapshot!(all(&one(&mut reader, &fed).await));
}

#[tokio::test]
async fn a_vote_that_begins_at_short_notice() {
    let fed = four().await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("sutty", "A new logo", Kind::Text, hours(7 * 24))
        .await;
    assert_snapshot!(message(&one(&mut reader, &fed).await).plain);
}

#[tokio::test]
async fn a_deadline_that_comes() {
    let mut fed = four().await;
    let number = fed
        .proposes("sutty", "A new logo", Kind::Text, hours(75))
        .await;
    fed.votes("sutty", number, Choice::For, None).await;
    fed.votes("local-it", number, Choice::Abstain, None).await;
    let mut reader = Reader::of(&fed).await;
    fed.pass(hours(4)).await;
    assert_snapshot!(all(&one(&mut reader, &fed).await));
}

#[tokio::test]
async fn a_vote_that_was_blocked() {
    let mut fed = four().await;
    let mut reader = Reader::of(&fed).await;
    let number = fed
        .proposes("sutty", "A new logo", Kind::Text, hours(10))
        .await;
    fed.votes("sutty", number, Choice::For, None).await;
    let why = "The old one is\nstill in <use>.";
    fed.votes("local-it", number, Choice::Against, Some(why))
        .await;
    fed.pass(hours(10)).await;
    assert_snapshot!(all(&one(&mut reader, &fed).await));
}

#[tokio::test]
async fn a_vote_that_passed_without_effect() {
    let mut fed = four().await;
    let mut reader = Reader::of(&fed).await;
    let exclude = Kind::Exclude {
        collective: "sutty".parse().unwrap(),
    };
    let number = fed
        .proposes("local-it", "Without sutty", exclude, hours(10))
        .await;
    for who in ["autonomic", "local-it", "merri-bek"] {
        fed.votes(who, number, Choice::For, None).await;
    }
    fed.does("sutty", Body::Leave).await;
    fed.pass(hours(10)).await;
    assert_snapshot!(message(&one(&mut reader, &fed).await).plain);
}

#[tokio::test]
async fn a_vote_that_was_withdrawn() {
    let fed = four().await;
    let mut reader = Reader::of(&fed).await;
    let resolution = fed
        .proposes("sutty", "A new logo", Kind::Text, hours(10))
        .await;
    let reason = "We found a better one.".to_owned();
    fed.does("sutty", Body::Withdraw { resolution, reason })
        .await;
    assert_snapshot!(message(&one(&mut reader, &fed).await).plain);
}

#[tokio::test]
async fn a_day() {
    let mut fed = four().await;
    for name in ["mirnet", "amras"] {
        fed.applies(name).await;
    }
    let mirnet = fed
        .proposes("autonomic", "Let mirnet in", admit("mirnet"), hours(24))
        .await;
    for who in ["autonomic", "local-it", "merri-bek"] {
        fed.votes(who, mirnet, Choice::For, None).await;
    }
    fed.pass(hours(20)).await;
    let mut reader = Reader::of(&fed).await;
    fed.pass(hours(1)).await;
    let logo = fed
        .proposes("sutty", "A new logo", Kind::Text, hours(14 * 24))
        .await;
    fed.votes("sutty", logo, Choice::For, None).await;
    fed.applies("red-abya-yala").await;
    fed.does("merri-bek", Body::Leave).await;
    fed.pass(hours(24)).await;
    let told = reader.look(&fed).await;
    assert_snapshot!(all(told.last().unwrap()));
}

#[tokio::test]
async fn what_is_largest_fits_into_an_event_of_matrix() {
    let members = ["autonomic", "local-it", "merri-bek", "sutty"];
    let mut fed = Fed::of(&members).await;
    let mut reader = Reader::of(&fed).await;
    for (who, sign) in members.iter().zip(["\"", "&", "🌱", "'"]) {
        for _ in 0..20 {
            fed.proposes(who, &sign.repeat(200), Kind::Text, hours(30))
                .await;
        }
    }
    for number in 1..=60 {
        let why = "🌱".repeat(1_000);
        fed.votes("sutty", number, Choice::Against, Some(&why))
            .await;
    }
    fed.pass(hours(24)).await;
    let mut told = reader.look(&fed).await;
    fed.pass(hours(24)).await;
    told.extend(reader.look(&fed).await);
    assert!(told.len() > 150, "{}", told.len());
    for notice in told {
        let message = message(&notice);
        // An event has at most 65,536 bytes, with what the homeserver adds to it.
        let bytes = message.plain.len() + message.html.len();
        assert!(bytes < 60_000, "{}: {bytes}", notice.id);
    }
}

#[test]
fn what_people_write_stays_in_its_line() {
    for (text, most, line) in [
        ("plain", 80, "plain"),
        (" a\n b\r\n\tc ", 80, "a b c"),
        ("a\u{202e}b \u{7}c\u{2066}", 80, "ab c"),
        ("ääääää", 4, "äää…"),
        ("ääää", 4, "ääää"),
        ("", 4, ""),
    ] {
        assert_eq!(one_line(text, most), line);
    }
}
