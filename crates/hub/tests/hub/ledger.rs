//! Entries.

use std::collections::BTreeSet;

use allot_ledger::{
    Author, Body, Digest,
    entry::{Application, Choice, HubKeys, Kind, Profile, Size},
    log::{SignedCheckpoint, verify_inclusion},
};
use allot_proto::{RemoteError, hub::AppendResponse};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tonic::Code;

use crate::found::{Agent, Found, leaf, other_key, propose, rename, slug, text_of, until, vote};

/// Holds an answer to what it claims, as an agent does.
fn proves(keys: &HubKeys, answer: &AppendResponse, envelope: &[u8]) {
    let signed = SignedCheckpoint::read(&answer.checkpoint, &keys.origin, &keys.log).unwrap();
    assert!(
        signed.clock(&keys.clock).is_some(),
        "the newest has the clock's cosignature"
    );
    let hash = |h: &Vec<u8>| Digest(h.as_slice().try_into().unwrap());
    let proof: Vec<_> = answer.proof.iter().map(hash).collect();
    let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
    verify_inclusion(&proof, &answer.leaf, answer.index, size, root).unwrap();
    let sent = serde_json::from_slice(envelope).unwrap();
    assert_eq!(
        leaf(&answer.leaf).envelope,
        sent,
        "what was sent is what stands there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_answered_with_its_proof() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    for seq in 1..=9 {
        let envelope = agent.sign(seq, rename(seq));
        let answer = agent.append(envelope.clone()).await.unwrap();
        assert_eq!(answer.index, seq);
        proves(&found.keys, &answer, &envelope);
    }
    assert_eq!(found.verified().await.size(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_at_once_lose_and_double_nothing() {
    let names: Vec<_> = (0..64).map(|n| format!("member-{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let found = Found::new(&names).await;
    let mut agents = Vec::new();
    for name in &names {
        agents.push(found.agent(name, "swarm-1").await);
    }
    const EACH: u64 = 20;
    let writes = agents.iter().map(|agent| async {
        let mut indexes = Vec::new();
        for seq in 1..=EACH {
            let envelope = agent.sign(seq, rename(seq));
            let answer = agent.append(envelope.clone()).await.unwrap();
            proves(&found.keys, &answer, &envelope);
            indexes.push(answer.index);
        }
        indexes
    });
    let indexes: BTreeSet<_> = join_all(writes).await.into_iter().flatten().collect();
    assert_eq!(indexes.len(), 64 * 20, "none is given twice");
    assert_eq!(
        indexes.first().zip(indexes.last()),
        Some((&1, &(64 * 20))),
        "and none is left out"
    );
    let syncs = found.hub.replica.health().syncs;
    assert!(
        syncs < 64 * EACH / 2,
        "{syncs} syncs: many entries share one"
    );
    let book = found.verified().await;
    assert_eq!(book.size(), 64 * EACH + 1);
    assert_eq!(
        book.state()
            .next_seq(&Author::Collective(slug("member-63"))),
        EACH + 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_of_one_collective_at_once_do_not_both_win_a_number() {
    let found = Found::new(&["autonomic"]).await;
    let (one, two) = (
        found.agent("autonomic", "one").await,
        found.agent("autonomic", "two").await,
    );
    for seq in 1..=10 {
        let (a, b) = tokio::join!(
            one.append(one.sign(seq, rename("one"))),
            two.append(two.sign(seq, rename("two")))
        );
        let (won, lost): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        let error = lost.into_iter().next().unwrap().unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.grpc),
            ("AL-8404", Code::AlreadyExists)
        );
    }
    assert_eq!(found.verified().await.size(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_entry_does_not_disturb_its_neighbours() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let (good, bad) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    let late = bad.sign(7, rename("too early"));
    // An answer: now its connection knows how many calls at once the hub lets it have, and holds the others back.
    bad.append(late.clone()).await.unwrap_err();
    let goods = (1..=50).map(|seq| good.sign(seq, rename(seq)));
    let goods: Vec<_> = goods.collect();
    let all = async {
        for envelope in goods {
            good.append(envelope).await.unwrap();
        }
    };
    let others = async {
        let tries = (0..50).map(|_| bad.append(late.clone()));
        for refused in join_all(tries).await {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code, "AL-8405", "{refused:?}");
        }
    };
    tokio::join!(all, others);
    assert_eq!(found.verified().await.size(), 51);
}

fn code(answer: Result<AppendResponse, RemoteError>) -> (String, Code) {
    let error = answer.unwrap_err();
    (error.code, error.grpc)
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_early_foreign_and_forged_entries_are_refused() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let agent = found.agent("autonomic", "a").await;
    let other = found.agent("local-it", "b").await;
    let first = agent.sign(1, rename(1));
    agent.append(first.clone()).await.unwrap();
    assert_eq!(
        code(agent.append(first.clone()).await),
        ("AL-8404".into(), Code::AlreadyExists)
    );
    assert_eq!(
        code(agent.append(agent.sign(3, rename(3))).await),
        ("AL-8405".into(), Code::Aborted)
    );
    // Another collective's entry, though it is signed well.
    let theirs = agent.sign(2, rename(2));
    assert_eq!(
        code(other.append(theirs).await),
        ("AL-8702".into(), Code::PermissionDenied)
    );
    // In another's name, with the own key.
    let forged = agent.sign_as(Author::Collective(slug("local-it")), 1, rename(1));
    assert_eq!(
        code(agent.append(forged.clone()).await),
        ("AL-8702".into(), Code::PermissionDenied)
    );
    assert_eq!(
        code(other.append(forged).await),
        ("AL-8013".into(), Code::PermissionDenied)
    );
    // In the hub's name.
    let hub = agent.sign_as(Author::Hub, 2, rename(1));
    assert_eq!(
        code(agent.append(hub).await),
        ("AL-8702".into(), Code::PermissionDenied)
    );
    // For another federation.
    let elsewhere = Agent {
        federation: Digest::of(b"another").to_string(),
        key: agent.key.clone(),
        channel: agent.channel.clone(),
        identity: agent.identity.clone(),
        collective: agent.collective.clone(),
    };
    let foreign = elsewhere.sign(2, rename(2));
    assert_eq!(
        code(agent.append(foreign).await),
        ("AL-8401".into(), Code::PermissionDenied)
    );
    // A member that nobody admitted.
    let stranger = agent.sign_as(Author::Collective(slug("sutty")), 1, rename(1));
    assert_eq!(
        code(agent.append(stranger).await),
        ("AL-8402".into(), Code::PermissionDenied)
    );
    for nonsense in [&b""[..], b"{}", b"[1]", &[0xff; 64]] {
        let told = code(agent.append(nonsense.to_vec()).await);
        assert_eq!(
            told,
            ("AL-8011".into(), Code::InvalidArgument),
            "{nonsense:?}"
        );
    }
    assert_eq!(found.verified().await.size(), 2, "nothing of it was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_brings_an_applicant_and_its_taking_back_and_nothing_else_of_it() {
    let found = Found::new(&["autonomic"]).await;
    let member = found.agent("autonomic", "a").await;
    let applicant = Agent {
        collective: "sutty".to_owned(),
        key: other_key(9),
        federation: member.federation.clone(),
        identity: member.identity.clone(),
        channel: member.channel.clone(),
    };
    let application = Application {
        key: applicant.key.public(),
        profile: Profile {
            name: "Sutty".to_owned(),
            website: None,
        },
        summary: "We would like to join.".to_owned(),
        sponsor: Some(slug("autonomic")),
        contact: None,
    };
    // It would take the room of who is named (M11).
    let of_another = Application {
        sponsor: Some(slug("local-it")),
        ..application.clone()
    };
    let of_another = applicant.sign(1, Body::Apply(Box::new(of_another)));
    let error = member.append(of_another).await.unwrap_err();
    assert_eq!(error.code, "AL-8702");
    let apply = applicant.sign(1, Body::Apply(Box::new(application)));
    member.append(apply).await.unwrap();
    let error = member
        .append(applicant.sign(2, rename(2)))
        .await
        .unwrap_err();
    assert_eq!(error.code, "AL-8702");
    let refused = found.hub.create_invite("sutty", None, String::new()).await;
    assert_eq!(
        refused.unwrap_err().code(),
        "AL-8408",
        "it is not admitted (M4)"
    );
    member.append(applicant.sign(2, Body::Leave)).await.unwrap();
    let book = found.verified().await;
    assert_eq!(
        book.state()
            .collective(&slug("sutty"))
            .unwrap()
            .status
            .name(),
        "left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_kept_by_the_beat_and_who_is_excluded_is_out() {
    let found = Found::new(&["autonomic", "local-it", "sutty"]).await;
    let one = found.agent("autonomic", "a").await;
    let two = found.agent("local-it", "b").await;
    let out = found.agent("sutty", "c").await;
    let mut stream = out.follow(0).await.unwrap();
    let exclude = Kind::Exclude {
        collective: slug("sutty"),
    };
    let deadline = Timestamp::now() + SignedDuration::from_hours(2);
    one.write(1, propose(text_of(Size::Large, exclude), deadline))
        .await;
    one.write(2, vote(1, Choice::For)).await;
    two.write(1, vote(1, Choice::For)).await;
    found.clock.pass(SignedDuration::from_hours(3));
    // Nobody writes anything; time passes all the same.
    let error = RemoteError::from(crate::found::end(&mut stream).await);
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8206", Code::PermissionDenied)
    );
    let late = two
        .append(two.sign(2, vote(1, Choice::Against)))
        .await
        .unwrap_err();
    assert!(
        ["AL-8411", "AL-8410"].contains(&late.code.as_str()),
        "{late:?}"
    );
    until("the member is excluded", || async {
        let book = found.hub.replica.book().await;
        let status = book.state().collective(&slug("sutty"))?.status.name();
        (status == "excluded").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collective_that_writes_without_end_is_held_back_alone() {
    let mut config = crate::found::config();
    config.limits.appends_per_minute = 10;
    let found = Found::with(&["autonomic", "local-it"], config).await;
    let (loud, other) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    let mut refused = None;
    for seq in 1..=20 {
        match loud.append(loud.sign(seq, rename(seq))).await {
            Ok(_) => {}
            Err(error) => refused = refused.or(Some((seq, error))),
        }
    }
    let (seq, error) = refused.unwrap();
    assert_eq!(
        (seq, error.code.as_str(), error.grpc),
        (11, "AL-8703", Code::ResourceExhausted)
    );
    other.write(1, rename(1)).await;
}
