//! Joining a federation and following its log.

use allot_agent::federation::{EntryQuery, FederationError};
use allot_proto::ErrorKind;
use allot_replica::{JOURNAL_DIR, Replica};

use crate::{
    hub::TestHub,
    ledgers::{key, slug},
    place::{Place, hasty},
};

#[tokio::test]
async fn an_agent_in_no_federation_opens_nothing_and_says_so() {
    let hub = TestHub::found(&["autonomic"]);
    let place = Place::new(hub.inner.clock.clone(), hasty());
    let refused = place.federation.view().await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("AL-8801", ErrorKind::Precondition)
    );
    let refused = place.federation.leave("somebody").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8801");
    assert!(!place.dir.path().join("federation").exists());
    assert!(place.federation.outside().key.is_none());
}

#[tokio::test]
async fn an_agent_joins_and_has_the_whole_log_when_joining_ends() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 250);
    let place = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let joined = place.join(&hub.invite("autonomic"), "").await.unwrap();
    assert_eq!(joined.size, 251);
    assert_eq!(joined.agent, "plot-example", "named after its server");
    assert_eq!(
        (joined.federation.as_str(), joined.members),
        ("coopcloud-test", 2)
    );
    let view = place.view().await;
    assert_eq!(view.root, Some(hub.root()));
    assert!(view.is_reachable && view.problem.is_none(), "{view:?}");
    assert!(
        view.notices.is_empty(),
        "what was written before is no news: {:?}",
        view.notices
    );
    hub.grow("sutty", 1);
    place.until_size(252).await;
}

#[tokio::test]
async fn a_log_goes_on_after_a_break_without_repeat_or_gap() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    for round in 0..3 {
        hub.grow("sutty", 3);
        place.until_size(hub.size()).await;
        hub.stop();
        place.until_away().await;
        hub.grow("sutty", 150);
        if round == 1 {
            place.restart().await;
        }
        hub.start();
        let view = place.until_size(hub.size()).await;
        assert_eq!(view.root, Some(hub.root()));
    }
    let from = hub.followed();
    assert!(from.is_sorted(), "no entry is asked for twice: {from:?}");
    let log = place.federation.log().unwrap();
    let mut own = Vec::new();
    while own.len() < hub.leaves().len() {
        own.extend(log.leaves(own.len() as u64).await.unwrap());
    }
    assert_eq!(own, hub.leaves());
}

#[tokio::test]
async fn without_a_hub_the_log_is_read_and_nothing_is_queued() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 5);
    let mut place = Place::joined(&hub, "autonomic").await;
    hub.stop();
    place.restart().await;
    let view = place.until("the log is open", |view| view.size == 6).await;
    assert!(!view.is_reachable);
    let problem = place.until_away().await.hub_problem;
    let away = place
        .until("it is said", |view| view.hub_problem.is_some())
        .await;
    assert_eq!(away.hub_problem.unwrap().code, "AL-8802", "{problem:?}");
    let query = EntryQuery::default();
    assert_eq!(place.federation.entries(&query).await.unwrap().0.len(), 6);
    let refused = place
        .federation
        .set_profile("A".into(), String::new(), "x")
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("AL-8802", ErrorKind::Unavailable)
    );
    hub.start();
    place.until_well().await;
    assert_eq!(hub.size(), 6, "nothing was kept for later");
    place
        .federation
        .set_profile("B".into(), String::new(), "x")
        .await
        .unwrap();
    assert_eq!(hub.size(), 7);
}

#[tokio::test]
async fn a_damaged_copy_is_set_aside_and_fetched_anew() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 20);
    let mut place = Place::joined(&hub, "autonomic").await;
    // Durable records after the damage: else it is a torn end, which is cut off.
    for size in 22..=41 {
        hub.grow("sutty", 1);
        place.until_size(size).await;
    }
    place.stop().await;
    let journal = place.home().ledger().join(JOURNAL_DIR).join("journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    // In the middle of an entry in the middle.
    let entry = b"\"payloadType\"";
    let mut starts = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(entry));
    let middle = starts.nth(10).unwrap();
    bytes[middle] ^= 0xff;
    std::fs::write(&journal, bytes).unwrap();
    place.start();
    let view = place.until_size(41).await;
    assert_eq!(view.root, Some(hub.root()));
    assert!(
        place
            .dir
            .path()
            .join("federation/ledger.damaged-1")
            .exists()
    );
    let told = view
        .notices
        .iter()
        .any(|notice| notice.text.contains("ledger.damaged-1"));
    assert!(told, "{:?}", view.notices);
}

#[tokio::test]
async fn a_copy_that_lost_its_end_gets_it_back() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 10);
    let mut place = Place::joined(&hub, "autonomic").await;
    place.stop().await;
    let ledger = place.home().ledger();
    std::fs::remove_dir_all(&ledger).unwrap();
    let part = Replica::create(&ledger, hub.leaves()[0].clone())
        .await
        .unwrap();
    let mut pen = part.pen().await;
    pen.fold(&hub.leaves()[1]).unwrap();
    pen.keep().await.unwrap();
    drop(part);
    hub.grow("sutty", 300);
    place.start();
    let view = place.until_size(311).await;
    assert_eq!(view.root, Some(hub.root()));
    place.until_well().await;
}

#[tokio::test]
async fn a_second_invite_of_the_same_federation_brings_an_agent_back() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    hub.grow("sutty", 3);
    place.until_size(4).await;
    hub.evict("autonomic", "swarm-1");
    let view = place.until_away().await;
    let code = place
        .until("why is said", |v| v.hub_problem.is_some())
        .await;
    assert!(
        ["AL-8207", "AL-8208"].contains(&&*code.hub_problem.unwrap().code),
        "{view:?}"
    );
    let refused = place.federation.leave("x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "{refused}");
    place
        .join(&hub.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    let view = place.until_well().await;
    assert_eq!(view.size, 4);
    assert!(hub.followed().last() >= Some(&4), "the copy was kept");
}

#[tokio::test]
async fn an_invite_for_another_collective_or_federation_is_refused_before_it_is_spent() {
    let (hub, other) = (
        TestHub::found(&["autonomic", "sutty"]),
        TestHub::found(&["autonomic"]),
    );
    let place = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let theirs = hub.invite("sutty");
    let refused = place.join(&theirs, "a").await.unwrap_err();
    assert!(
        matches!(refused, FederationError::OtherCollective { .. }),
        "{refused}"
    );
    place.join(&hub.invite("autonomic"), "a").await.unwrap();
    let elsewhere = other.invite("autonomic");
    let refused = place.join(&elsewhere, "a").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8806");
    let spent = |hub: &TestHub, invite: &allot_identity::invite::Invite| {
        !hub.inner
            .invites
            .lock()
            .unwrap()
            .contains_key(invite.secret.expose())
    };
    assert!(!spent(&hub, &theirs) && !spent(&other, &elsewhere));
    let refused = place
        .federation
        .join("allot1nonsense", "", "x")
        .await
        .unwrap_err();
    assert!(refused.code().starts_with("AL-83"), "{refused}");
}

#[tokio::test]
async fn an_agent_without_its_collectives_key_reads_and_says_that_it_cannot_sign() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::new(hub.inner.clock.clone(), hasty());
    place
        .join(&hub.invite("autonomic"), "reader")
        .await
        .unwrap();
    let view = place.view().await;
    assert!(
        view.notices[0].text.contains("cannot sign"),
        "{:?}",
        view.notices
    );
    let refused = place.federation.leave("x").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8808");
    // A key that is not the one that counts is no better.
    place.give_key("sutty");
    std::fs::remove_file(place.keys().path()).unwrap();
    let wrong = key("somebody").public().verifier_key("autonomic");
    let text = format!("{wrong}\n{}\n", key("somebody").to_hex());
    std::fs::write(place.keys().path(), text).unwrap();
    let refused = place.federation.leave("x").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8809");
    assert!(
        refused.help().unwrap().contains("allot-agent key import"),
        "{refused}"
    );
    assert_eq!(place.view().await.collective, slug("autonomic"));
}

#[tokio::test]
async fn l9_a_log_goes_on_at_a_new_hub_once_enough_members_accept_it() {
    let founders = ["autonomic", "sutty"];
    let mut old = TestHub::found(&founders);
    old.grow("sutty", 3);
    let one = Place::joined(&old, "autonomic").await;
    let two = Place::joined(&old, "sutty").await;
    for place in [&one, &two] {
        place
            .until("it is witnessed", |view| view.witnessed_size == 4)
            .await;
    }
    let (hub, digest) = TestHub::recover(&old, &founders);
    old.stop();
    one.join(&hub.invite("autonomic"), "swarm-1").await.unwrap();
    let view = one.until_size(5).await;
    assert!(view.problem.is_none(), "{view:?}");
    let told = view
        .notices
        .iter()
        .any(|notice| notice.text.contains("accept-hub"));
    assert!(told, "{:?}", view.notices);
    let refused = one
        .federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8426", "nothing else is taken");
    let refused = one
        .federation
        .accept_hub(&"0".repeat(64), "x")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8427");
    one.federation
        .accept_hub(&digest.to_string(), "x")
        .await
        .unwrap();
    two.join(&hub.invite("sutty"), "swarm-1").await.unwrap();
    two.federation
        .accept_hub(&digest.to_string(), "x")
        .await
        .unwrap();
    one.until_size(7).await;
    one.federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap();
    let view = one
        .until("it is witnessed again", |view| view.witnessed_size == 8)
        .await;
    assert_eq!(view.root, Some(hub.root()));
    // A lost hub that comes back has nothing to say any more.
    let older = one
        .federation
        .compare(&old.copy(4).checkpoint(4).to_string())
        .await
        .unwrap();
    assert_eq!(older.verdict.name(), "older");
}
