//! The agent's certificate: renewed in time, and told when it counts no more.

use std::sync::atomic::Ordering;

use allot_ledger::Digest;
use allot_proto::ErrorKind;
use jiff::SignedDuration;

use crate::{
    hub::TestHub,
    place::{Place, any_clock, hasty},
};

#[tokio::test]
async fn a_certificate_is_renewed_without_a_dropped_stream() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined_with(&hub, "autonomic", "swarm-1", any_clock()).await;
    let before = place.view().await.certificate.unwrap();
    assert_eq!(hub.followed().len(), 1);
    // 80 % of a day later it is due, whatever the jitter.
    hub.inner.clock.set_off(SignedDuration::from_hours(20));
    let view = place
        .until("it is renewed", |view| {
            view.certificate
                .is_some_and(|now| now.not_after > before.not_after)
        })
        .await;
    assert!(view.is_reachable && view.hub_problem.is_none());
    place
        .until("the log goes on over the new connection", |_| {
            hub.followed().len() == 2
        })
        .await;
    place
        .until("the old stream ends", |_| {
            hub.inner.streams.load(Ordering::SeqCst) == 1
        })
        .await;
    hub.grow("sutty", 3);
    let view = place.until_size(4).await;
    assert!(view.hub_problem.is_none());
    assert_eq!(hub.inner.renewals.load(Ordering::SeqCst), 1);
    // Long after the first certificate has ended, the agent still writes.
    hub.inner.clock.set_off(SignedDuration::from_hours(30));
    place
        .federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap();
    assert_eq!(hub.followed().len(), 2);
}

#[tokio::test]
async fn a_certificate_that_ended_while_the_hub_was_away_needs_an_invite() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let mut place = Place::joined_with(&hub, "autonomic", "swarm-1", any_clock()).await;
    hub.stop();
    hub.inner.clock.set_off(SignedDuration::from_hours(48));
    hub.start();
    place.restart().await;
    let view = place
        .until("it is told", |view| view.hub_problem.is_some())
        .await;
    let told = view.hub_problem.unwrap();
    assert_eq!(told.code, "AL-8804");
    assert!(told.help.contains("new one"), "{told:?}");
    let refused = place.federation.leave("x").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("AL-8804", ErrorKind::Precondition)
    );
    place
        .join(&hub.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    let view = place.until_well().await;
    assert_eq!(view.size, 5);
}

#[tokio::test]
async fn a_hub_of_another_ca_is_refused_and_gets_no_secret() {
    let hub = TestHub::found(&["autonomic"]);
    let mut invite = hub.invite("autonomic");
    invite.ca = Digest::of(b"another");
    let place = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let refused = place.join(&invite, "a").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("AL-8204", ErrorKind::Denied)
    );
    assert_eq!(
        hub.inner.invites.lock().unwrap().len(),
        1,
        "it was not spent"
    );
    assert_eq!(place.federation.view().await.unwrap_err().code(), "AL-8801");
}

#[tokio::test]
async fn an_invite_that_was_spent_is_refused_by_the_hub() {
    let hub = TestHub::found(&["autonomic"]);
    let invite = hub.invite("autonomic");
    let place = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    place.join(&invite, "a").await.unwrap();
    let other = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let refused = other.join(&invite, "b").await.unwrap_err();
    assert!(refused.code().starts_with("AL-83"), "{refused}");
    assert_eq!(other.federation.view().await.unwrap_err().code(), "AL-8801");
}

#[tokio::test]
async fn an_agent_that_died_between_invite_and_certificate_says_what_it_needs() {
    let hub = TestHub::found(&["autonomic"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    place.stop().await;
    // What is on disk when an agent dies while the hub answers.
    let home = place.dir.path().join("federation");
    std::fs::remove_file(home.join("agent.pem")).unwrap();
    std::fs::remove_file(home.join("seen.json")).unwrap();
    std::fs::remove_dir_all(home.join("ledger")).unwrap();
    place.start();
    let view = place
        .until("it is told", |view| view.hub_problem.is_some())
        .await;
    let told = view.hub_problem.unwrap();
    assert_eq!(told.code, "AL-8805");
    assert!(told.help.contains("new one"), "{told:?}");
    place
        .join(&hub.invite("autonomic"), "swarm-1")
        .await
        .unwrap();
    place.until_well().await;
}

#[tokio::test]
async fn nobody_else_can_read_keys_and_certificate() {
    use std::os::unix::fs::PermissionsExt as _;
    let hub = TestHub::found(&["autonomic"]);
    let place = Place::joined(&hub, "autonomic").await;
    let home = place.dir.path().join("federation");
    for name in ["agent.pem", "membership.json", "seen.json"] {
        let mode = std::fs::metadata(home.join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let public = std::fs::read_to_string(home.join("membership.json")).unwrap();
    assert!(!public.contains("PRIVATE"));
}
