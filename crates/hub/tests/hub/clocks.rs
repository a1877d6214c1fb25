//! The hub's clock, which never goes back (L4).

use allot_ledger::log::SignedCheckpoint;
use allot_proto::RemoteError;
use jiff::{SignedDuration, Timestamp};
use tonic::Code;

use crate::found::{Agent, Found, leaf, next, rename, until};

/// The clock that the newest checkpoint has.
fn clock(found: &Found) -> Timestamp {
    let note = found.hub.published.head().note.clone();
    let signed = SignedCheckpoint::read(&note, &found.keys.origin, &found.keys.log).unwrap();
    signed.clock(&found.keys.clock).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn l4_a_clock_a_little_behind_is_bridged_by_standing_still() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    found.clock.turn(SignedDuration::from_mins(4));
    let ahead = leaf(&agent.write(1, rename(1)).await.leaf).time;
    found.clock.turn(-SignedDuration::from_mins(4));
    let after = leaf(&agent.write(2, rename(2)).await.leaf).time;
    assert!(after >= ahead, "{after} after {ahead}");
    found.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l4_a_clock_an_hour_back_stops_the_hub_until_it_is_right() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    agent.write(1, rename(1)).await;
    let signed = clock(&found);
    found.clock.turn(-SignedDuration::from_hours(1));
    let error = agent.append(agent.sign(2, rename(2))).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8704", Code::FailedPrecondition)
    );
    until("the status says so", || async {
        found
            .hub
            .status()
            .await
            .problem
            .contains("AL-8704")
            .then_some(())
    })
    .await;
    assert!(
        clock(&found) <= signed + SignedDuration::from_secs(1),
        "no beat is signed"
    );
    // Certificates go on counting: agents come in, and read.
    let late = found.agent("autonomic", "b").await;
    assert_eq!(
        next(&mut late.follow(0).await.unwrap()).await.leaves.len(),
        2
    );
    found.clock.turn(SignedDuration::from_hours(1));
    let after = leaf(&agent.write(2, rename(2)).await.leaf).time;
    assert!(after >= signed);
    until("the status is well again", || async {
        found.hub.status().await.problem.is_empty().then_some(())
    })
    .await;
    found.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l4_a_clock_set_a_day_forward_stops_the_hub_until_it_is_right() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let before = leaf(&agent.write(1, rename(1)).await.leaf).time;
    found.clock.turn(SignedDuration::from_hours(25));
    let error = agent.append(agent.sign(2, rename(2))).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8732", Code::FailedPrecondition)
    );
    until("the status says so", || async {
        let problem = found.hub.status().await.problem;
        problem.contains("AL-8732").then_some(())
    })
    .await;
    assert!(clock(&found) < before + SignedDuration::from_mins(1));
    // Nobody's certificate has ended for that.
    let late = found.agent("autonomic", "b").await;
    assert_eq!(
        next(&mut late.follow(0).await.unwrap()).await.leaves.len(),
        2
    );
    found.clock.turn(-SignedDuration::from_hours(25));
    let after = leaf(&agent.write(2, rename(2)).await.leaf).time;
    assert!(after < before + SignedDuration::from_mins(1), "{after}");
    found.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_down_for_long_says_that_its_clock_may_be_wrong() {
    let found = Found::new(&["autonomic"]).await;
    assert!(found.hub.status().await.notes.is_empty());
    let (dir, hands, genesis, keys) = found.stop().await;
    hands.turn(SignedDuration::from_hours(9));
    let found = Found::start(dir, hands, genesis, keys).await;
    let notes = found.hub.status().await.notes;
    assert!(notes[0].contains("it was not down for 9 h"), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn l4_a_restart_does_not_turn_the_clock_back() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    found.clock.turn(SignedDuration::from_mins(3));
    let ahead = Timestamp::now() + SignedDuration::from_mins(3) - SignedDuration::from_secs(1);
    until("the time is signed", || async {
        (clock(&found) >= ahead).then_some(())
    })
    .await;
    let signed = clock(&found);
    let (dir, hands, genesis, keys) = found.stop().await;
    hands.turn(-SignedDuration::from_mins(3));
    let found = Found::start(dir, hands, genesis, keys).await;
    assert!(clock(&found) >= signed);
    let agent = Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    let time = leaf(&agent.write(1, rename(1)).await.leaf).time;
    assert!(time >= signed, "{time} after {signed} was signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_with_the_same_log() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    for seq in 1..=5 {
        agent.write(seq, rename(seq)).await;
    }
    let before = found.hub.replica.book().await.state().digest();
    let found = found.restart().await;
    assert_eq!(
        found.hub.replica.book().await.state().genesis().hub,
        found.keys
    );
    assert_eq!(found.verified().await.state().digest(), before);
    let agent = Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    let mut stream = agent.follow(6).await.unwrap();
    assert_eq!(next(&mut stream).await.first, 6);
    agent.write(6, rename(6)).await;
    let entry = async {
        loop {
            let stretch = next(&mut stream).await;
            if !stretch.leaves.is_empty() {
                return stretch;
            }
        }
    };
    assert_eq!(entry.await.first, 6);
    assert_eq!(found.verified().await.size(), 7);
    let replayed = agent.append(agent.sign(5, rename(5))).await.unwrap_err();
    assert_eq!(replayed.code, "AL-8404");
    let _: RemoteError = replayed;
}
