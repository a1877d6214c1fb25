//! Replacing the collective's key, whatever happens in between.

use allot_agent::federation::{CollectiveKey, KEY_FILE};
use allot_ledger::{Body, PublicKey, state::prove_rotation};

use crate::{
    hub::TestHub,
    ledgers::{key, slug},
    place::{Place, hasty},
};

async fn counts(place: &Place) -> PublicKey {
    let log = place.federation.log().unwrap();
    let book = log.book().await;
    book.state().collective(&slug("autonomic")).unwrap().key
}

fn here(place: &Place) -> PublicKey {
    place.keys().load().unwrap().unwrap().secret.public()
}

async fn writes(place: &Place) {
    place
        .federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_is_replaced_and_the_agent_writes_with_the_new_one() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    let old = here(&place);
    let rotated = place.federation.rotate_key("ada (1000)").await.unwrap();
    assert_eq!(rotated.recorded.kind, "rotate_key");
    let new = here(&place);
    assert_ne!(new, old);
    assert_eq!(counts(&place).await, new);
    assert_eq!(rotated.key, new.verifier_key("autonomic"));
    assert_eq!(rotated.kept_in, place.keys().path());
    let kept = place.home().path(&format!("{KEY_FILE}.old-1"));
    assert_eq!(CollectiveKey::read(&kept).unwrap().secret.public(), old);
    writes(&place).await;
    place.restart().await;
    place.until_well().await;
    writes(&place).await;
    place
        .until("it witnesses with the new key", |view| {
            !view.witnesses.is_empty()
        })
        .await;
}

#[tokio::test]
async fn another_agent_of_the_collective_is_told_that_its_key_no_longer_counts() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let one = Place::joined_with(&hub, "autonomic", "swarm-1", hasty()).await;
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    one.federation.rotate_key("x").await.unwrap();
    let view = two
        .until("it is told", |view| view.notices.len() >= 2)
        .await;
    let said = |words: &str| view.notices.iter().any(|n| n.text.contains(words));
    assert!(
        said("has another signing key") && said("allot-agent key import"),
        "{view:?}"
    );
    let refused = two.federation.leave("x").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8809");
    let copy = CollectiveKey::read(&one.keys().path()).unwrap();
    two.keys().import(&copy, &one.keys().path()).unwrap();
    writes(&two).await;
}

#[tokio::test]
async fn a_crash_before_the_log_has_the_new_key_leaves_the_old_one_signing() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    let old = here(&place);
    let next = place
        .keys()
        .next(&slug("autonomic"))
        .unwrap()
        .secret
        .public();
    place.restart().await;
    place.until_well().await;
    writes(&place).await;
    assert_eq!((here(&place), counts(&place).await), (old, old));
    place.federation.rotate_key("x").await.unwrap();
    assert_eq!(here(&place), next, "the key of the first try is used");
}

#[tokio::test]
async fn a_crash_after_the_log_has_the_new_key_finds_it_at_the_next_start() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    let next = place.keys().next(&slug("autonomic")).unwrap();
    place.stop().await;
    // The hub took the entry, and the agent died before it saw that.
    {
        let mut ledger = hub.inner.ledger();
        let old = key("autonomic");
        let body = Body::RotateKey {
            key: next.secret.public(),
            proof: prove_rotation(ledger.federation(), &old.public(), &next.secret),
        };
        let envelope = ledger.sign("autonomic", &old, body);
        let now = hub.inner.now();
        ledger.take(envelope, now).unwrap();
    }
    place.start();
    place.until_size(2).await;
    place.until_well().await;
    assert_eq!(here(&place), next.secret.public());
    writes(&place).await;
}

#[tokio::test]
async fn a_key_that_a_resolution_replaced_is_told() {
    let hub = TestHub::found(&["autonomic"]);
    let place = Place::joined(&hub, "autonomic").await;
    let body = Body::RotateKey {
        key: key("new").public(),
        proof: prove_rotation(
            hub.inner.ledger().federation(),
            &key("autonomic").public(),
            &key("new"),
        ),
    };
    {
        let mut ledger = hub.inner.ledger();
        let envelope = ledger.sign("autonomic", &key("autonomic"), body);
        let now = hub.inner.now();
        ledger.take(envelope, now).unwrap();
    }
    hub.inner.wake();
    let view = place
        .until("it is told", |view| view.notices.len() >= 2)
        .await;
    assert!(view.notices[0].text.contains("cannot sign"), "{view:?}");
}
