//! A false hub: whoever has a copy of the log can go on with it and send invites. There is always a way back.

use crate::{
    hub::TestHub,
    place::{Place, hasty},
};

const FOUNDERS: [&str; 2] = ["autonomic", "sutty"];

/// A hub with a log, and an agent that has all of it.
async fn true_hub() -> (TestHub, Place) {
    let hub = TestHub::found(&FOUNDERS);
    hub.grow("sutty", 5);
    let place = Place::joined(&hub, "autonomic").await;
    place.until_size(6).await;
    (hub, place)
}

/// One with the same log and another CA, and no word of it in the log.
fn proxy(hub: &TestHub) -> TestHub {
    let proxy = TestHub::found(&FOUNDERS);
    proxy.swap(hub.copy(hub.size()));
    proxy
}

/// The agent follows a hub, takes all that it has, and can write there.
async fn is_at(place: &Place, hub: &TestHub) {
    hub.grow("sutty", 1);
    place.until_size(hub.size()).await;
    let view = place.until_well().await;
    assert_eq!(
        (view.hub, view.root),
        (hub.address.to_string(), Some(hub.root()))
    );
    let name = format!("A {}", hub.size());
    let written = place.federation.set_profile(name, String::new(), "x").await;
    written.unwrap();
}

fn is_kept(place: &Place) -> bool {
    let left = |name: &str| place.home().path(name).exists();
    assert!(!left("before.new") && !left("before.back") && !left("before.gone"));
    left("before")
}

#[tokio::test]
async fn a_false_hub_is_rejected_and_the_true_one_is_followed_again() {
    let (hub, mut place) = true_hub().await;
    let (forged, _) = TestHub::recover(&hub, &FOUNDERS);
    place
        .join(&forged.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    place.until_size(7).await;
    assert!(is_kept(&place));
    place.restart().await;
    place.until_well().await;
    let back = place.federation.reject_hub().await.unwrap();
    assert_eq!(back, hub.address.to_string());
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
    place.restart().await;
    is_at(&place, &hub).await;
    let again = place.federation.reject_hub().await.unwrap_err();
    assert_eq!(again.code(), "AL-8827");
    let told = place.view().await.notices;
    assert!(told.iter().any(|notice| notice.text.contains("rejected")));
}

#[tokio::test]
async fn an_invite_of_the_true_hub_is_a_way_back_too() {
    let (hub, place) = true_hub().await;
    let (forged, _) = TestHub::recover(&hub, &FOUNDERS);
    place
        .join(&forged.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    place
        .join(&hub.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
    // A second false hub does not even go on with what the first one wrote.
    let forgers = [(); 2].map(|()| TestHub::recover(&hub, &FOUNDERS).0);
    let invites = forgers.each_ref().map(|hub| hub.invite("autonomic"));
    place.join(&invites[0], "swarm-1").await.unwrap();
    let refused = place.join(&invites[1], "swarm-1").await.unwrap_err();
    assert!(refused.is_distrust(), "{refused}");
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
}

#[tokio::test]
async fn an_agent_that_died_while_it_went_back_is_back() {
    let (hub, mut place) = true_hub().await;
    let (forged, _) = TestHub::recover(&hub, &FOUNDERS);
    place
        .join(&forged.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    place.stop().await;
    let (kept, back) = (
        place.home().path("before"),
        place.home().path("before.back"),
    );
    std::fs::rename(kept, &back).unwrap();
    // It was decided, and the log was moved.
    std::fs::remove_dir_all(place.home().ledger()).unwrap();
    std::fs::rename(back.join("ledger"), place.home().ledger()).unwrap();
    place.start();
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
}

#[tokio::test]
async fn nothing_is_kept_once_enough_members_have_accepted_the_new_hub() {
    let (mut hub, place) = true_hub().await;
    let other = Place::joined(&hub, "sutty").await;
    other.until_size(6).await;
    let (new, digest) = TestHub::recover(&hub, &FOUNDERS);
    hub.stop();
    for (place, name) in [(&place, "autonomic"), (&other, "sutty")] {
        place.join(&new.invite(name), "swarm-1").await.unwrap();
        assert!(is_kept(place));
        let accepted = place.federation.accept_hub(&digest.to_string(), "x").await;
        accepted.unwrap();
    }
    for place in [&place, &other] {
        is_at(place, &new).await;
        place
            .until("nothing is kept", |_| !place.home().path("before").exists())
            .await;
        let refused = place.federation.reject_hub().await.unwrap_err();
        assert_eq!(refused.code(), "AL-8827");
    }
}

#[tokio::test]
async fn a_hub_whose_ca_the_log_does_not_name_is_refused_at_joining() {
    let (hub, place) = true_hub().await;
    let proxy = proxy(&hub);
    let new = Place::of("sutty", Default::default(), hasty());
    let refused = new.join(&proxy.invite("sutty"), "a").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8826", "{refused}");
    assert_eq!(new.federation.view().await.unwrap_err().code(), "AL-8801");
    // A member is back where it was.
    let refused = place.join(&proxy.invite("autonomic"), "swarm-1").await;
    assert_eq!(refused.unwrap_err().code(), "AL-8826");
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
}

#[tokio::test]
async fn nothing_is_written_or_cosigned_through_a_hub_whose_ca_the_log_does_not_name() {
    let (hub, mut place) = true_hub().await;
    let mut ledger = hub.copy(6);
    // The log says that another one is the hub now.
    let other = allot_ledger::Digest::of(b"another CA");
    ledger.replace_hub(other, hub.inner.now());
    hub.swap(ledger);
    for _ in 0..2 {
        place.until_problem("AL-8826").await;
        let refused = place.federation.leave("x").await.unwrap_err();
        assert_eq!(refused.code(), "AL-8826", "{refused}");
        place.restart().await;
    }
    let cosigned = hub.inner.cosignatures.lock().unwrap().clone();
    assert!(cosigned.iter().all(|(size, _)| *size < 7), "{cosigned:?}");
    assert_eq!(hub.size(), 7);
}

/// A hub of three, and an agent that has seen an entry of its own which the hub that takes over does not have.
async fn lost_hub() -> (TestHub, Place) {
    const THREE: [&str; 3] = ["autonomic", "sutty", "local-it"];
    let mut hub = TestHub::found(&THREE);
    hub.grow("sutty", 5);
    let (others, place) = (
        [
            Place::joined(&hub, "sutty").await,
            Place::joined(&hub, "local-it").await,
        ],
        Place::joined(&hub, "autonomic").await,
    );
    for other in &others {
        other.until_size(6).await;
        other.stop().await;
    }
    hub.grow("local-it", 1);
    let profile = place
        .federation
        .set_profile("Ours".into(), String::new(), "x");
    profile.await.unwrap();
    place.until_size(8).await;
    place.stop().await;
    hub.swap(hub.copy(6));
    let (new, digest) = TestHub::recover(&hub, &THREE);
    hub.stop();
    for (mut other, name) in others.into_iter().zip(["sutty", "local-it"]) {
        other.start();
        other.until_size(6).await;
        other.join(&new.invite(name), "swarm-1").await.unwrap();
        let accepted = other.federation.accept_hub(&digest.to_string(), "x").await;
        accepted.unwrap();
        other.stop().await;
    }
    (new, place)
}

#[tokio::test]
async fn what_was_lost_with_a_hub_is_given_up_only_knowingly_and_own_entries_come_again() {
    let (hub, mut place) = lost_hub().await;
    place.start();
    place.until_size(8).await;
    let refused = place.join(&hub.invite("autonomic"), "swarm-1").await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "AL-8829", "{refused}");
    assert!(refused.help().unwrap().contains("--knowing-loss"));
    place.until_size(8).await;
    let invite = hub.invite("autonomic").to_text().unwrap();
    let joined = place
        .federation
        .join_knowing_loss(&invite, "swarm-1", "x")
        .await
        .unwrap();
    let told = joined.warnings.join("\n");
    assert!(
        told.contains("entry 7 of this collective (is called Ours)"),
        "{told}"
    );
    assert!(told.contains("is in the log again as 9"), "{told}");
    assert!(told.contains("1 other entries were lost"), "{told}");
    let view = place.until_size(10).await;
    assert_eq!(view.root, Some(hub.root()));
    place.until_well().await;
    assert!(place.home().path("ledger.lost-1").exists());
    for _ in 0..2 {
        is_at(&place, &hub).await;
        place
            .until("nothing is kept", |_| !place.home().path("before").exists())
            .await;
        place.restart().await;
    }
}

#[tokio::test]
async fn nothing_is_given_up_for_a_hub_that_is_not_accepted_or_that_took_over_elsewhere() {
    let (hub, place) = true_hub().await;
    let shorter = TestHub::found(&FOUNDERS);
    shorter.swap(hub.copy(5));
    let (pending, _) = TestHub::recover(&shorter, &FOUNDERS);
    let invite = pending.invite("autonomic").to_text().unwrap();
    let refused = place.federation.join_knowing_loss(&invite, "a", "x").await;
    assert_eq!(refused.unwrap_err().code(), "AL-8830");
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
    // The old hub's keys wrote something else before another one took over, and everybody accepted that.
    let forged = TestHub::found(&FOUNDERS);
    forged.swap(hub.copy(4));
    forged.grow("sutty", 1);
    let (forged, digest) = TestHub::recover(&forged, &FOUNDERS);
    {
        let mut ledger = forged.inner.ledger();
        for name in FOUNDERS {
            let body = allot_ledger::Body::AcceptHub { hub: digest };
            let envelope = ledger.sign(name, &crate::ledgers::key(name), body);
            ledger.take(envelope, forged.inner.now()).unwrap();
        }
    }
    let invite = forged.invite("autonomic").to_text().unwrap();
    let refused = place.federation.join_knowing_loss(&invite, "a", "x").await;
    assert_eq!(refused.unwrap_err().code(), "AL-8830");
    is_at(&place, &hub).await;
    assert!(!is_kept(&place));
}
