//! Reports of tests, signed by who ran them.

use crate::{hub::TestHub, ledgers::key, place::Place};
use allot_ledger::{
    Author, Body, Digest, Entry, Envelope,
    entry::{DocumentRef, Seen},
};

const VERSION: &str = "1.1.0+1.1.0";

fn hex(digit: &str) -> String {
    digit.repeat(40)
}

/// The hub sees a version of a recipe.
fn observe(hub: &TestHub) {
    let document = DocumentRef::of(b"{}").unwrap();
    let seen = Seen {
        version: VERSION.parse().unwrap(),
        commit: hex("a").parse().unwrap(),
        tree: hex("b").parse().unwrap(),
        document,
    };
    let recipe = || "guestbook".parse().unwrap();
    let bodies = [
        Body::Recipe {
            recipe: recipe(),
            about: document,
        },
        Body::Observe {
            recipe: recipe(),
            versions: vec![seen],
        },
    ];
    let now = hub.inner.now();
    for body in bodies {
        let mut ledger = hub.inner.ledger();
        let entry = Entry {
            federation: ledger.federation().to_string(),
            author: Author::Hub,
            seq: ledger.book.state().next_seq(&Author::Hub),
            at: now,
            body,
        };
        let envelope = Envelope::sign(&entry, &key("entries")).unwrap();
        ledger.take(envelope, now).unwrap();
    }
    hub.inner.wake();
}

#[tokio::test]
async fn a_report_is_signed_about_exactly_one_commit_and_lies_beside_the_log() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    observe(&hub);
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
