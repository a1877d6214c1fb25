//! Reports of tests, signed by who ran them.

use allot_ledger::Digest;

use crate::{
    catalogue::yard::{know, observe},
    hub::TestHub,
    place::Place,
};

const VERSION: &str = "1.1.0+1.1.0";

fn hex(digit: &str) -> String {
    digit.repeat(40)
}

#[tokio::test]
async fn a_report_is_signed_about_exactly_one_commit_and_lies_beside_the_log() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    know(
        &hub,
        "guestbook",
        "https://git.example.org/x.git",
        "A book.",
    );
    observe(&hub, "guestbook", VERSION, &hex("a"), &hex("b"));
    place.until_size(hub.size()).await;
    let report = br#"{"format":1,"verdict":"passed"}"#;
    let sign = async |commit: &str| {
        let tested = ("guestbook", VERSION, commit);
        let report = report.to_vec();
        place
            .federation
            .report_test(tested, true, report, "ada (1000)")
            .await
    };
    let recorded = sign(&hex("a")).await.unwrap();
    assert_eq!(recorded.kind, "test_report");
    let sha256 = Digest::of(report).to_string();
    assert_eq!(hub.inner.texts.lock().unwrap()[&sha256], report.to_vec());
    let size = hub.size();
    let other = sign(&hex("c")).await.unwrap_err();
    assert!(other.to_string().contains(&hex("c")), "{other}");
    assert_eq!(hub.size(), size);
}
